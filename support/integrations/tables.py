"""Tokens of programs, and the calls that tell them what happened."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, JsonObject, UTCDateTime, new_id, now


class Integration(Base):
    """A program with a token of its own. Only a hash of the token is kept."""

    __tablename__ = "integration"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    # The colleague in whose name it works; its steps stand under theirs and its own name in the timeline.
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Webhook(Base):
    """An address that is called when something happens."""

    __tablename__ = "webhook"
    __table_args__ = (
        Index(
            "uq_webhook_name",
            "name",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(500))
    # Signs each call, so it is kept as it is.
    secret: Mapped[str] = mapped_column(String(80))
    # Names of events, such as "ticket.taken"; see support/integrations/events.py.
    events: Mapped[list[str]] = mapped_column(Json)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    # Since when no call has arrived, although some were made.
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # When it was switched off by itself, because it had failed for days.
    switched_off_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The row stays a while longer, because a process may still be about to note something for it (see outbox.py).
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WebhookDelivery(Base):
    """One event on its way to one address: an outbox and a log."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_webhook_state_due_at", "webhook_id", "state", "due_at"),
        Index("ix_webhook_delivery_webhook_created_at", "webhook_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    # Of what happened: the same for all addresses and for every repetition.
    event_id: Mapped[str] = mapped_column(String(36), index=True)
    event: Mapped[str] = mapped_column(String(50))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    body: Mapped[JsonObject] = mapped_column(Json)
    # "waiting", "sending", "delivered" or "failed" (given up).
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    status: Mapped[int | None] = mapped_column(Integer)
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
