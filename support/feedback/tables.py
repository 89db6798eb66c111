"""Suggestions and praise."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, UTCDateTime, new_id, now


class Feedback(Base):
    """What a customer suggests or praises. It asks for nothing in return, so it is no ticket and waits in no queue."""

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_kind_created_at", "kind", "created_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(10))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    # The turn that brought it: a repeated or late call keeps nothing twice.
    turn_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
