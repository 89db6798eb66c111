"""A case that a program changes: by whom, what they saw of it, and the case that it leads to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate

import msgspec
from litestar.di import NamedDependency
from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from support.tickets.changes import Caller
from support.tickets.tables import Ticket
from web.desk.actions import tell_of
from web.desk.changing import Given, IfMatch, carry_out, change_id_of, revision_of, why_of
from web.desk.pages import Member, NamedServices
from web.desk.schemas import CaseOut
from web.desk.views import case_view
from web.services import Services


class ChangeIn(msgspec.Struct, kw_only=True):
    """What every change may bring.

    Attributes:
        revision: The number that the case had when the caller read it; refused with 409 when it has another by now.
        change_id: The caller's own id of the change: the same again changes nothing twice.
        why: The reason, told in the timeline.
    """

    revision: int | None = None
    change_id: str | None = None
    why: str = ""


@dataclass(frozen=True)
class ApiCase:
    """A case that a program named, by its id.

    Attributes:
        if_match: The header If-Match, which may tell the revision.
    """

    services: Services
    member: StaffMember
    id: str
    if_match: str | None

    async def change(
        self,
        data: ChangeIn,
        work: Callable[Concatenate[Session, str, Caller, Given], Ticket],
        *given: Given.args,
        **more: Given.kwargs,
    ) -> CaseOut:
        """Do a step, given what it takes besides the caller, and answer with the case that it led to.

        Raises:
            Problem: 422 when what comes with the change cannot be.
            Whatever the step raises.
        """
        revision = revision_of(data.revision, self.if_match)
        caller = Caller(self.member, revision, change_id_of(data.change_id), why_of(data.why))
        ticket = await carry_out(self.services, self.id, caller, work, *given, **more)
        return await self.services.database.read(lambda session: case_view(session, self.member.id, ticket.id))

    async def tell(self) -> None:
        """Tell the customers' pages of what was said in the case's chat, and in that of the case it goes on as."""
        await tell_of(self.services, self.id)


async def provide_api_case(
    services: NamedServices, member: Member, ticket_id: str, if_match: IfMatch = None
) -> ApiCase:
    """The case that the address names."""
    return ApiCase(services, member, ticket_id, if_match)


async def query_change(revision: int | None = None, change_id: str | None = None, why: str = "") -> ChangeIn:
    """What a change may bring that has no body: as parameters of the query."""
    return ChangeIn(revision=revision, change_id=change_id, why=why)


NamedCase = NamedDependency[ApiCase]
QueryChange = NamedDependency[ChangeIn]
