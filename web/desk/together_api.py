"""The staff API of what colleagues do with a case together.

Every change takes `revision` (or the header If-Match), `change_id` and `why`, all of them optional, and answers with
the case: 409 `outdated` when it has another revision by now, and the same `change_id` again changes nothing twice.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, delete, post
from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from support.tickets import assigning, closing, links, merging, notes, progress, snoozing, splitting, tags
from support.tickets.changes import ChangeRefused
from support.tickets.tables import Ticket
from support.tickets.together_queries import surviving
from web.desk.actions import tell
from web.desk.changing import IfMatch, change_id_of, revision_of, why_of
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

    def usual(self, if_match: str | None) -> dict[str, Any]:
        """The same, checked; raises Problem when it cannot be."""
        return {
            "revision": revision_of(self.revision, if_match),
            "change_id": change_id_of(self.change_id),
            "why": why_of(self.why),
        }


class NoteIn(ChangeIn, kw_only=True):
    """Words for colleagues; a name behind an @ calls a colleague."""

    text: str


class TagIn(ChangeIn, kw_only=True):
    """A word to file a case under."""

    name: str


class NumberIn(ChangeIn, kw_only=True):
    """Another case by its number."""

    number: str


class MergeIn(NumberIn, kw_only=True):
    """The case to go on as; `other_customer` allows that it is another customer's."""

    other_customer: bool = False


class SplitIn(ChangeIn, kw_only=True):
    """The number of the first message that is about another matter."""

    seq: int


class SnoozeIn(ChangeIn, kw_only=True):
    """A moment with its zone."""

    until: datetime


class AssignIn(ChangeIn, kw_only=True):
    """The colleague whose case it is to be; null for nobody."""

    staff_id: str | None


class StateIn(ChangeIn, kw_only=True):
    """How far a case is, what it is about, or both."""

    state: str | None = None
    category: str | None = None


