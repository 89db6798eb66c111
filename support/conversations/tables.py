"""Conversations, their messages, and how each answer was found."""

from datetime import datetime

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, JsonObject, UTCDateTime, new_id, now


class Conversation(Base):
    """One chat of one customer. `status` says who is in charge (see states.py)."""

    __tablename__ = "conversation"
    __table_args__ = (
        # Asked for every few seconds, and hardly any has one.
        Index(
            "ix_conversation_supervisor_id",
            "supervisor_id",
            sqlite_where=text("supervisor_id IS NOT NULL"),
            postgresql_where=text("supervisor_id IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64))
    # The client's own id of the request that opened it: the same request again opens no second one.
    client_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    # What a program's request held, as a keyed digest: the same key with other words is no repetition.
    request_digest: Mapped[str | None] = mapped_column(String(64))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    # Of the latest message; the page's own language decides where a message alone does not tell.
    language: Mapped[str] = mapped_column(String(10))
    page_language: Mapped[str] = mapped_column(String(10))
    page: Mapped[str | None] = mapped_column(String(500))
    # What the site tells about the visit (an order, a cart): words by name, for whoever serves.
    context: Mapped[JsonObject] = mapped_column(Json, default=dict, server_default="{}")
    # Where it goes on: "chat", "mail" when it came as a mail, "api" when a program of others brought it, or "split"
    # when colleagues split it off from a chat, in which its customer then reads what is said here.
    channel: Mapped[str] = mapped_column(String(10), default="chat", server_default="chat")
    status: Mapped[str] = mapped_column(String(20), default="bot", index=True)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_member.id"))
    # A supervisor who stepped in and may write beside whoever has the chat.
    supervisor_id: Mapped[str | None] = mapped_column(ForeignKey("staff_member.id"))
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    outcome: Mapped[str | None] = mapped_column(String(20))
    queued_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # "customer", "idle" or "erased".
    closed_by: Mapped[str | None] = mapped_column(String(10))


class Message(Base):
    """Something said, by whom, when, in which language. `seq` counts 1, 2, 3 within its conversation."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    client_id: Mapped[str | None] = mapped_column(String(36))
    author: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_member.id"))
    text: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(10))
    payload: Mapped[JsonObject | None] = mapped_column(Json)
    intent: Mapped[str | None] = mapped_column(String(50))
    confidence: Mapped[float | None] = mapped_column(Float)
    turn_id: Mapped[str | None] = mapped_column(String(36), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Retrieval(Base):
    """How an answer was found, or that none was: the trail staff can read."""

    __tablename__ = "retrieval"
    __table_args__ = (Index("ix_retrieval_conversation_at", "conversation_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    turn_id: Mapped[str] = mapped_column(String(36), index=True)
    query: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(10))
    decision: Mapped[str] = mapped_column(String(10), index=True)
    article_id: Mapped[str | None] = mapped_column(String(200), index=True)
    probability: Mapped[float | None] = mapped_column(Float)
    candidates: Mapped[list[JsonObject]] = mapped_column(Json)
    index_version: Mapped[int] = mapped_column(Integer)
    milliseconds: Mapped[float] = mapped_column(Float)
    direct: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
