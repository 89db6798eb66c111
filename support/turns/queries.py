"""Finding turns."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.turns.tables import Turn


def any_unsettled(session: Session, conversation_id: str) -> bool:
    """Whether the bot is still busy with a conversation."""
    query = (
        select(Turn.id).where(Turn.conversation_id == conversation_id, Turn.state.in_(("pending", "asked"))).limit(1)
    )
    return session.scalar(query) is not None


def of_conversation(session: Session, conversation_id: str) -> Sequence[Turn]:
    """All turns of a conversation, in order."""
    return session.scalars(
        select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.seq, Turn.created_at)
    ).all()
