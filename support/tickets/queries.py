"""Finding tickets."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
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


def timeline(session: Session, ticket_id: str) -> Sequence[TicketEvent]:
    """What happened to a ticket, in order."""
    return session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.position)
    ).all()


def by_number(session: Session, number: str) -> Ticket | None:
    """The ticket with a number."""
    return session.scalar(select(Ticket).where(Ticket.number == number))


def of_conversation(session: Session, conversation_id: str) -> Sequence[Ticket]:
    """All tickets of a conversation, oldest first."""
    return session.scalars(
        select(Ticket).where(Ticket.conversation_id == conversation_id).order_by(Ticket.created_at)
    ).all()


def said_with_people(session: Session, conversation_id: str) -> Sequence[Message]:
    """What the customer and colleagues wrote since a person came into the chat last, oldest first."""
    joined = session.scalar(
        select(func.max(Message.seq)).where(
            Message.conversation_id == conversation_id,
            Message.author == "system",
            Message.payload["event"].as_string() == "agent_joined",
        )
    )
    return session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.seq > (joined or 0),
            Message.author.in_(("customer", "agent")),
            Message.turn_id.is_(None),
        )
        .order_by(Message.seq)
    ).all()


def words_to_people(session: Session, conversation_id: str) -> Sequence[str]:
    """What the customer wrote while people had the chat or were awaited, oldest first: the bot has no turn for it."""
    return session.scalars(
        select(Message.text)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == "customer",
            Message.turn_id.is_(None),
            Message.text != "",
        )
        .order_by(Message.seq)
    ).all()
