"""Finding all that is kept about a customer."""

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from support.conversations.tables import Conversation
from support.files.tables import StoredFile
from support.satisfaction.tables import SurveyRequest
from support.tickets.tables import Ticket, TicketLink


def conversations_of(session: Session, customer_id: str) -> Sequence[Conversation]:
    """A customer's conversations that were not erased, oldest first (an erased one has no token)."""
    return session.scalars(
        select(Conversation)
        .where(Conversation.customer_id == customer_id, Conversation.token_hash != "")
        .order_by(Conversation.created_at, Conversation.id)
    ).all()


def conversation_ids(session: Session, conversation_id: str) -> list[str]:
    """A conversation and all others of the same customer, erased ones as well."""
    customer = select(Conversation.customer_id).where(Conversation.id == conversation_id).scalar_subquery()
    return list(session.scalars(select(Conversation.id).where(Conversation.customer_id == customer)))


def locked_conversations(session: Session, customer_id: str) -> Sequence[Conversation]:
    """All of a customer's conversations, which nobody else may change until this unit of work ends."""
    query = select(Conversation).where(Conversation.customer_id == customer_id).order_by(Conversation.id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def split_from(session: Session, conversation: Conversation) -> Sequence[Conversation]:
    """The customer's conversations that colleagues made of parts of this one, and of parts of those."""
    found: dict[str, Conversation] = {conversation.id: conversation}
    level = list(found)
    while level:
        source, other = aliased(Ticket), aliased(Ticket)
        linked = or_(
            and_(TicketLink.ticket_id == source.id, TicketLink.other_id == other.id),
            and_(TicketLink.other_id == source.id, TicketLink.ticket_id == other.id),
        )
        query = (
            select(Conversation)
            .join(other, other.conversation_id == Conversation.id)
            .join(TicketLink, TicketLink.kind == "split")
            .join(source, linked)
            .where(source.conversation_id.in_(level), Conversation.customer_id == conversation.customer_id)
            # A link has no direction, but the copy is always the younger one.
            .where(Conversation.created_at > conversation.created_at)
        )
        made = [each for each in session.scalars(query).unique() if each.id not in found]
        found |= {each.id: each for each in made}
        level = [each.id for each in made]
    return [each for each in found.values() if each is not conversation]


def files_of(session: Session, conversation_id: str) -> Sequence[StoredFile]:
    """The files that were sent in a conversation, in order."""
    query = select(StoredFile).where(StoredFile.conversation_id == conversation_id)
    return session.scalars(query.order_by(StoredFile.created_at, StoredFile.id)).all()


def surveys_of(session: Session, conversation_id: str) -> Sequence[SurveyRequest]:
    """What a customer was asked to rate in a conversation, in order."""
    query = select(SurveyRequest).where(SurveyRequest.conversation_id == conversation_id)
    return session.scalars(query.order_by(SurveyRequest.asked_at, SurveyRequest.id)).all()


def count_tickets(session: Session, ids: Sequence[str]) -> int:
    """How many cases some conversations have."""
    query = select(func.count()).select_from(Ticket).where(Ticket.conversation_id.in_(ids))
    return session.scalar(query) or 0
