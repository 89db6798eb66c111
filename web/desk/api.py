"""The staff API: the same cases and steps as the pages, for programs with a bearer token."""

from collections.abc import Callable
from typing import Annotated

from litestar import Controller, get, post
from litestar.params import Parameter
from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from support.tickets import operations
from support.tickets.tables import Ticket
from web.desk.actions import tell
from web.desk.pages import Member, NamedServices
from web.desk.schemas import CaseOut, ListOut, ReplyIn, ResolutionIn
from web.desk.views import VIEWS, case_view, list_view
from web.problems import Problem
from web.services import Services

PageNumber = Annotated[int, Parameter(query="page", ge=1)]


class TicketController(Controller):
    """Cases, for whoever may serve customers."""

    path = "/api/tickets"
    opt = {"exclude_from_csrf": True}

    @get("")
    async def listing(
        self, services: NamedServices, member: Member, view: str = "queue", number: PageNumber = 1
    ) -> ListOut:
        """A page of a view: queue, mine, open or resolved."""
        if view not in VIEWS:
            raise Problem(422, "View not known", "view must be one of {views}.", "view", views=", ".join(VIEWS))
        return await services.database.read(lambda session: list_view(session, member.id, view, number))

    @get("/{ticket_id:str}")
    async def case(self, services: NamedServices, member: Member, ticket_id: str) -> CaseOut:
        """A case with transcript, trail and timeline."""
        return await services.database.read(lambda session: case_view(session, member.id, ticket_id))

    @post("/{ticket_id:str}/take", status_code=200)
    async def take(self, services: NamedServices, member: Member, ticket_id: str) -> CaseOut:
        """Take a case and its chat; 409 when a colleague was quicker."""
        return await _step(services, member, lambda session: operations.take(session, ticket_id, member), False)

    @post("/{ticket_id:str}/replies", status_code=200)
    async def reply(self, services: NamedServices, member: Member, ticket_id: str, data: ReplyIn) -> CaseOut:
        """Say something to the customer; 409 unless the chat is yours."""
        return await _step(
            services, member, lambda session: operations.reply(session, ticket_id, member, data.text), False
        )

    @post("/{ticket_id:str}/hand-back", status_code=200)
    async def hand_back(self, services: NamedServices, member: Member, ticket_id: str) -> CaseOut:
        """Give the chat back to the assistant; the case stays open."""
        return await _step(services, member, lambda session: operations.hand_back(session, ticket_id, member), True)

    @post("/{ticket_id:str}/resolve", status_code=200)
    async def resolve(self, services: NamedServices, member: Member, ticket_id: str, data: ResolutionIn) -> CaseOut:
        """Resolve a case with a category and a note."""
        return await _step(
            services,
            member,
            lambda session: operations.resolve(session, ticket_id, member, data.category, data.note),
            True,
        )


async def _step(
    services: Services, member: StaffMember, work: Callable[[Session], Ticket], opened_turn: bool
) -> CaseOut:
    ticket = await services.database.write(work)
    await tell(services, ticket, opened_turn)
    return await services.database.read(lambda session: case_view(session, member.id, ticket.id))
