"""The staff API of what colleagues do with a case together.

Every change takes `revision` (or the header If-Match), `change_id` and `why`, all of them optional, and answers with
the case: 409 `outdated` when it has another revision by now, and the same `change_id` again changes nothing twice.
"""

from datetime import datetime

from litestar import Controller, delete, post
from litestar.di import Provide

from support.tickets import assigning, closing, links, merging, notes, progress, snoozing, splitting, tags
from support.tickets.changes import ChangeRefused
from web.desk.api_case import ChangeIn, NamedCase, QueryChange, provide_api_case, query_change
from web.desk.schemas import CaseOut


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
    dependencies = {"case": Provide(provide_api_case), "said": Provide(query_change)}

    @post("/notes", status_code=200, summary="Write a note")
    async def add_note(self, case: NamedCase, data: NoteIn) -> CaseOut:
        """Keep words that only colleagues read; 422 when they are empty or too long."""
        return await case.change(data, notes.add_note, data.text)

    @post("/tags", status_code=200, summary="Add a tag")
    async def add_tag(self, case: NamedCase, data: TagIn) -> CaseOut:
        """File a case under a word."""
        return await case.change(data, tags.add_tag, data.name)

    @delete("/tags/{name:str}", status_code=200, summary="Remove a tag")
    async def remove_tag(self, case: NamedCase, name: str, said: QueryChange) -> CaseOut:
        """Take a word off a case."""
        return await case.change(said, tags.remove_tag, name)

    @post("/links", status_code=200, summary="Link two cases")
    async def add_link(self, case: NamedCase, data: NumberIn) -> CaseOut:
        """Link a case with another one."""
        return await case.change(data, links.add_link, data.number)

    @delete("/links/{number:str}", status_code=200, summary="Remove a link")
    async def remove_link(self, case: NamedCase, number: str, said: QueryChange) -> CaseOut:
        """Take a link away."""
        return await case.change(said, links.remove_link, number)

    @post("/merge", status_code=200, summary="Merge into another case")
    async def merge(self, case: NamedCase, data: MergeIn) -> CaseOut:
        """Let a case go on as another one, which is answered; 409 when that does not fit."""
        done = await case.change(data, merging.merge, data.number, data.other_customer)
        await case.tell()
        return done

    @post("/split", status_code=200, summary="Split a case")
    async def split(self, case: NamedCase, data: SplitIn) -> CaseOut:
        """Make a case of its own, which is answered, of what was said from a message on."""
        done = await case.change(data, splitting.split, data.seq, case.services.settings.secret)
        await case.tell()
        return done

    @post("/snooze", status_code=200, summary="Snooze a case")
    async def snooze(self, case: NamedCase, data: SnoozeIn) -> CaseOut:
        """Put a case out of sight until a moment, or until its customer writes."""
        if data.until.tzinfo is None:
            raise ChangeRefused("until")
        return await case.change(data, snoozing.snooze, data.until)

    @post("/wake", status_code=200, summary="Wake a case")
    async def wake(self, case: NamedCase, data: ChangeIn) -> CaseOut:
        """Bring a snoozed case back."""
        return await case.change(data, snoozing.wake)

    @post("/assign", status_code=200, summary="Give a case an owner")
    async def assign(self, case: NamedCase, data: AssignIn) -> CaseOut:
        """Give a case to a colleague, or to nobody; its chat stays where it is."""
        return await case.change(data, assigning.assign, data.staff_id)

    @post("/state", status_code=200, summary="Set state and category")
    async def set_state(self, case: NamedCase, data: StateIn) -> CaseOut:
        """Say how far an open case is (classified, planned, in_progress, waiting_for_customer), or what it is about."""
        return await case.change(data, progress.set_state, data.state, data.category)

    @post("/close", status_code=200, summary="Close a case")
    async def close(self, case: NamedCase, data: ChangeIn) -> CaseOut:
        """Close a resolved case for good; 409 when it is not resolved."""
        return await case.change(data, closing.close)
