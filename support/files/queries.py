"""Reading what is kept about files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation, Message
from support.files.tables import StoredFile

# Databases take only so many values in one question.
MOST_IDS = 500


@dataclass(frozen=True)
class Room:
    """How many files a conversation holds, and how many bytes they are together."""

    files: int
    total: int


def by_key(session: Session, key: str) -> StoredFile | None:
    """The file whose address holds this key."""
    return session.scalar(select(StoredFile).where(StoredFile.key == key))


def room(session: Session, conversation_id: str) -> Room:
    """What a conversation holds already."""
    counted = select(func.count(), func.coalesce(func.sum(StoredFile.size), 0))
    files, total = session.execute(counted.where(StoredFile.conversation_id == conversation_id)).one()
    return Room(int(files), int(total))


def known_ids(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of the ids that a row tells of."""
    found: set[str] = set()
    for start in range(0, len(ids), MOST_IDS):
        found.update(session.scalars(select(StoredFile.id).where(StoredFile.id.in_(ids[start : start + MOST_IDS]))))
    return found


def first_conversation_at(session: Session) -> datetime | None:
    """When the oldest conversation began; None when there is none."""
    return session.scalar(select(func.min(Conversation.created_at)))


def sent_a_file_last(session: Session, conversation_id: str) -> bool:
    """Whether the last that anybody but the bot said is a customer's file."""
    last = session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.author != "bot")
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return last is not None and last.author == "customer" and "file" in (last.payload or {})
