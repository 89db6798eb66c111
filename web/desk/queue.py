"""Presence and offers: who takes chats, and which case is offered to whom."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from storage.base import now
from support.routing import operations
from support.routing.operations import OfferGone
from support.routing.tables import Offer
from support.staff.operations import PRESENCES, note_presence
from support.staff.tables import StaffMember
from support.tickets.tables import Ticket
from texts.catalogue import marked
from web.desk.actions import do_and_tell, form_body
from web.desk.offers import (
    OfferOut,
    PresenceIn,
    PresenceOut,
    RefusalIn,
    because_words,
    offers_view,
    presence_view,
)
from web.desk.pages import Member, NamedServices, problem_text, render, show_case
from web.desk.refusals import REFUSALS, problem_of
from web.desk.schemas import CaseOut
from web.desk.views import case_view
from web.languages import request_language
from web.problems import Problem
from web.services import Services

# A program that asks every second need not be noted every second.
SEEN_LATELY = timedelta(seconds=20)


class PresenceForm(msgspec.Struct):
    """What somebody wants to be: online, busy or away."""

    presence: str = ""


class RefusalForm(msgspec.Struct):
    """Why an offer is declined, if the colleague says so."""

    why: str = ""


@post("/desk/presence", include_in_schema=False, status_code=200)
async def presence(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, data: Annotated[PresenceForm, form_body()]
) -> Response[Any]:
    """Be online, busy or away from now on."""
    await _be(services, member, data.presence)
    if request.headers.get("HX-Request"):
        return render(request, "presence_part.html", presence=data.presence, missed=False)
    return Redirect("/desk", status_code=303)


@get("/desk/offers", include_in_schema=False)
async def desk_offers(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, seen: str = ""
) -> Template:
    """What is offered to the reader, and their presence; `seen` are the offers their page had already."""
    return await _offers_part(request, services, member, seen=seen)


@post("/desk/offers/{offer_id:str}/accept", include_in_schema=False)
async def desk_accept(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, offer_id: str
) -> Template | Redirect:
    """Take the case that was offered, and open it."""
    try:
        ticket = await do_and_tell(services, lambda session: operations.accept(session, offer_id, member))
    except REFUSALS as error:
        offered = await services.database.read(lambda session: session.get_one(Offer, offer_id))
        return await show_case(request, services, member, offered.ticket_id, problem=problem_of(error))
    return Redirect(f"/desk/tickets/{ticket.id}?done=taken", status_code=303)


@post("/desk/offers/{offer_id:str}/refuse", include_in_schema=False, status_code=200)
async def desk_refuse(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    offer_id: str,
    data: Annotated[RefusalForm, form_body()],
) -> Response[Any]:
    """Let somebody else be asked; an offer that has passed on already needs no refusal."""
    problem: Problem | None = None
    try:
        await do_and_tell(services, lambda session: operations.refuse(session, offer_id, member, data.why))
    except OfferGone as error:
        problem = problem_of(error)
    if request.headers.get("HX-Request"):
        return await _offers_part(request, services, member, problem=problem)
    return Redirect("/desk", status_code=303)


class OfferController(Controller):
    """What is offered to the caller; asking for it counts as being at the desk."""

    path = "/api/offers"
    opt = {"exclude_from_csrf": True, "scope": "tickets"}
    tags = ["Queue"]
    security = [{"staff": []}]

    @get("", summary="What is offered")
    async def listing(self, services: NamedServices, member: Member) -> list[OfferOut]:
        """What waits for the caller's answer, oldest first."""
        if member.seen_at is None or now() - member.seen_at > SEEN_LATELY:
            await services.database.write(lambda session: note_presence(session, member.id))
        return await services.database.read(lambda session: offers_view(session, member.id))

    @post("/{offer_id:str}/accept", status_code=200, summary="Accept an offer")
    async def accept(self, services: NamedServices, member: Member, offer_id: str) -> CaseOut:
        """Take the case that was offered; 409 when the offer has passed on or a colleague was quicker."""
        ticket = await do_and_tell(services, lambda session: operations.accept(session, offer_id, member))
        return await services.database.read(lambda session: case_view(session, member.id, ticket.id))

    @post("/{offer_id:str}/refuse", status_code=200, summary="Decline an offer")
    async def refuse(
        self, services: NamedServices, member: Member, offer_id: str, data: RefusalIn | None = None
    ) -> list[OfferOut]:
        """Let somebody else be asked; what else is offered to the caller."""
        why = data.why if data else ""

        def work(session: Session) -> Ticket:
            return operations.refuse(session, offer_id, member, why)

        await do_and_tell(services, work)
        return await services.database.read(lambda session: offers_view(session, member.id))


class PresenceController(Controller):
    """Whether the caller takes chats."""

    path = "/api/presence"
    opt = {"exclude_from_csrf": True, "scope": "tickets"}
    tags = ["Queue"]
    security = [{"staff": []}]

    @get("", summary="Read presence")
    async def shown(self, services: NamedServices, member: Member) -> PresenceOut:
        """The caller's presence, chats and capacity."""
        return await services.database.read(lambda session: presence_view(session, member.id))

    @post("", status_code=200, summary="Change presence")
    async def chosen(self, services: NamedServices, member: Member, data: PresenceIn) -> PresenceOut:
        """Be online, busy or away from now on; it lasts while offers are asked for, or a desk page is open."""
        await _be(services, member, data.presence)
        return await services.database.read(lambda session: presence_view(session, member.id))


async def _be(services: Services, member: StaffMember, wanted: str) -> None:
    if wanted not in PRESENCES:
        detail = marked("Please choose one of {choices}. Nothing was changed.")
        raise Problem(422, "Presence not known", detail, "presence", choices=", ".join(PRESENCES))
    await services.database.write(lambda session: note_presence(session, member.id, wanted))
    await services.hub.queue_moved()


async def _offers_part(
    request: Request[Any, Any, Any],
    services: Services,
    member: StaffMember,
    seen: str = "",
    problem: Problem | None = None,
) -> Template:
    def read(session: Session) -> tuple[list[OfferOut], PresenceOut]:
        return offers_view(session, member.id), presence_view(session, member.id)

    offers, standing = await services.database.read(read)
    return render(
        request,
        "desk/offers_part.html",
        offers=offers,
        because=partial(because_words, request_language(request)),
        seen=set(seen.split(",")),
        standing=standing,
        problem=problem_text(request, problem),
    )


ROUTES: list[Any] = [
    presence,
    desk_offers,
    desk_accept,
    desk_refuse,
    OfferController,
    PresenceController,
]
