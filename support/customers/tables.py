"""Customers, and the site's signatures that were used up."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, UTCDateTime, new_id, now


class Customer(Base):
    """Somebody who chats. `external_id` is set only when the company's site signed it."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_created_at_id", "created_at", "id"),
        # Programs look customers up by their address, however it is written. SQLite loses it when a migration changes
        # this table by copying it: such a migration has to make it anew.
        Index("ix_customer_email_lower", text("lower(email)")),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    name: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(10), default="en")
    # "", "silver", "gold" or "platinum"; set by staff or through the API, never by the visitor.
    tier: Mapped[str] = mapped_column(String(20), default="", server_default="")
    # The one person who looks after them; a hand-off prefers that person.
    named_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_member.id"))
    # When they agreed to what the privacy notice says, where the company asks for that.
    consented_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class UsedNonce(Base):
    """A signature of the site that was used: it counts once, for the request that brought it."""

    __tablename__ = "used_nonce"

    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    # The client's own id of the request, so that the same request sent twice is no second use.
    request_id: Mapped[str | None] = mapped_column(String(36))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
