"""Finding ratings, and what was asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, null, select, union_all
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.satisfaction.tables import Rating, SurveyRequest


@dataclass(frozen=True)
class Outcome:
    """What became of a survey, or of the question whether an answer helped; no score means skipped."""

    kind: str
    subject_id: str
    score: int | None
    at: datetime


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


def survey_request(session: Session, conversation_id: str, kind: str, subject_id: str) -> SurveyRequest | None:
    """That a survey was asked for, if it was."""
    return session.scalar(
        select(SurveyRequest).where(
            SurveyRequest.conversation_id == conversation_id,
            SurveyRequest.kind == kind,
            SurveyRequest.subject_id == subject_id,
        )
    )


def survey_requests(session: Session, conversation_id: str) -> Sequence[SurveyRequest]:
    """Every survey that was asked for in a conversation, in order."""
    return session.scalars(
        select(SurveyRequest).where(SurveyRequest.conversation_id == conversation_id).order_by(SurveyRequest.asked_at)
    ).all()


def last_nps(session: Session, customer_id: str) -> datetime | None:
    """When a customer was last asked for an NPS or gave one; None when that never was."""
    asked = session.scalar(
        select(func.max(SurveyRequest.asked_at)).where(
            SurveyRequest.customer_id == customer_id, SurveyRequest.kind == "nps"
        )
    )
    given = session.scalar(
        select(func.max(Rating.updated_at))
        .join(Conversation, Conversation.id == Rating.conversation_id)
        .where(Conversation.customer_id == customer_id, Rating.kind == "nps")
    )
    return max((moment for moment in (asked, given) if moment is not None), default=None)


def outcomes(session: Session, conversation_id: str) -> list[Outcome]:
    """What was rated and what was skipped in a conversation, in one question to the database."""
    rated = select(Rating.kind, Rating.subject_id, Rating.score, Rating.updated_at).where(
        Rating.conversation_id == conversation_id
    )
    skipped = select(SurveyRequest.kind, SurveyRequest.subject_id, null(), SurveyRequest.skipped_at).where(
        SurveyRequest.conversation_id == conversation_id, SurveyRequest.skipped_at.is_not(None)
    )
    rows: Iterable[Any] = session.execute(union_all(rated, skipped))
    return [Outcome(kind, subject_id, score, at) for kind, subject_id, score, at in rows]
