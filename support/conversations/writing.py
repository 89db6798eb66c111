"""The one writer of messages. None of these commit.

Every turn comes by here several times, so the statements are built once and go past the unit of work.
"""

from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from storage.base import JsonObject, new_id, now
from support.conversations.tables import Conversation, Message
from support.conversations.telling import tell_message

_INSERT = insert(Message.__table__)  # type: ignore[arg-type]
_SAID = (
    update(Conversation.__table__)  # type: ignore[arg-type]
    .where(Conversation.__table__.c.id == bindparam("conversation"))
    .values(last_seq=bindparam("seq"), updated_at=bindparam("moment"))
)


def add_message(
    session: Session, conversation: Conversation, author: str, text: str, *, language: str = "", **fields: Any
) -> Message:
    """Append a message under the next sequence number. The conversation must be locked.

    Args:
        language: The conversation's unless said otherwise.
        fields: Further columns of the message, such as `payload` or `turn_id`.
    """
    message = next_message(conversation, author, text, language=language, **fields)
    store(session, conversation, message)
    return message


def add_copy(session: Session, conversation: Conversation, message: Message, payload: JsonObject | None) -> Message:
    """Append what was said in another conversation, with its time. The conversation must be locked."""
    copy = next_message(
        conversation,
        message.author,
        message.text,
        language=message.language,
        staff_id=message.staff_id,
        payload=payload,
    )
    copy.created_at = message.created_at
    store(session, conversation, copy)
    return copy


def next_message(conversation: Conversation, author: str, text: str, *, language: str = "", **fields: Any) -> Message:
    """A message under the next sequence number, not stored yet."""
    return Message(
        id=new_id(),
        conversation_id=conversation.id,
        seq=conversation.last_seq + 1,
        author=author,
        text=text,
        language=language or conversation.language,
        created_at=now(),
        **fields,
    )


def store(session: Session, conversation: Conversation, message: Message) -> None:
    """Store a message made by `next_message`, and count it in its conversation."""
    row = {name: value for name, value in vars(message).items() if name[0] != "_" and value is not None}
    connection = session.connection()
    connection.execute(_INSERT, row)
    said = {"conversation": conversation.id, "seq": message.seq, "moment": message.created_at}
    connection.execute(_SAID, said)
    set_committed_value(conversation, "last_seq", message.seq)
    set_committed_value(conversation, "updated_at", message.created_at)
    tell_message(session, message)
