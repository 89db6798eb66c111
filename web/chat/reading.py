"""What a customer's page is told: messages after a sequence number, and the state."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from support.conversations import queries
from support.conversations.states import bot_in_charge
from support.conversations.tables import Conversation, Message
from support.staff.queries import names
from support.turns.queries import Busy, busy
from web.chat.schemas import MessageOut, MessagesOut, StatusOut, message_out, status_out


class News(msgspec.Struct):
    """What is new in a conversation."""

    status: StatusOut
    messages: list[MessageOut]


def news(session: Session, conversation_id: str, after: int) -> News:
    """Messages with a larger sequence number, and who is in charge now."""
    messages = queries.messages_after(session, conversation_id, after)
    staff = names(session, {each.staff_id for each in messages if each.staff_id})
    state = queries.state(session, conversation_id)
    return News(status_out(state, busy(session, conversation_id)), [message_out(each, staff) for each in messages])


def fresh_news(conversation: Conversation, messages: Sequence[Message], typing: bool) -> bytes:
    """What was just stored, for the streams; empty when they have to read more than this from the database.

    With the bot in charge everything a page is told stands in the conversation's own row.
    """
    if not bot_in_charge(conversation.status) or any(each.staff_id for each in messages):
        return b""
    state = queries.ConversationState("bot", conversation.language, None, None, conversation.last_seq)
    told = News(status_out(state, Busy(typing)), [message_out(each, {}) for each in messages])
    return msgspec.json.encode(told)


def messages_out(found: News) -> MessagesOut:
    """The same as one JSON object."""
    status = found.status
    return MessagesOut(
        status.status, status.language, status.agent, status.place, status.typing, status.waiting, found.messages
    )
