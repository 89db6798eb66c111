"""What a customer's page is told: messages after a sequence number, and the state."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from support.conversations import queries
from support.staff.queries import names
from support.turns.queries import any_unsettled
from web.chat.schemas import MessageOut, MessagesOut, StatusOut, message_out, status_out


@dataclass(frozen=True)
class News:
    """What is new in a conversation."""

    status: StatusOut
    messages: list[MessageOut]


def news(session: Session, conversation_id: str, after: int) -> News:
    """Messages with a larger sequence number, and who is in charge now."""
    messages = queries.messages_after(session, conversation_id, after)
    staff = names(session, {each.staff_id for each in messages if each.staff_id})
    state = queries.state(session, conversation_id)
    typing = any_unsettled(session, conversation_id)
    return News(status_out(state, typing), [message_out(each, staff) for each in messages])


def messages_out(found: News) -> MessagesOut:
    """The same as one JSON object."""
    status = found.status
    return MessagesOut(status.status, status.language, status.agent, status.place, status.typing, found.messages)
