"""Claiming turns and settling them, by compare-and-set. None of these commit.

A turn asked again after a crash gets a new attempt number, and only the newest attempt can settle it:
a late answer changes nothing, and neither does an action of a turn that is over.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import queries as conversation_queries
from support.conversations.states import bot_in_charge
from support.conversations.tables import Conversation, Message, Retrieval
from support.conversations.writing import add_message
from support.satisfaction import asking
from support.turns.opening import claim, work_of
from support.turns.queries import LOST_AFTER, all_unsettled, parts_of
from support.turns.replies import Reply
from support.turns.states import IN_WORK
from support.turns.tables import Turn
from support.turns.work import Settled, TurnWork

MOST_ATTEMPTS = 3

# Built once, because every turn comes by here.
_TURN, _MESSAGE = Turn.__table__.c, Message.__table__.c
_SETTLE = (
    update(Turn.__table__)  # type: ignore[arg-type]
    .where(
        _TURN.id == bindparam("turn"),
        _TURN.state.in_(bindparam("states", expanding=True)),
        _TURN.attempt == bindparam("number"),
    )
    .values(
        state=bindparam("end"),
        answered_at=bindparam("moment"),
        answered_by=bindparam("by"),
        milliseconds=bindparam("took"),
    )
)
_UNDERSTOOD = (
    update(Message.__table__)  # type: ignore[arg-type]
    .where(_MESSAGE.turn_id == bindparam("turn"), _MESSAGE.author == "customer")
    .values(intent=bindparam("name"), confidence=bindparam("sureness"))
)
_KEEP_TRAIL = insert(Retrieval.__table__)  # type: ignore[arg-type]


class TurnOver(Exception):
    """The turn that wanted to change something was answered or superseded meanwhile: nothing was changed."""


def claim_next(session: Session, conversation_id: str) -> TurnWork | None:
    """Claim the next turn of a conversation, if none is being answered.

    Turns left behind when a person took over are discarded, because the person sees the messages; but the customer
    is still told what a turn already did for them.
    """
    return _claim_next(session, conversation_queries.locked(session, conversation_id))


def _claim_next(session: Session, conversation: Conversation) -> TurnWork | None:
    session.flush()
    for turn in all_unsettled(session, conversation.id):
        if turn.state in IN_WORK and not _lost(turn):
            return None
        if turn.state == "acted" or bot_in_charge(conversation.status):
            claim(turn)
            return work_of(turn, conversation, parts_of(session, turn.id))
        turn.state = "discarded"
    return None


def _lost(turn: Turn) -> bool:
    return turn.asked_at is None or turn.asked_at <= now() - LOST_AFTER


def may_act(session: Session, turn_id: str) -> bool:
    """Note that an action of this turn changes something now; False when the turn is over, and nothing may change.

    Call it with the conversation locked and in the transaction of the change.
    """
    noted = session.execute(
        update(Turn)
        .where(Turn.id == turn_id, Turn.state.in_(IN_WORK))
        .values(state="acted")
        .execution_options(synchronize_session=False)
    )
    return bool(noted.rowcount)  # type: ignore[attr-defined]


def settle(session: Session, work: TurnWork, reply: Reply, answered_by: str, final: bool = False) -> Settled:
    """Store the bot's messages, the trail and the turn's end as one.

    An action can come late, and open a case while a reply that knows nothing of it is on its way. Such a reply is not
    stored, but told to be `untold`: it has to be made anew, with the case in it.

    Args:
        final: Store the reply whatever the turn did.
    """
    conversation = conversation_queries.locked(session, work.conversation_id)
    person_took_over = conversation.status in {"agent", "closed"}
    moment = now()
    settled = session.connection().execute(
        _SETTLE,
        {
            "turn": work.turn_id,
            "number": work.attempt,
            "states": IN_WORK if final or person_took_over or _tells_deed(reply) else ("asked",),
            "end": "discarded" if person_took_over else "answered",
            "moment": moment,
            "by": answered_by,
            "took": (moment - work.asked_at).total_seconds() * 1000,
        },
    )
    said: tuple[Message, ...] = ()
    counts = bool(settled.rowcount)
    if counts:
        _note_intent(session, work, reply)
        if not person_took_over:
            said = tuple(_say(session, conversation, work, reply, answered_by))
    return Settled(counts and not person_took_over, conversation, said, untold=not counts and _acted(session, work))


def settle_and_go_on(session: Session, work: TurnWork, reply: Reply, answered_by: str, final: bool = False) -> Settled:
    """The same, and the next turn of the conversation is claimed at once."""
    settled = settle(session, work, reply, answered_by, final)
    return replace(settled, following=_claim_next(session, settled.conversation))


def _tells_deed(reply: Reply) -> bool:
    """Whether a reply tells of a case or a receipt."""
    return any({"ticket", "receipt"} & (each.payload or {}).keys() for each in reply.messages)


def _acted(session: Session, work: TurnWork) -> bool:
    query = select(Turn.id).where(Turn.id == work.turn_id, Turn.state == "acted", Turn.attempt == work.attempt)
    return session.scalar(query) is not None


def _say(session: Session, conversation: Conversation, work: TurnWork, reply: Reply, answered_by: str) -> list[Message]:
    stored = []
    for said in reply.messages:
        message = add_message(
            session,
            conversation,
            "bot",
            said.text,
            payload=asking.noted(session, conversation, said.payload),
            language=work.language,
            turn_id=work.turn_id,
            intent=reply.intent,
            confidence=reply.confidence,
        )
        stored.append(message)
        if said.trail:
            row = _retrieval(work, message.id, said.trail, direct=answered_by != "rasa")
            session.connection().execute(_KEEP_TRAIL, row)
    return stored


def give_up_all(session: Session) -> None:
    """Free every turn that is being answered; for the start of the only process that answers turns."""
    freed = update(Turn).where(Turn.state.in_(IN_WORK)).values(asked_at=now() - 2 * LOST_AFTER)
    session.execute(freed.execution_options(synchronize_session=False))


def _note_intent(session: Session, work: TurnWork, reply: Reply) -> None:
    """Write on the customer's messages what they were understood as."""
    if reply.intent is None:
        return
    understood = {"turn": work.turn_id, "name": reply.intent, "sureness": reply.confidence}
    session.connection().execute(_UNDERSTOOD, understood)


def _retrieval(work: TurnWork, message_id: str, trail: dict[str, Any], direct: bool) -> dict[str, Any]:
    best = trail["candidates"][0] if trail["candidates"] else {}
    return {
        "conversation_id": work.conversation_id,
        "message_id": message_id,
        "turn_id": work.turn_id,
        "query": trail["query"],
        "language": trail["language"],
        "decision": trail["decision"],
        "article_id": best.get("article_id") if trail["decision"] == "answer" else None,
        "probability": best.get("probability"),
        "candidates": trail["candidates"],
        "index_version": trail["index_version"],
        "milliseconds": trail["milliseconds"],
        "direct": direct,
    }
