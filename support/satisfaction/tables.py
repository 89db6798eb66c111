"""Ratings, and that they were asked for."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, UTCDateTime, new_id, now


class Rating(Base):
    """What a customer thought of an answer, a ticket or a conversation; rating the same again replaces it."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("conversation_id", "kind", "subject_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10), index=True)
    subject_type: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[str] = mapped_column(String(36), index=True)
    score: Mapped[int] = mapped_column(Integer)
    reasons: Mapped[list[str]] = mapped_column(Json, default=list)
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class SurveyRequest(Base):
    """That a customer was asked for a rating: asked once, answered by a rating, or skipped."""

    __tablename__ = "survey_request"
    __table_args__ = (
        UniqueConstraint("conversation_id", "kind", "subject_id"),
        Index("ix_survey_request_customer_kind_at", "customer_id", "kind", "asked_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[str] = mapped_column(String(36))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    skipped_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
