"""Finding ratings."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support.satisfaction.tables import Rating


def same_rating(session: Session, conversation_id: str, kind: str, subject_id: str) -> Rating | None:
    """The rating this one would replace."""
    return session.scalar(
        select(Rating).where(
            Rating.conversation_id == conversation_id, Rating.kind == kind, Rating.subject_id == subject_id
        )
    )


def unhelpful_since(session: Session, conversation_id: str, since: datetime | None) -> int:
    """How many answers were called not helpful since a moment."""
    query = (
        select(func.count())
        .select_from(Rating)
        .where(Rating.conversation_id == conversation_id, Rating.kind == "helpful", Rating.score == 0)
    )
    if since is not None:
        query = query.where(Rating.updated_at > since)
    return session.scalar(query) or 0


def of_conversation(session: Session, conversation_id: str) -> Sequence[Rating]:
    """All ratings given in a conversation, in order."""
    return session.scalars(
        select(Rating).where(Rating.conversation_id == conversation_id).order_by(Rating.created_at)
    ).all()
