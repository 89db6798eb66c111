"""Offers of cases to colleagues, and how long customers waited in the queue."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, JsonObject, UTCDateTime, new_id, now


class Offer(Base):
    """A waiting case that one colleague is asked to take, until a moment. A case has one open offer at most."""

    __tablename__ = "offer"
    __table_args__ = (
        Index(
            "uq_offer_open_ticket",
            "ticket_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_offer_staff_created_at", "staff_id", "created_at"),
        Index("ix_offer_state_expires_at", "state", "expires_at"),
        Index("ix_offer_ticket_created_at", "ticket_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id"))
    # "open", "accepted", "refused", "expired" or "withdrawn".
    state: Mapped[str] = mapped_column(String(10), default="open")
    # Why it was this colleague: [{"code": "language", "about": "zh-Hant"}] (see rules.py).
    because: Mapped[list[JsonObject]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class QueueWait(Base):
    """One wait in the queue: what was promised, and how it ended. Says nothing about the customer."""

    __tablename__ = "queue_wait"
    __table_args__ = (Index("ix_queue_wait_state_ended_at", "state", "ended_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    # The same as the conversation's, which tells one wait from the next.
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # The place at its beginning, and how many customers could have been served at once then.
    place: Mapped[int] = mapped_column(Integer)
    free: Mapped[int] = mapped_column(Integer)
    told_minutes: Mapped[int | None] = mapped_column(Integer)
    # When the customer was told that it takes longer.
    late_told_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # "waiting", "joined" (a person came) or "left".
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
