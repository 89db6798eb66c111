"""Mail that is to be sent, and mail that came."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, UTCDateTime, new_id, now


class OutgoingMail(Base):
    """A mail in the outbox; stays after it was sent, so that answers to it find their case."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        Index("ix_outgoing_mail_state_due_at", "state", "due_at"),
        Index("ix_outgoing_mail_recipient_created_at", "recipient", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    # The chat's message whose words it carries; each is mailed once.
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    # "confirmation", "reply", "resolved" or "test".
    kind: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(10))
    # Its own Message-ID.
    header_id: Mapped[str] = mapped_column(String(250), unique=True)
    # "waiting", "sending" (due again at the end of its term), "sent", "failed" (given up), or "seen" in the chat
    # instead.
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class ReceivedMail(Base):
    """A mail that came, once, and what became of it."""

    __tablename__ = "received_mail"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    # Its Message-ID, or a digest of the whole where it has none: the same mail again is no second one.
    header_id: Mapped[str] = mapped_column(String(250), unique=True)
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("ticket.id", ondelete="SET NULL"), index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"), index=True)
    sender: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    # "threaded", "new_case", or why it was left alone: "bounce", "automatic", "loop",
    # "too_many", "unknown", "empty", "unreadable".
    outcome: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
