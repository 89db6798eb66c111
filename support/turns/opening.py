"""Opening turns, and gathering several short messages into one. None of these commit."""

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from storage.base import JsonObject, new_id, now
from support.conversations.rules import LONGEST_TEXT
from support.conversations.tables import Conversation, Message
from support.conversations.writing import store
from support.turns.queries import last_unsettled, parts_of
from support.turns.states import may_join
from support.turns.tables import Turn
from support.turns.work import TurnWork

# Built once, because every message comes by here.
_INSERT = insert(Turn.__table__)  # type: ignore[arg-type]


def open_turn(session: Session, conversation: Conversation, trigger: JsonObject) -> Turn:
    """Ask the bot for a turn by a trigger of our own, such as a low rating."""
    turn = Turn(
        id=new_id(),
        conversation_id=conversation.id,
        trigger=trigger,
        seq=conversation.last_seq,
        state="pending",
        attempt=0,
    )
    session.add(turn)
    session.flush()
    return turn


def open_for_message(
    session: Session, conversation: Conversation, message: Message, ask_at_once: bool = False
) -> TurnWork | None:
    """Store a fresh message and ask the bot to answer it; sets the message's turn.

    A message that comes before the answer to the last one shows is answered together with it: a turn that
    still waits takes it in, one that is being answered is superseded by a new one for both.

    Args:
        ask_at_once: Claim the turn too, if nothing else of this conversation waits.

    Returns:
        The claimed turn, if it was to be and could be claimed.
    """
    before = last_unsettled(session, conversation.id)
    if before is not None and message.payload is None:
        parts = parts_of(session, before.id)
        payloads, lengths = [part.payload for part in parts], [len(part.text) for part in (*parts, message)]
        if may_join(before.state, before.trigger is not None, payloads, lengths, LONGEST_TEXT):
            _join(session, conversation, before, message)
            return None
    turn = _fresh(conversation, message)
    if ask_at_once and before is None:
        claim(turn)
    store(session, conversation, message)
    _insert(session, turn)
    return work_of(turn, conversation, [message]) if turn.state == "asked" else None


def claim(turn: Turn) -> None:
    """Note that somebody asks the bot now."""
    turn.state = "acted" if turn.state == "acted" else "asked"
    turn.attempt += 1
    turn.asked_at = now()


def work_of(turn: Turn, conversation: Conversation, parts: list[Message]) -> TurnWork:
    """A claimed turn with what it answers."""
    newest = parts[-1] if parts else None
    return TurnWork(
        turn_id=turn.id,
        attempt=turn.attempt,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        language=newest.language if newest else conversation.language,
        parts=tuple(part.text for part in parts),
        payload=newest.payload if newest else None,
        trigger=turn.trigger,
        asked_at=turn.asked_at or now(),
        trace=(newest.client_id if newest else None) or turn.id,
        since=parts[0].created_at if len(parts) > 1 else None,
    )


def _join(session: Session, conversation: Conversation, before: Turn, message: Message) -> None:
    if before.state == "pending":
        message.turn_id = before.id
        store(session, conversation, message)
        before.message_id = message.id
        session.flush()
        return
    turn = _fresh(conversation, message)
    store(session, conversation, message)
    _insert(session, turn)
    before.state = "superseded"
    session.flush()
    session.execute(
        update(Message)
        .where(Message.turn_id == before.id, Message.author == "customer")
        .values(turn_id=turn.id)
        .execution_options(synchronize_session=False)
    )


def _insert(session: Session, turn: Turn) -> None:
    row = {name: value for name, value in vars(turn).items() if name[0] != "_" and value is not None}
    session.connection().execute(_INSERT, row)


def _fresh(conversation: Conversation, message: Message) -> Turn:
    turn = Turn(
        id=new_id(),
        conversation_id=conversation.id,
        message_id=message.id,
        seq=message.seq,
        state="pending",
        attempt=0,
        created_at=message.created_at,
    )
    message.turn_id = turn.id
    return turn
