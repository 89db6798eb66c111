"""Since when a customer waits for an answer of people, and what their words do to a case. None of these commit."""

from sqlalchemy import bindparam, func, or_, update
from sqlalchemy.orm import Session

from storage.base import JsonObject, now
from support.conversations.tables import Conversation
from support.tickets.changes import note_event
from support.tickets.states import OPEN_STATES
from support.tickets.tables import Ticket

# The bot has the chat in all other states, and answers by itself.
_FOR_PEOPLE = ("queued", "agent", "offline")

_CASE = Ticket.__table__.c
# Past the unit of work, because messages come by here; whoever writes again is not waiting anew. A case that sleeps or
# waits for the customer is told back, which is rare: only then more is done.
_WAITS = (
    update(Ticket.__table__)  # type: ignore[arg-type]
    .where(
        _CASE.conversation_id == bindparam("conversation"),
        _CASE.state.in_(OPEN_STATES),
        or_(_CASE.waiting_since.is_(None), _CASE.snoozed_until.is_not(None), _CASE.state == "waiting_for_customer"),
    )
    .values(waiting_since=func.coalesce(_CASE.waiting_since, bindparam("moment", type_=_CASE.waiting_since.type)))
    .returning(_CASE.id, _CASE.snoozed_until, _CASE.state)
)


def customer_wrote(session: Session, conversation: Conversation) -> None:
    """The customer said something in a (locked) conversation: an open case that people have waits for them.

    A snoozed case comes back at once, and one that waited for the customer is in progress again.
    """
    if conversation.status not in _FOR_PEOPLE:
        return
    rows = session.connection().execute(_WAITS, {"conversation": conversation.id, "moment": now()}).all()
    for row in rows:
        if row.snoozed_until is not None or row.state == "waiting_for_customer":
            came_back(session, session.get_one(Ticket, row.id, populate_existing=True))


def came_back(session: Session, ticket: Ticket) -> None:
    """The customer turned to people again: a (locked) case that slept, or waited for them, goes on."""
    details: JsonObject = {"because": "customer"}
    slept, waited = ticket.snoozed_until is not None, ticket.state == "waiting_for_customer"
    if not slept and not waited:
        return
    ticket.snoozed_until = None
    if waited:
        ticket.state = "in_progress"
        details |= {"from": "waiting_for_customer", "to": "in_progress"}
    note_event(session, ticket, "woke_up" if slept else "customer_answered", None, details)


def waits_in_queue(session: Session, ticket: Ticket) -> None:
    """The customer of a (locked) case was put into the queue again: they wait for us, though they may have been
    answered before, and nobody would see a case that sleeps.
    """
    ticket.waiting_since = ticket.waiting_since or now()
    if ticket.state == "waiting_for_customer":
        ticket.state = "in_progress"
    if ticket.snoozed_until is not None:
        ticket.snoozed_until = None
        note_event(session, ticket, "woke_up", None, {"because": "queue"})


def answered(ticket: Ticket) -> None:
    """People said something to the customer: it is the customer's turn."""
    ticket.waiting_since = None
