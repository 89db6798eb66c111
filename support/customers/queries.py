"""What whoever serves a customer should know about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support.conversations.states import SPLIT
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.satisfaction.tables import Rating
from support.staff.queries import SERVING_ROLES
from support.staff.tables import StaffMember
from support.tickets.tables import Ticket

SHOWN = 10
SURVEYS = ("csat", "nps", "ces")


@dataclass(frozen=True)
class OtherChat:
    """A conversation of a customer that goes on beside the one that is looked at."""

    id: str
    status: str
    language: str
    updated_at: datetime
    ticket_id: str | None
    number: str | None


def kept(session: Session, customer_id: str) -> Customer | None:
    """A customer, unless they erased everything."""
    said = select(Conversation.id).where(Conversation.customer_id == customer_id, Conversation.token_hash != "")
    if session.scalar(said.limit(1)) is None:
        return None
    return session.get(Customer, customer_id)


def cases_of(session: Session, customer_id: str, but: str | None = None) -> Sequence[Ticket]:
    """A customer's latest cases that were not erased, newest first, without one of them."""
    query = (
        select(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.customer_id == customer_id, Conversation.token_hash != "", Ticket.id != (but or ""))
    )
    return session.scalars(query.order_by(Ticket.created_at.desc()).limit(SHOWN)).all()


def count_cases(session: Session, customer_id: str) -> int:
    """How many cases a customer has that were not erased."""
    query = (
        select(func.count())
        .select_from(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.customer_id == customer_id, Conversation.token_hash != "")
    )
    return session.scalar(query) or 0


def surveys_of(session: Session, customer_id: str) -> Sequence[Rating]:
    """A customer's latest answers to surveys, newest first."""
    query = (
        select(Rating)
        .join(Conversation, Conversation.id == Rating.conversation_id)
        .where(Conversation.customer_id == customer_id, Rating.kind.in_(SURVEYS))
    )
    return session.scalars(query.order_by(Rating.updated_at.desc()).limit(SHOWN)).all()


def open_chats_of(session: Session, customer_id: str, but: str) -> list[OtherChat]:
    """A customer's other conversations that go on, the latest first, each with its newest case."""
    query = (
        select(Conversation)
        .where(
            Conversation.customer_id == customer_id,
            Conversation.id != but,
            Conversation.status != "closed",
            # What was split off is no chat; its case stands among the others.
            Conversation.channel != SPLIT,
            Conversation.token_hash != "",
        )
        .order_by(Conversation.updated_at.desc())
        .limit(SHOWN)
    )
    found = session.scalars(query).all()
    newest: dict[str, Ticket] = {}
    ids = [each.id for each in found]
    for ticket in session.scalars(select(Ticket).where(Ticket.conversation_id.in_(ids)).order_by(Ticket.created_at)):
        newest[ticket.conversation_id] = ticket
    return [_other(each, newest.get(each.id)) for each in found]


def colleagues(session: Session) -> list[tuple[str, str]]:
    """Id and name of everybody who serves customers, by name."""
    query = select(StaffMember.id, StaffMember.name).where(StaffMember.active, StaffMember.role.in_(SERVING_ROLES))
    return [(row.id, row.name) for row in session.execute(query.order_by(StaffMember.name))]


def _other(chat: Conversation, ticket: Ticket | None) -> OtherChat:
    number = ticket.number if ticket else None
    return OtherChat(chat.id, chat.status, chat.language, chat.updated_at, ticket.id if ticket else None, number)
