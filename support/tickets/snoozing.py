"""Cases that are out of sight until a time, or until the customer writes. None of these commit."""

from datetime import datetime

from sqlalchemy.orm import Session

from storage.base import now
from support.tickets.changes import Caller, ChangeRefused, begin, locked, note_event
from support.tickets.snooze_times import may_snooze, who_waits
from support.tickets.states import TicketMoveRefused, is_open
from support.tickets.tables import Ticket


def snooze(session: Session, ticket_id: str, caller: Caller, until: datetime) -> Ticket:
    """Put a case out of sight until a moment, or until its customer writes.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`, and ChangeRefused `until` for a moment that is past
            or too far away, `waits_in_queue` or `waits_for_answer` while the customer waits in the chat.
        TicketMoveRefused: When it is settled.
    """
    change = begin(session, ticket_id, caller)
    ticket = change.ticket
    if change.repeated:
        return ticket
    if not may_snooze(until, now()):
        raise ChangeRefused("until")
    if not is_open(ticket.state):
        raise TicketMoveRefused(ticket.state, "snoozed")
    chat = change.conversation
    if (waits := who_waits(chat.status, chat.channel, ticket.waiting_since is not None)) is not None:
        raise ChangeRefused(waits)
    if ticket.snoozed_until == until:
        return ticket
    ticket.snoozed_until = until
    change.note(session, "snoozed", {"until": until.isoformat(timespec="seconds")})
    return ticket


def wake(session: Session, ticket_id: str, caller: Caller) -> Ticket:
    """Bring a snoozed case back; one that is in sight stays as it is.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`.
    """
    change = begin(session, ticket_id, caller)
    if change.repeated or change.ticket.snoozed_until is None:
        return change.ticket
    change.ticket.snoozed_until = None
    change.note(session, "woke_up", {})
    return change.ticket


def wake_due(session: Session, ticket_id: str, at: datetime) -> Ticket | None:
    """Bring a case back whose time has come.

    Whether it has is looked at again once the case is locked, so that of two who try one does it and says so.

    Returns:
        The case; None when somebody else woke it, or it sleeps on.
    """
    ticket, _ = locked(session, ticket_id)
    if ticket.snoozed_until is None or ticket.snoozed_until > at:
        return None
    ticket.snoozed_until = None
    note_event(session, ticket, "woke_up", None, {"because": "time"})
    return ticket
