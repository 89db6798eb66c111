"""Passing a case on, and a supervisor beside a colleague: through the page and through the API."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.response import Redirect, Template

from support.handoff.transfer import transfer
from support.tickets import stepping_in
from web.desk import chats, macros
from web.desk.actions import form_body, step
from web.desk.api import api_step
from web.desk.changing import IfMatch, change_id_of, revision_of
from web.desk.pages import Member, NamedServices, case_with_parts, render
from web.desk.schemas import CaseOut


class TransferForm(msgspec.Struct):
    """Where a case goes: "staff:<id>" or "team:<id>", and why."""

    to: str = ""
    note: str = ""


class TransferIn(msgspec.Struct):
    """Where a case goes, and why; `change_id` (a UUID) again is the same change, `revision` is the case as seen."""

    staff_id: str | None = None
    team_id: str | None = None
    note: str = ""
    revision: int | None = None
    change_id: str | None = None


class ChangeIn(msgspec.Struct):
    """A change without more to say; `change_id` (a UUID) again is the same change, `revision` is the case as seen."""

    revision: int | None = None
    change_id: str | None = None


@post("/desk/tickets/{ticket_id:str}/transfer", include_in_schema=False)
async def pass_on(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    ticket_id: str,
    data: Annotated[TransferForm, form_body()],
) -> Template | Redirect:
    """Pass a case to a colleague or a team."""
    kind, _, chosen = data.to.partition(":")
    work = partial(
        transfer,
        ticket_id=ticket_id,
        member=member,
        to_staff_id=chosen if kind == "staff" else None,
        to_team_id=chosen if kind == "team" else None,
        note=data.note,
    )
    form = {"transfer_to": data.to, "transfer_note": data.note}
    return await step(request, services, member, ticket_id, "transferred", work, form)


@get("/desk/tickets/{ticket_id:str}/destinations", include_in_schema=False)
async def destinations(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template:
    """To whom a case can be passed at this moment: colleagues come and go while a page is open."""
    case, parts = await services.database.read(lambda session: case_with_parts(session, member, ticket_id))
    return render(request, "desk/destinations.html", case=case, beside=parts, form={})


@post("/desk/tickets/{ticket_id:str}/step-in", include_in_schema=False)
async def step_in(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template | Redirect:
    """Write beside the colleague who has the chat."""
    work = partial(stepping_in.step_in, ticket_id=ticket_id, member=member)
    return await step(request, services, member, ticket_id, "stepped_in", work)


@post("/desk/tickets/{ticket_id:str}/step-out", include_in_schema=False)
async def step_out(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template | Redirect:
    """Leave the chat to the colleague who has it."""
    work = partial(stepping_in.step_out, ticket_id=ticket_id, member=member)
    return await step(request, services, member, ticket_id, "stepped_out", work)


@post("/desk/tickets/{ticket_id:str}/take-over", include_in_schema=False)
async def take_over(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template | Redirect:
    """Take a chat from the colleague who has it."""
    work = partial(stepping_in.take_over, ticket_id=ticket_id, member=member)
    return await step(request, services, member, ticket_id, "taken_over", work)


class PassingController(Controller):
    """Passing cases on, and supervising, for programs."""

    path = "/api/tickets/{ticket_id:str}"
    opt = {"exclude_from_csrf": True, "scope": "tickets"}
    tags = ["Tickets"]
    security = [{"staff": []}]

    @post("/transfer", status_code=200, summary="Pass a case on")
    async def transfer(
        self, services: NamedServices, member: Member, ticket_id: str, data: TransferIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Pass a case to a colleague who is there (`staff_id`) or to a team (`team_id`); 409 when that cannot be."""
        work = partial(
            transfer,
            ticket_id=ticket_id,
            member=member,
            to_staff_id=data.staff_id,
            to_team_id=data.team_id,
            note=data.note,
            revision=revision_of(data.revision, if_match),
            change_id=change_id_of(data.change_id),
        )
        return await api_step(services, member, work, False)

    @post("/step-in", status_code=200, summary="Step into a chat")
    async def step_in(
        self,
        services: NamedServices,
        member: Member,
        ticket_id: str,
        data: ChangeIn | None = None,
        if_match: IfMatch = None,
    ) -> CaseOut:
        """Write beside the colleague who has the chat; for supervisors."""
        work = partial(stepping_in.step_in, ticket_id=ticket_id, member=member, **_told(data, if_match))
        return await api_step(services, member, work, False)

    @post("/step-out", status_code=200, summary="Step out of a chat")
    async def step_out(
        self,
        services: NamedServices,
        member: Member,
        ticket_id: str,
        data: ChangeIn | None = None,
        if_match: IfMatch = None,
    ) -> CaseOut:
        """Leave the chat to the colleague who has it."""
        work = partial(stepping_in.step_out, ticket_id=ticket_id, member=member, **_told(data, if_match))
        return await api_step(services, member, work, False)

    @post("/take-over", status_code=200, summary="Take a chat over")
    async def take_over(
        self,
        services: NamedServices,
        member: Member,
        ticket_id: str,
        data: ChangeIn | None = None,
        if_match: IfMatch = None,
    ) -> CaseOut:
        """Take a chat from the colleague who has it; for supervisors."""
        work = partial(stepping_in.take_over, ticket_id=ticket_id, member=member, **_told(data, if_match))
        return await api_step(services, member, work, False)


def _told(data: ChangeIn | None, if_match: str | None) -> dict[str, Any]:
    said = data or ChangeIn()
    return {"revision": revision_of(said.revision, if_match), "change_id": change_id_of(said.change_id)}


ROUTES: list[Any] = [
    pass_on,
    destinations,
    step_in,
    step_out,
    take_over,
    PassingController,
    *chats.ROUTES,
    *macros.ROUTES,
]
