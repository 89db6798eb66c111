"""Claiming turns and settling them, by compare-and-set. None of these commit.

pending -> asked -> answered, or discarded when a person took over. A turn asked again after a crash
gets a new attempt number, and only the newest attempt can settle it: a late answer changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import operations as conversations
from support.conversations import queries as conversation_queries
from support.conversations.states import bot_in_charge
from support.conversations.tables import Message, Retrieval
from support.turns.replies import Reply
from support.turns.tables import Turn

# A turn asked this long ago lost its worker: longer than the whole limit for an answer.
LOST_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class TurnWork:
    """A claimed turn, with all that is needed to answer it."""

    turn_id: str
    attempt: int
    conversation_id: str
    customer_id: str
    language: str
    text: str
    payload: dict[str, Any] | None
    trigger: dict[str, Any] | None
    asked_at: datetime


def claim_next(session: Session, conversation_id: str) -> TurnWork | None:
    """Claim the next turn of a conversation, if none is being answered.

    Turns left behind when a person took over are discarded: the person sees the messages.
    """
    conversation = conversation_queries.locked(session, conversation_id)
    unsettled = session.scalars(
        select(Turn)
        .where(Turn.conversation_id == conversation_id, Turn.state.in_(("pending", "asked")))
        .order_by(Turn.seq, Turn.created_at)
    ).all()
    if not bot_in_charge(conversation.status):
        for turn in unsettled:
            if turn.state == "pending":
                turn.state = "discarded"
        return None
    if not unsettled:
        return None
    turn = unsettled[0]
    moment = now()
    if turn.state == "asked" and turn.asked_at is not None and turn.asked_at > moment - LOST_AFTER:
        return None
    turn.state = "asked"
    turn.attempt += 1
    turn.asked_at = moment
    message = session.get(Message, turn.message_id) if turn.message_id else None
    return TurnWork(
        turn_id=turn.id,
        attempt=turn.attempt,
        conversation_id=conversation_id,
        customer_id=conversation.customer_id,
        language=message.language if message else conversation.language,
        text=message.text if message else "",
        payload=message.payload if message else None,
        trigger=turn.trigger,
        asked_at=moment,
    )


def settle(session: Session, work: TurnWork, reply: Reply, answered_by: str) -> bool:
    """Store the bot's messages, the trail and the turn's end as one.

    Returns:
        False when the answer came too late and was discarded.
    """
    conversation = conversation_queries.locked(session, work.conversation_id)
    person_took_over = conversation.status in {"agent", "closed"}
    moment = now()
    settled = session.execute(
        update(Turn)
        .where(Turn.id == work.turn_id, Turn.state == "asked", Turn.attempt == work.attempt)
        .values(
            state="discarded" if person_took_over else "answered",
            answered_at=moment,
            answered_by=answered_by,
            milliseconds=(moment - work.asked_at).total_seconds() * 1000,
        )
    )
    if not settled.rowcount:  # type: ignore[attr-defined]
        return False
    _note_intent(session, work, reply)
    if person_took_over:
        return False
    for said in reply.messages:
        message = conversations.add_message(
            session,
            conversation,
            "bot",
            said.text,
            payload=said.payload,
            turn_id=work.turn_id,
            intent=reply.intent,
            confidence=reply.confidence,
        )
        message.language = work.language
        if said.trail:
            session.add(_retrieval(work, message.id, said.trail, direct=answered_by != "rasa"))
    return True


def unsettled_conversations(session: Session) -> list[str]:
    """Conversations with a turn nobody is working on: never claimed, or claimed by a process that died."""
    lost_before = now() - LOST_AFTER
    return list(
        session.scalars(
            select(Turn.conversation_id)
            .where((Turn.state == "pending") | ((Turn.state == "asked") & (Turn.asked_at < lost_before)))
            .distinct()
        )
    )


def _note_intent(session: Session, work: TurnWork, reply: Reply) -> None:
    """Write on the customer's message what it was understood as."""
    if reply.intent is None:
        return
    session.execute(
        update(Message)
        .where(Message.turn_id == work.turn_id, Message.author == "customer")
        .values(intent=reply.intent, confidence=reply.confidence)
    )


def _retrieval(work: TurnWork, message_id: str, trail: dict[str, Any], direct: bool) -> Retrieval:
    best = trail["candidates"][0] if trail["candidates"] else {}
    return Retrieval(
        conversation_id=work.conversation_id,
        message_id=message_id,
        turn_id=work.turn_id,
        query=trail["query"],
        language=trail["language"],
        decision=trail["decision"],
        article_id=best.get("article_id") if trail["decision"] == "answer" else None,
        probability=best.get("probability"),
        candidates=trail["candidates"],
        index_version=trail["index_version"],
        milliseconds=trail["milliseconds"],
        direct=direct,
    )
