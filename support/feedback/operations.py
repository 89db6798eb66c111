"""Keeping feedback. None of these commit."""

from sqlalchemy.orm import Session

from storage.base import new_id
from support.conversations import queries as conversations
from support.feedback import queries
from support.feedback.rules import KINDS, LONGEST_TEXT
from support.feedback.tables import Feedback
from support.tickets.numbers import next_number
from support.turns.operations import TurnOver, may_act


def keep(session: Session, conversation_id: str, kind: str, text: str, turn_id: str | None) -> Feedback:
    """Keep a suggestion or praise; called again for the same turn it keeps nothing twice.

    Raises:
        TurnOver: When the turn is over already.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of feedback.")
    conversation = conversations.locked(session, conversation_id)
    if turn_id is not None and not may_act(session, turn_id):
        raise TurnOver(turn_id)
    known = queries.by_turn(session, turn_id) if turn_id else None
    if known is not None:
        return known
    feedback = Feedback(
        id=new_id(),
        number=next_number(session, "F"),
        kind=kind,
        text=text.strip()[:LONGEST_TEXT],
        language=conversation.language,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        turn_id=turn_id,
    )
    session.add(feedback)
    session.flush()
    return feedback
