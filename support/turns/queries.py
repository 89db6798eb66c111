"""Finding turns."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.turns.tables import Turn


def any_unsettled(session: Session, conversation_id: str) -> bool:
    """Whether the bot is still busy with a conversation."""
    query = (
        select(Turn.id).where(Turn.conversation_id == conversation_id, Turn.state.in_(("pending", "asked"))).limit(1)
    )
    return session.scalar(query) is not None
