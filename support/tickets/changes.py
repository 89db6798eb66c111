"""The way every change of a case goes: locked, refused when it is outdated, and told in the timeline.

A case and its conversation are locked in the same order everywhere, conversation first. Whatever changes a case calls
`note_event` once for it, so that the timeline tells exactly what was done. None of these commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.base import JsonObject, now
from support.conversations import queries as conversations
from support.conversations.rules import in_one_line
from support.conversations.tables import Conversation
from support.integrations.acting import program, with_program
from support.integrations.outbox import note
from support.staff.tables import StaffMember
from support.tickets import queries
from support.tickets.tables import Ticket, TicketEvent

LONGEST_WHY = 300
# They name the colleague whom a case was offered to, but change nothing about it.
_OFFERING = ("offered", "offer_refused", "offer_expired", "offer_withdrawn")


class TicketNotFound(Exception):
    """There is no such ticket."""


class ConversationErased(Exception):
    """The customer has erased the conversation of a case: nothing more can be said or kept there."""


class Outdated(Exception):
    """The case has changed since whoever wants to change it looked at it."""


class ChangeRefused(Exception):
    """A change of a case that cannot be. `code` names the reason, `values` fill its text (see web/desk/refusals.py)."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Caller:
    """Who changes a case, and what they say about it.

    Attributes:
        member: The colleague.
        revision: What they saw of the case; None when they do not mind what else happened.
        change_id: Their own id of the change: the same again changes nothing twice.
        why: Their reason, told in the timeline.
        shown: What a page showed them of the case: only what somebody else changed since then stands in the way, not
            what they did beside it, what the customer did, nor what happened by itself.
    """

    member: StaffMember
    revision: int | None = None
    change_id: str | None = None
    why: str = ""
    shown: int | None = None


@dataclass(frozen=True)
class Change:
    """A case that is being changed: locked, with its chat.

    Attributes:
        repeated: Whether this very change was applied before; then nothing is to be done.
    """

    ticket: Ticket
    conversation: Conversation
    caller: Caller
    repeated: bool

    def note(self, session: Session, kind: str, details: JsonObject, ticket: Ticket | None = None) -> None:
        """Add the change's line to the timeline of the case, or of another (locked) case that it changes as well."""
        # Words about one customer do not belong to another's case.
        foreign = ticket is not None and ticket.customer_id != self.ticket.customer_id
        why = "" if foreign else in_one_line(self.caller.why, LONGEST_WHY)
        told = details | {"why": why} if why else details
        note_event(session, ticket or self.ticket, kind, self.caller.member.id, told, self.caller.change_id)


def locked(session: Session, ticket_id: str, revision: int | None = None) -> tuple[Ticket, Conversation]:
    """A case and its chat, which nobody else may change until this unit of work ends.

    Args:
        revision: What the caller saw of the case; None when they do not mind what else happened.

    Raises:
        TicketNotFound: For an unknown ticket.
        Outdated: When the case has another revision by now.
    """
    known = session.get(Ticket, ticket_id)
    if known is None:
        raise TicketNotFound(ticket_id)
    conversation = conversations.locked(session, known.conversation_id)
    ticket = queries.locked(session, ticket_id)
    if ticket is None:
        raise TicketNotFound(ticket_id)
    session.refresh(ticket)
    if revision is not None and revision != ticket.revision:
        raise Outdated
    return ticket, conversation


def locked_unless_erased(session: Session, ticket_id: str, revision: int | None = None) -> tuple[Ticket, Conversation]:
    """As `locked`, for what needs the conversation.

    Raises:
        ConversationErased: When its customer erased it.
    """
    ticket, conversation = locked(session, ticket_id, revision)
    if not conversation.token_hash:
        raise ConversationErased
    return ticket, conversation


def begin(session: Session, ticket_id: str, caller: Caller, unless_erased: bool = False) -> Change:
    """Lock a case that a colleague wants to change.

    Args:
        unless_erased: Whether it is something that must not be kept once the customer erased the conversation.

    Raises:
        TicketNotFound, Outdated, ConversationErased: As `locked` and `locked_unless_erased`.
        ChangeRefused: `merged` when the case goes on as another one.
    """
    ticket, conversation = locked(session, ticket_id)
    return _checked(session, ticket, conversation, caller, unless_erased)


