"""Telling programs what happens to conversations (see support/integrations/outbox.py). None of these commit."""

from sqlalchemy.orm import Session, object_session

from storage.base import JsonObject
from support.conversations.tables import Conversation, Message
from support.integrations.outbox import note

ERASED = "conversation.erased"


def tell_created(session: Session, conversation: Conversation) -> None:
    """A conversation was opened (and stored), on whatever channel."""
    note(session, "conversation.created", conversation.id, lambda: _about(conversation))


def tell_status(conversation: Conversation, before: str) -> None:
    """Somebody else is in charge of a (locked) conversation, or it has ended."""
    session = object_session(conversation)
    if session is None or conversation.status == before:
        return

    def about() -> JsonObject:
        # One that was only just made must be there before something refers to it.
        session.flush()
        return _about(conversation) | {"before": before}

    note(session, "conversation.status_changed", conversation.id, about)


def tell_erased(session: Session, conversation: Conversation) -> None:
    """A customer erased a conversation: whoever keeps a copy of it should erase it as well."""
    note(session, ERASED, conversation.id, lambda: {"conversation_id": conversation.id})


def tell_message(session: Session, message: Message) -> None:
    """Something was said (and stored)."""
    note(session, "message.created", message.conversation_id, lambda: _said(message))


def _about(conversation: Conversation) -> JsonObject:
    return {
        "conversation_id": conversation.id,
        "customer_id": conversation.customer_id,
        "channel": conversation.channel or "chat",
        "status": conversation.status,
        "language": conversation.language,
    }


def _said(message: Message) -> JsonObject:
    return {
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "seq": message.seq,
        "author": message.author,
        "staff_id": message.staff_id,
        "text": message.text,
        "language": message.language,
        "payload": message.payload,
        "created_at": message.created_at.isoformat(),
    }
