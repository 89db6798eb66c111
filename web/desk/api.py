"""The staff API: the same cases and steps as the pages, for programs with a bearer token."""

from collections.abc import Callable
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import Provide
from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from support.tickets import handing_back, operations
from support.tickets.tables import Ticket
from web.api.conversations import Key
from web.api.refusals import REFUSED
from web.api.schemas import TicketIn
from web.api.tickets import open_case
from web.desk.actions import do_and_tell, said
from web.desk.list_schemas import ListOut
from web.desk.lists import list_view
from web.desk.pages import Member, NamedServices, Selected
from web.desk.schemas import CaseOut, HandBackIn, ReplyIn, ResolutionIn
from web.desk.selecting import api_selection
from web.desk.views import case_view
from web.services import Services


class TicketController(Controller):
    """Cases, for whoever may serve customers."""

    path = "/api/tickets"
    opt = {"exclude_from_csrf": True, "scope": "tickets"}
    tags = ["Tickets"]
    security = [{"staff": []}]

    @get("", summary="List cases", dependencies={"selection": Provide(api_selection)})
    async def listing(self, services: NamedServices, member: Member, selection: Selected) -> ListOut:
        """A page of a list: a view, narrowed down by filters and words that are searched for, in an order."""
        return await services.database.read(lambda session: list_view(session, member.id, selection))

    @post("", summary="Open a case from outside", exception_handlers=REFUSED)
    async def open_case(
        self,
        request: Request[Any, Any, Any],
        services: NamedServices,
        member: Member,
        data: TicketIn,
        key: Key = None,
    ) -> Response[CaseOut]:
        """A conversation of the channel `api` with the customer's words, and a case for it that waits for people: 201.
        The same `Idempotency-Key` again gets the same case: 200; with another body it is refused: 422."""
        return await open_case(request, services, member, data, key)

    @get("/{ticket_id:str}", summary="Read a case")
    async def case(self, services: NamedServices, member: Member, ticket_id: str) -> CaseOut:
        """A case with transcript, trail and timeline."""
        return await services.database.read(lambda session: case_view(session, member.id, ticket_id))

    @post("/{ticket_id:str}/take", status_code=200, summary="Take a case")
    async def take(self, services: NamedServices, member: Member, ticket_id: str) -> CaseOut:
        """Take a case and its chat; 409 when a colleague was quicker."""
        return await api_step(services, member, lambda session: operations.take(session, ticket_id, member), False)

    @post("/{ticket_id:str}/replies", status_code=200, summary="Reply to the customer")
    async def reply(self, services: NamedServices, member: Member, ticket_id: str, data: ReplyIn) -> CaseOut:
        """Say something to the customer; 409 unless the chat is yours."""
        return await api_step(
            services,
            member,
            lambda session: said(session, ticket_id, member, data.text, data.macro, data.article),
            bool(data.macro),
        )

    @post("/{ticket_id:str}/hand-back", status_code=200, summary="Hand the chat back to the assistant")
    async def hand_back(
        self, services: NamedServices, member: Member, ticket_id: str, data: HandBackIn | None = None
    ) -> CaseOut:
        """Give the chat back to the assistant, with a note for colleagues if there is one; the case stays open."""
        note = data.note if data else ""
        return await api_step(
            services, member, lambda session: handing_back.hand_back(session, ticket_id, member, note), True
        )

    @post("/{ticket_id:str}/resolve", status_code=200, summary="Resolve a case")
    async def resolve(self, services: NamedServices, member: Member, ticket_id: str, data: ResolutionIn) -> CaseOut:
        """Resolve a case with a category and a note."""
        return await api_step(
            services,
            member,
            lambda session: operations.resolve(session, ticket_id, member, data.category, data.note),
            True,
        )


async def api_step(
    services: Services, member: StaffMember, work: Callable[[Session], Ticket], opened_turn: bool
) -> CaseOut:
    """Do a step and give the case as it is then."""
    ticket = await do_and_tell(services, work, opened_turn)
    return await services.database.read(lambda session: case_view(session, member.id, ticket.id))
