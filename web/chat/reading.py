"""What a customer's page is told: messages after a sequence number, and the state."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from support.conversations import queries
from support.conversations.states import bot_in_charge
from support.conversations.tables import Conversation, Message
from support.satisfaction import queries as satisfaction
from support.satisfaction.queries import Outcome
from support.staff.queries import names
from support.turns.queries import Busy, busy
from web.chat.schemas import MessageOut, MessagesOut, StatusOut, message_out, status_out


class News(msgspec.Struct):
    """What is new in a conversation."""

    status: StatusOut
    messages: list[MessageOut]


def news(session: Session, conversation_id: str, after: int, writer: str | None = None) -> News:
    """Messages with a larger sequence number, and who is in charge now.

    Args:
        writer: Who of us is writing to the customer (see web/typing.py).
    """
    messages = queries.messages_after(session, conversation_id, after)
    state = queries.state(session, conversation_id)
    status = status_out(state, busy(session, conversation_id), writer)
    return News(status, told_messages(session, conversation_id, messages))


def told_messages(session: Session, conversation_id: str, messages: Sequence[Message]) -> list[MessageOut]:
    """Messages as the customer sees them, with the names of colleagues and what became of surveys."""
    staff = names(session, {each.staff_id for each in messages if each.staff_id})
    told = _outcomes(session, conversation_id, messages)
    return [message_out(each, staff, told.get(each.id)) for each in messages]


def _outcomes(session: Session, conversation_id: str, messages: Sequence[Message]) -> dict[str, dict[str, Any]]:
    """By message: what became of its survey, or whether its answer was called helpful, for whoever reads it anew."""
    if not any({"survey", "answer"} & (each.payload or {}).keys() for each in messages):
        return {}
    found = satisfaction.outcomes(session, conversation_id)
    told = {each.id: outcome_part(each, found) for each in messages if each.payload}
    return {message_id: part for message_id, part in told.items() if part}


def outcome_part(message: Message, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What is told with a message beside what is stored: `score` or `skipped`, or `helpful`. Pure."""
    payload = message.payload or {}
    survey = payload.get("survey")
    if survey is None:
        helpful = [each.score for each in outcomes if (each.kind, each.subject_id) == ("helpful", message.id)]
        return {"helpful": helpful[0]} if "answer" in payload and helpful else {}
    # The same case may have been resolved and rated before: that was another survey.
    ours = [
        each.score
        for each in outcomes
        if (each.kind, each.subject_id) == (survey["kind"], survey["subject_id"]) and each.at >= message.created_at
    ]
    scores = [score for score in ours if score is not None]
    if scores:
        return {"score": scores[0]}
    return {"skipped": True} if ours else {}


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
        status.status,
        status.language,
        status.agent,
        status.place,
        status.typing,
        status.waiting,
        found.messages,
        status.writer,
        status.wait_minutes,
    )
