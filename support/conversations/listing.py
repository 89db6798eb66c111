"""Conversations for programs that keep a copy: what changed last comes last, so that whoever goes on misses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from storage.settled import settled
from support.conversations.tables import Conversation, Message

Place = tuple[datetime, str]


@dataclass(frozen=True)
class Wanted:
    """Which conversations; empty words stand for all."""

    status: str = ""
    channel: str = ""
    language: str = ""
    customer_id: str = ""
    updated_since: datetime | None = None


def changed_after(session: Session, wanted: Wanted, after: Place | None, limit: int) -> Sequence[Conversation]:
    """Conversations in the order in which they changed last.

    On a database server they appear once their change is settled (see storage/settled.py). One that changes while
    somebody goes through them moves to the end: they see it again, and miss none.

    Args:
        after: When the last one that was seen had changed, and its id.
    """
    query = select(Conversation).where(settled(session, Conversation.updated_at))
    for column, value in (
        (Conversation.status, wanted.status),
        (Conversation.channel, wanted.channel),
        (Conversation.language, wanted.language),
        (Conversation.customer_id, wanted.customer_id),
    ):
        if value:
            query = query.where(column == value)
    if wanted.updated_since is not None:
        query = query.where(Conversation.updated_at >= wanted.updated_since)
    if after is not None:
        moment, last = after
        same = and_(Conversation.updated_at == moment, Conversation.id > last)
        # The first of the two lets the index serve.
        query = query.where(Conversation.updated_at >= moment, or_(Conversation.updated_at > moment, same))
    return session.scalars(query.order_by(Conversation.updated_at, Conversation.id).limit(limit)).all()


def latest_of(session: Session, conversation_id: str, staff_id: str) -> Message:
    """The last thing that a colleague said in a conversation, where they said something."""
    said = select(Message).where(Message.conversation_id == conversation_id, Message.staff_id == staff_id)
    return session.scalars(said.where(Message.author == "agent").order_by(Message.seq.desc()).limit(1)).one()