class TogetherController(Controller):
    """Notes, tags, links, merging, splitting, snoozing, owner, state."""

    path = "/api/tickets/{ticket_id:str}"
    opt = {"exclude_from_csrf": True, "scope": "tickets"}
    tags = ["Tickets"]
    security = [{"staff": []}]

    @post("/notes", status_code=200, summary="Write a note")
    async def add_note(
        self, services: NamedServices, member: Member, ticket_id: str, data: NoteIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Keep words that only colleagues read; 422 when they are empty or too long."""
        usual = data.usual(if_match)
        usual.pop("why")
        return await _step(services, member, lambda s: notes.add_note(s, ticket_id, member, data.text, **usual))

    @post("/tags", status_code=200, summary="Add a tag")
    async def add_tag(
        self, services: NamedServices, member: Member, ticket_id: str, data: TagIn, if_match: IfMatch = None
    ) -> CaseOut:
        """File a case under a word."""
        usual = data.usual(if_match)
        return await _step(services, member, lambda s: tags.add_tag(s, ticket_id, member, data.name, **usual))

    @delete("/tags/{name:str}", status_code=200, summary="Remove a tag")
    async def remove_tag(
        self,
        services: NamedServices,
        member: Member,
        ticket_id: str,
        name: str,
        revision: int | None = None,
        change_id: str | None = None,
        why: str = "",
        if_match: IfMatch = None,
    ) -> CaseOut:
        """Take a word off a case."""
        usual = ChangeIn(revision=revision, change_id=change_id, why=why).usual(if_match)
        return await _step(services, member, lambda s: tags.remove_tag(s, ticket_id, member, name, **usual))

    @post("/links", status_code=200, summary="Link two cases")
    async def add_link(
        self, services: NamedServices, member: Member, ticket_id: str, data: NumberIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Link a case with another one."""
        usual = data.usual(if_match)
        return await _step(services, member, lambda s: links.add_link(s, ticket_id, member, data.number, **usual))

    @delete("/links/{number:str}", status_code=200, summary="Remove a link")
    async def remove_link(
        self,
        services: NamedServices,
        member: Member,
        ticket_id: str,
        number: str,
        revision: int | None = None,
        change_id: str | None = None,
        why: str = "",
        if_match: IfMatch = None,
    ) -> CaseOut:
        """Take a link away."""
        usual = ChangeIn(revision=revision, change_id=change_id, why=why).usual(if_match)
        return await _step(services, member, lambda s: links.remove_link(s, ticket_id, member, number, **usual))

    @post("/merge", status_code=200, summary="Merge into another case")
    async def merge(
        self, services: NamedServices, member: Member, ticket_id: str, data: MergeIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Let a case go on as another one, which is answered; 409 when that does not fit."""
        usual = data.usual(if_match)

        def work(session: Session) -> Ticket:
            return merging.merge(session, ticket_id, member, data.number, data.other_customer, **usual)

        return await _step(services, member, work, ticket_id)

    @post("/split", status_code=200, summary="Split a case")
    async def split(
        self, services: NamedServices, member: Member, ticket_id: str, data: SplitIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Make a case of its own, which is answered, of what was said from a message on."""
        usual = data.usual(if_match)
        secret = services.settings.secret
        return await _step(
            services, member, lambda s: splitting.split(s, ticket_id, member, data.seq, secret, **usual), ticket_id
        )

    @post("/snooze", status_code=200, summary="Snooze a case")
    async def snooze(
        self, services: NamedServices, member: Member, ticket_id: str, data: SnoozeIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Put a case out of sight until a moment, or until its customer writes."""
        usual = data.usual(if_match)
        if data.until.tzinfo is None:
            raise ChangeRefused("until")
        return await _step(services, member, lambda s: snoozing.snooze(s, ticket_id, member, data.until, **usual))

    @post("/wake", status_code=200, summary="Wake a case")
    async def wake(
        self, services: NamedServices, member: Member, ticket_id: str, data: ChangeIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Bring a snoozed case back."""
        usual = data.usual(if_match)
        return await _step(services, member, lambda s: snoozing.wake(s, ticket_id, member, **usual))

    @post("/assign", status_code=200, summary="Give a case an owner")
    async def assign(
        self, services: NamedServices, member: Member, ticket_id: str, data: AssignIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Give a case to a colleague, or to nobody; its chat stays where it is."""
        usual = data.usual(if_match)
        return await _step(services, member, lambda s: assigning.assign(s, ticket_id, member, data.staff_id, **usual))

    @post("/state", status_code=200, summary="Set state and category")
    async def set_state(
        self, services: NamedServices, member: Member, ticket_id: str, data: StateIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Say how far an open case is (classified, planned, in_progress, waiting_for_customer), or what it is about."""
        usual = data.usual(if_match)
        return await _step(
            services, member, lambda s: progress.set_state(s, ticket_id, member, data.state, data.category, **usual)
        )

    @post("/close", status_code=200, summary="Close a case")
    async def close(
        self, services: NamedServices, member: Member, ticket_id: str, data: ChangeIn, if_match: IfMatch = None
    ) -> CaseOut:
        """Close a resolved case for good; 409 when it is not resolved."""
        usual = data.usual(if_match)
        return await _step(services, member, lambda s: closing.close(s, ticket_id, member, **usual))


async def _step(
    services: Services, member: StaffMember, work: Callable[[Session], Ticket], said_in: str | None = None
) -> CaseOut:
    """Do a step and answer with the case that it led to.

    Args:
        said_in: The case in whose chat, and in that of the case it goes on as, the customer was told of it.
    """
    ticket = await services.database.write(work)
    services.hub.desk_changed()
    if said_in is not None:
        await tell_of(services, said_in)
    return await services.database.read(lambda session: case_view(session, member.id, ticket.id))


async def tell_of(services: Services, ticket_id: str) -> None:
    """Tell the customers' pages of what was said in a case's chat, and in that of the case that it goes on as.

    The assistant sees to a turn that was opened in the case's own chat.
    """

    def read(session: Session) -> tuple[Ticket, Ticket]:
        ticket = session.get_one(Ticket, ticket_id)
        return ticket, surviving(session, ticket)

    ticket, goes_on = await services.database.read(read)
    await tell(services, ticket, opened_turn=True)
    if goes_on.conversation_id != ticket.conversation_id:
        await tell(services, goes_on)
