"""Finding feedback."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.feedback.tables import Feedback

PAGE = 50


def by_turn(session: Session, turn_id: str) -> Feedback | None:
    """The feedback that a turn brought."""
    return session.scalar(select(Feedback).where(Feedback.turn_id == turn_id))


def by_number(session: Session, number: str) -> Feedback | None:
    """The feedback under a receipt number."""
    return session.scalar(select(Feedback).where(Feedback.number == number))


def listing(session: Session, kind: str | None, page: int = 1) -> Sequence[Feedback]:
    """Feedback that was not erased, newest first; of one kind, or all."""
    query = select(Feedback).where(Feedback.text != "")
    if kind is not None:
        query = query.where(Feedback.kind == kind)
    query = query.order_by(Feedback.created_at.desc(), Feedback.number.desc())
    return session.scalars(query.limit(PAGE).offset((page - 1) * PAGE)).all()


def of_conversation(session: Session, conversation_id: str) -> Sequence[Feedback]:
    """What was suggested or praised in a conversation, oldest first."""
    return session.scalars(
        select(Feedback).where(Feedback.conversation_id == conversation_id).order_by(Feedback.created_at)
    ).all()
