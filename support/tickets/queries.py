"""Finding tickets."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation, Message
from support.customers.tables import Customer
from support.tickets.states import OPEN_STATES
from support.tickets.tables import Ticket, TicketEvent

PAGE = 50


@dataclass(frozen=True)
class TicketRow:
    """A ticket as a list shows it."""

    ticket: Ticket
    conversation: Conversation
    customer: Customer


@dataclass(frozen=True)
class Counts:
    """How many tickets each view holds."""

    queue: int
    mine: int
    open: int


def locked(session: Session, ticket_id: str) -> Ticket | None:
    """A ticket nobody else may change until this unit of work ends."""
    return session.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update())


def by_id(session: Session, ticket_id: str) -> TicketRow | None:
    """A ticket with its conversation and customer."""
    row = session.execute(
        select(Ticket, Conversation, Customer)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.id == ticket_id)
    ).one_or_none()
    return TicketRow(*row) if row else None


def open_for(session: Session, conversation_id: str) -> Ticket | None:
    """The open ticket of a conversation; there is at most one."""
    return session.scalar(
        select(Ticket)
        .where(Ticket.conversation_id == conversation_id, Ticket.state.in_(OPEN_STATES))
        .order_by(Ticket.created_at.desc())
        .limit(1)
    )


def by_turn(session: Session, turn_id: str) -> Ticket | None:
    """The ticket that a turn opened."""
    return session.scalar(select(Ticket).where(Ticket.turn_id == turn_id))


def latest_for(session: Session, conversation_id: str) -> Ticket | None:
    """The newest ticket of a conversation, open or not."""
    return session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.created_at.desc()).limit(1)
    )


def listing(session: Session, view: str, staff_id: str, page: int = 1) -> list[TicketRow]:
    """Tickets of a view: `queue` (nobody's), `mine`, `open`, `resolved`; red first, then live chats, then oldest."""
    query = (
        select(Ticket, Conversation, Customer)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(_in_view(view, staff_id))
    )
    if view == "resolved":
        query = query.order_by(Ticket.resolved_at.desc())
    else:
        query = query.order_by(
            Ticket.priority != "red", Conversation.queued_at.is_(None), Conversation.queued_at, Ticket.created_at
        )
    rows = session.execute(query.limit(PAGE).offset((page - 1) * PAGE))
    return [TicketRow(*row) for row in rows]


def counts(session: Session, staff_id: str) -> Counts:
    """How many tickets are in each view."""

    def count(view: str) -> int:
        return session.scalar(select(func.count()).select_from(Ticket).where(_in_view(view, staff_id))) or 0

    return Counts(queue=count("queue"), mine=count("mine"), open=count("open"))


def _in_view(view: str, staff_id: str) -> ColumnElement[bool]:
    is_open = Ticket.state.in_(OPEN_STATES)
    if view == "queue":
        return is_open & Ticket.staff_id.is_(None)
    if view == "mine":
        return is_open & (Ticket.staff_id == staff_id)
    if view == "resolved":
        return Ticket.state.in_(("resolved", "closed"))
    return is_open


def timeline(session: Session, ticket_id: str) -> Sequence[TicketEvent]:
    """What happened to a ticket, in order."""
    return session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.position)
    ).all()


def asked_and_answered(session: Session, conversation_id: str) -> tuple[list[str], list[str]]:
    """The customer's texts and the titles of the articles they were given, oldest first."""
    rows = session.execute(
        select(Message.author, Message.text, Message.payload)
        .where(Message.conversation_id == conversation_id, or_(Message.author == "customer", Message.author == "bot"))
        .order_by(Message.seq)
    ).all()
    questions = [row.text for row in rows if row.author == "customer"]
    answers = [row.payload["answer"]["title"] for row in rows if row.payload and "answer" in row.payload]
    return questions, answers


def by_number(session: Session, number: str) -> Ticket | None:
    """The ticket with a number."""
    return session.scalar(select(Ticket).where(Ticket.number == number))


def of_conversation(session: Session, conversation_id: str) -> Sequence[Ticket]:
    """All tickets of a conversation, oldest first."""
    return session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.created_at)
    ).all()
