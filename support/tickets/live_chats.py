"""The chats that a colleague has, and what waits for anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation, Message
from support.customers.tables import Customer
from support.tickets.states import OPEN_STATES
from support.tickets.tables import CaseRead, Ticket, TicketEvent

# What brings a chat to somebody, as the timeline has it.
_CAME_BY = ("taken", "taken_over", "transferred")


@dataclass(frozen=True)
class LiveChat:
    """A chat that a colleague has, or stepped into.

    Attributes:
        unread: How many messages of the customer they have not seen yet.
    """

    ticket: Ticket
    conversation: Conversation
    customer: str | None
    unread: int


@dataclass(frozen=True)
class Waiting:
    """How many cases nobody has, and when the newest of them came there; None when there is none."""

    count: int
    newest: datetime | None


def chats_of(session: Session, staff_id: str) -> Sequence[LiveChat]:
    """The chats somebody has or stepped into, in the order in which they came to them."""
    seen = func.coalesce(CaseRead.seq, 0)
    unread = (
        select(func.count())
        .where(Message.conversation_id == Ticket.conversation_id, Message.author == "customer", Message.seq > seen)
        .correlate(Ticket, CaseRead)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Ticket, Conversation, Customer.name, unread)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(CaseRead, and_(CaseRead.ticket_id == Ticket.id, CaseRead.staff_id == staff_id))
        .where(
            Conversation.status == "agent",
            or_(Conversation.staff_id == staff_id, Conversation.supervisor_id == staff_id),
            Ticket.state.in_(OPEN_STATES),
        )
        .order_by(Ticket.created_at, Ticket.id)
    )
    return [LiveChat(*row) for row in rows]


def passed_on_by(session: Session, ticket_ids: Sequence[str]) -> dict[str, str]:
    """The colleague who passed each of some cases to whoever has it now, by case; without those that were taken."""
    query = (
        select(TicketEvent)
        .where(TicketEvent.ticket_id.in_(ticket_ids), TicketEvent.kind.in_(_CAME_BY))
        .order_by(TicketEvent.position)
    )
    latest = {each.ticket_id: each for each in session.scalars(query)}
    return {key: each.staff_id for key, each in latest.items() if each.kind == "transferred" and each.staff_id}


def waiting_cases(session: Session) -> Waiting:
    """The open cases that nobody has."""
    came = func.coalesce(Conversation.queued_at, Ticket.created_at)
    row = session.execute(
        select(func.count(), func.max(came))
        .select_from(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.state.in_(OPEN_STATES), Ticket.staff_id.is_(None))
    ).one()
    return Waiting(row[0], row[1])
