"""Chats in which nobody writes any more: closed without a word and without a survey. None of these commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from support.conversations import operations, queries
from support.conversations.tables import Conversation, Retrieval
from support.satisfaction.tables import Rating
from support.tickets.states import OPEN_STATES
from support.tickets.tables import Ticket
from support.turns.states import UNSETTLED
from support.turns.tables import Turn

IDLE_AFTER = timedelta(days=7)
AT_ONCE = 200

# With the assistant in charge, no case that people still work on, and nothing that it still has to answer.
_LEFT_ALONE = (
    Conversation.status.in_(("bot", "collecting_contact", "offline")),
    ~exists().where(Ticket.conversation_id == Conversation.id, Ticket.state.in_(OPEN_STATES)),
    ~exists().where(Turn.conversation_id == Conversation.id, Turn.state.in_(UNSETTLED)),
)


def idle(session: Session, at: datetime) -> Sequence[str]:
    """Ids of conversations in which nothing was said for a week, the oldest first; at most AT_ONCE of them."""
    return session.scalars(
        select(Conversation.id)
        .where(Conversation.updated_at < at - IDLE_AFTER, *_LEFT_ALONE)
        .order_by(Conversation.updated_at)
        .limit(AT_ONCE)
    ).all()


def close_idle(session: Session, conversation_id: str, at: datetime) -> bool:
    """Close a conversation, unless somebody wrote meanwhile; says whether it was closed.

    Nobody is told and nothing is asked: whoever has gone would only find a chat that talked to itself.
    """
    conversation = queries.locked(session, conversation_id)
    still = session.scalar(
        select(Conversation.id).where(
            Conversation.id == conversation_id, Conversation.updated_at < at - IDLE_AFTER, *_LEFT_ALONE
        )
    )
    if still is None:
        return False
    operations.move(conversation, "closed")
    conversation.closed_at = at
    conversation.closed_by = "idle"
    conversation.outcome = conversation.outcome or _outcome(session, conversation_id)
    session.flush()
    return True


def _outcome(session: Session, conversation_id: str) -> str:
    search = session.execute(
        select(Retrieval.decision, Retrieval.message_id)
        .where(Retrieval.conversation_id == conversation_id)
        .order_by(Retrieval.created_at.desc())
        .limit(1)
    ).first()
    helpful = session.execute(
        select(Rating.score, Rating.subject_id)
        .where(Rating.conversation_id == conversation_id, Rating.kind == "helpful")
        .order_by(Rating.updated_at.desc())
        .limit(1)
    ).first()
    if helpful is not None and helpful.score:
        return "answered"
    denied = helpful is not None and search is not None and helpful.subject_id == search.message_id
    return "answered" if search is not None and search.decision == "answer" and not denied else "abandoned"
