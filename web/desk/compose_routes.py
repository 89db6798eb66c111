"""Passing a case on, and a supervisor beside a colleague: through the page and through the API."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.di import Provide
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.handoff.transfer import transfer
from support.tickets import stepping_in
from support.tickets.changes import Caller
from support.tickets.tables import Ticket
from web.desk import chats, macros
from web.desk.actions import form_body, step
from web.desk.api_case import ApiCase, ChangeIn, NamedCase, provide_api_case
from web.desk.pages import Member, NamedServices, case_with_parts, render
from web.desk.schemas import CaseOut

Supervising = Callable[[Session, str, Caller], Ticket]
# Each button of a supervisor: what the page says was done, and the step.
_SUPERVISING: dict[str, tuple[str, Supervising]] = {
    "step-in": ("stepped_in", stepping_in.step_in),
    "step-out": ("stepped_out", stepping_in.step_out),
    "take-over": ("taken_over", stepping_in.take_over),
}


class TransferForm(msgspec.Struct):
    """Where a case goes: "staff:<id>" or "team:<id>", and why."""

    to: str = ""
    note: str = ""


class TransferIn(ChangeIn, kw_only=True):
    """Where a case goes, with a note for whoever goes on."""

    staff_id: str | None = None
    team_id: str | None = None
    note: str = ""


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
        caller=Caller(member),
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


@post(
    [f"/desk/tickets/{{ticket_id:str}}/{pressed}" for pressed in _SUPERVISING],
    include_in_schema=False,
)
async def supervise(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template | Redirect:
    """Step into a colleague's chat, out of it again, or take it over."""
    done, work = _SUPERVISING[request.url.path.rpartition("/")[2]]
    caller = Caller(member)
    return await step(request, services, member, ticket_id, done, lambda session: work(session, ticket_id, caller))


class PassingController(Controller):
    """Passing cases on, and supervising, for programs."""

    path = "/api/tickets/{ticket_id:str}"
    opt = {"exclude_from_csrf": True, "scope": "tickets"}
    tags = ["Tickets"]
    security = [{"staff": []}]
    dependencies = {"case": Provide(provide_api_case)}

    @post("/transfer", status_code=200, summary="Pass a case on")
    async def transfer(self, case: NamedCase, data: TransferIn) -> CaseOut:
        """Pass a case to a colleague who is there (`staff_id`) or to a team (`team_id`); 409 when that cannot be."""
        done = await case.change(data, transfer, to_staff_id=data.staff_id, to_team_id=data.team_id, note=data.note)
        await case.tell()
        return done

    @post("/step-in", status_code=200, summary="Step into a chat")
    async def step_in(self, case: NamedCase, data: ChangeIn | None = None) -> CaseOut:
        """Write beside the colleague who has the chat; for supervisors."""
        return await _supervised(case, stepping_in.step_in, data)

    @post("/step-out", status_code=200, summary="Step out of a chat")
    async def step_out(self, case: NamedCase, data: ChangeIn | None = None) -> CaseOut:
        """Leave the chat to the colleague who has it."""
        return await _supervised(case, stepping_in.step_out, data)

    @post("/take-over", status_code=200, summary="Take a chat over")
    async def take_over(self, case: NamedCase, data: ChangeIn | None = None) -> CaseOut:
        """Take a chat from the colleague who has it; for supervisors."""
        return await _supervised(case, stepping_in.take_over, data)


async def _supervised(case: ApiCase, work: Supervising, data: ChangeIn | None) -> CaseOut:
    done = await case.change(data or ChangeIn(), work)
    await case.tell()
    return done


ROUTES: list[Any] = [
    pass_on,
    destinations,
    supervise,
    PassingController,
    *chats.ROUTES,
    *macros.ROUTES,
]
