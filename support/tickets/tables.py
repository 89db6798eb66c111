"""Tickets and what happened to them."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, JsonObject, UTCDateTime, new_id, now


class TicketCounter(Base):
    """A row for each series of numbers (see numbers.py): the last one given out."""

    __tablename__ = "ticket_counter"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_number: Mapped[int] = mapped_column(Integer)


class Ticket(Base):
    """A case: something the bot could not settle, owned by people until it is resolved."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_state_created_at", "state", "created_at"),
        Index("ix_ticket_staff_state", "staff_id", "state"),
        Index("ix_ticket_state_resolved_at", "state", "resolved_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    # The turn that opened it: a repeated or late call opens no second ticket.
    turn_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    state: Mapped[str] = mapped_column(String(24), default="received")
    reason: Mapped[str] = mapped_column(String(30))
    # The colour that says how urgent it is (see priority.py).
    priority: Mapped[str] = mapped_column(String(10), default="green", server_default="green")
    # What the customer told in a form: field -> words.
    details: Mapped[JsonObject] = mapped_column(Json, default=dict, server_default="{}")
    summary: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(10))
    category: Mapped[str | None] = mapped_column(String(40))
    resolution_note: Mapped[str | None] = mapped_column(Text)
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    # The subject of the mail that it came with.
    subject: Mapped[str | None] = mapped_column(String(300))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_member.id"))
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"), index=True)
    # Since when the customer waits for an answer of people; empty while it is their turn (see waiting.py).
    waiting_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Out of sight until then, or until the customer writes.
    snoozed_until: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    # The case that goes on in place of this one.
    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("ticket.id"))
    # Counts the lines of the timeline; whoever says which one they saw is refused when it has moved on.
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)


class TicketEvent(Base):
    """One line of a ticket's timeline."""

    __tablename__ = "ticket_event"
    __table_args__ = (
        UniqueConstraint("ticket_id", "position"),
        UniqueConstraint("ticket_id", "change_id"),
        Index("ix_ticket_event_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(30))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_member.id"))
    details: Mapped[JsonObject] = mapped_column(Json, default=dict)
    # The caller's own id of the change: the same again changes nothing twice.
    change_id: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class TicketNote(Base):
    """Words that only colleagues read."""

    __tablename__ = "ticket_note"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id"))
    text: Mapped[str] = mapped_column(Text)
    # After which message of the conversation it was written.
    seq: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Mention(Base):
    """A colleague who was named in a note, until they have seen it."""

    __tablename__ = "mention"

    note_id: Mapped[str] = mapped_column(ForeignKey("ticket_note.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class TicketTag(Base):
    """A word that a case is filed under."""

    __tablename__ = "ticket_tag"

    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class TicketLink(Base):
    """Two cases that have to do with each other; the smaller id stands first."""

    __tablename__ = "ticket_link"

    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    # "related", "merged" or "split".
    kind: Mapped[str] = mapped_column(String(10))


class CaseRead(Base):
    """How far a colleague has read a case."""

    __tablename__ = "case_read"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True)
    seq: Mapped[int] = mapped_column(Integer)
    read_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class SavedView(Base):
    """A list with filters that somebody keeps under a name."""

    __tablename__ = "saved_view"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    # As in the list's address: {"view": "open", "priority": "red", ...}.
    filters: Mapped[JsonObject] = mapped_column(Json)
    # Whether all colleagues see it.
    shared: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class CaseDocument(Base):
    """What a case is found by (see documents.py). SQLite has its full-text index beside it, under the same ids."""

    __tablename__ = "case_document"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), unique=True)
    # Tokens in order; on PostgreSQL with their places, and indexed there.
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))
    # When the case and its conversation had last changed by the time they were read for it.
    case_at: Mapped[datetime] = mapped_column(UTCDateTime)
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