def begin_with_other(session: Session, ticket_id: str, other_id: str, caller: Caller) -> tuple[Change, Ticket]:
    """Lock a case and another one that the change touches as well.

    Both chats are locked first, then both cases, each in the order of their ids: two who do this at once, from either
    side, do not wait for each other.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `begin`.
    """
    tickets = _locked_together(session, (ticket_id, other_id))
    ticket, other = tickets[ticket_id], tickets[other_id]
    conversation = session.get_one(Conversation, ticket.conversation_id)
    return _checked(session, ticket, conversation, caller, unless_erased=False), other


def _locked_together(session: Session, ticket_ids: Sequence[str]) -> dict[str, Ticket]:
    known = [session.get(Ticket, each) for each in ticket_ids]
    if not all(known):
        raise TicketNotFound
    for conversation_id in sorted({each.conversation_id for each in known if each}):
        conversations.locked(session, conversation_id)
    found = {each: queries.locked(session, each) for each in sorted(ticket_ids)}
    tickets = {each: ticket for each, ticket in found.items() if ticket is not None}
    if len(tickets) < len(found):
        raise TicketNotFound
    for ticket in tickets.values():
        session.refresh(ticket)
    return tickets


def _checked(
    session: Session, ticket: Ticket, conversation: Conversation, caller: Caller, unless_erased: bool
) -> Change:
    # First of all: who asks again because the answer was lost is told that it is done, though the case moved on by it.
    if done_before(session, ticket.id, caller.change_id):
        return Change(ticket, conversation, caller, repeated=True)
    if caller.revision is not None and caller.revision != ticket.revision:
        raise Outdated
    if caller.shown is not None and _changed_by_others(session, ticket, caller.member, caller.shown):
        raise Outdated
    if unless_erased and not conversation.token_hash:
        raise ConversationErased
    if ticket.merged_into_id is not None:
        raise ChangeRefused("merged", number=session.get_one(Ticket, ticket.merged_into_id).number)
    return Change(ticket, conversation, caller, repeated=False)


def _changed_by_others(session: Session, ticket: Ticket, member: StaffMember, shown: int) -> bool:
    """Whether another colleague, or a program, changed a case at that revision or later."""
    if shown >= ticket.revision:
        return False
    since = select(TicketEvent).where(
        TicketEvent.ticket_id == ticket.id,
        TicketEvent.position >= shown,
        TicketEvent.staff_id.is_not(None),
        TicketEvent.kind.not_in(_OFFERING),
    )
    # A program acts in somebody's name, who knows nothing of it.
    return any(each.staff_id != member.id or "integration" in each.details for each in session.scalars(since))


def done_before(session: Session, ticket_id: str, change_id: str | None) -> bool:
    """Whether a change with this id of its caller was applied already; asked once the case is locked."""
    if change_id is None:
        return False
    known = select(TicketEvent.id).where(TicketEvent.ticket_id == ticket_id, TicketEvent.change_id == change_id)
    return session.scalar(known) is not None


def note_event(
    session: Session,
    ticket: Ticket,
    kind: str,
    staff_id: str | None,
    details: JsonObject,
    change_id: str | None = None,
) -> None:
    """Add a line to the timeline of a (locked) case: the one place that does.

    Args:
        kind: What happened; its words stand in web/desk/labels.py.
        staff_id: The colleague who did it; None for the customer and for what happens by itself.
        details: What else belongs to it, such as {"why": "..."}; erased when the customer erases the conversation.
        change_id: The caller's own id of the change (see `done_before`).
    """
    event = TicketEvent(ticket_id=ticket.id, position=ticket.revision, kind=kind, staff_id=staff_id)
    event.details = with_program(details)
    event.change_id = change_id
    session.add(event)
    ticket.revision += 1
    ticket.updated_at = now()
    session.flush()
    note(session, f"ticket.{kind}", ticket.conversation_id, lambda: _told(ticket, event))


def _told(ticket: Ticket, event: TicketEvent) -> JsonObject:
    """What programs are told of a line: nothing that the customer or a colleague wrote."""
    return {
        "ticket_id": ticket.id,
        "number": ticket.number,
        "conversation_id": ticket.conversation_id,
        "customer_id": ticket.customer_id,
        "kind": event.kind,
        "position": event.position,
        "revision": ticket.revision,
        "state": ticket.state,
        "priority": ticket.priority,
        "staff_id": event.staff_id,
        "owner_id": ticket.staff_id,
        "team_id": ticket.team_id,
        # So that a program knows its own steps again.
        "integration": program() or None,
    }
