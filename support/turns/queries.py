"""Finding turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from storage.base import now
from support.conversations.tables import Conversation, Message
from support.turns.admission import FIRST_QUESTION, LONG_LINE, ahead, is_newcomer
from support.turns.states import AT_ONCE, IN_WORK, UNSETTLED
from support.turns.tables import Turn

# An answer usually takes a tenth of a second. Whoever waits this long is told why.
SLOW_AFTER = timedelta(seconds=3)
# A turn asked this long ago lost its worker: longer than the whole limit for an answer.
LOST_AFTER = timedelta(seconds=20)

# Built once, because every message comes by here.
_UNSETTLED_ID = (
    select(Turn.__table__.c.id)
    .where(Turn.__table__.c.conversation_id == bindparam("conversation"), Turn.__table__.c.state.in_(UNSETTLED))
    .limit(1)
)
_ANSWERED = (
    select(Turn.__table__.c.id)
    .where(Turn.__table__.c.conversation_id == bindparam("conversation"), Turn.__table__.c.state == "answered")
    .limit(1)
)
_LAST_UNSETTLED = (
    select(Turn)
    .where(Turn.conversation_id == bindparam("conversation"), Turn.state.in_(UNSETTLED))
    .order_by(Turn.seq.desc(), Turn.created_at.desc())
    .limit(1)
)
_PARTS = select(Message).where(Message.turn_id == bindparam("turn"), Message.author == "customer").order_by(Message.seq)
_UNSETTLED = (
    select(Turn)
    .where(Turn.conversation_id == bindparam("conversation"), Turn.state.in_(UNSETTLED))
    .order_by(Turn.seq, Turn.created_at)
)


@dataclass(frozen=True)
class Wait:
    """Why an answer takes long.

    Attributes:
        reason: "line" when others wrote before and are answered first, "slow" when this one itself takes long.
        ahead: How many messages of others are answered first; about, when the line is long.
    """

    reason: str
    ahead: int = 0


@dataclass(frozen=True)
class Busy:
    """What the bot still has to do in a conversation."""

    typing: bool
    wait: Wait | None = None


def busy(session: Session, conversation_id: str) -> Busy:
    """Whether the bot still has to answer in a conversation, and why that takes long if it does."""
    oldest = session.execute(
        select(Turn.state, Turn.created_at, Turn.seq)
        .where(Turn.conversation_id == conversation_id, Turn.state.in_(UNSETTLED))
        .order_by(Turn.seq, Turn.created_at)
        .limit(1)
    ).first()
    if oldest is None:
        return Busy(typing=False)
    state, created_at, seq = oldest
    if created_at > now() - SLOW_AFTER:
        return Busy(typing=True)
    before = _waiting_before(session, created_at) if state == "pending" else 0
    # A turn that waits although there is room waits for its own conversation, and for nobody else.
    if state != "pending" or (before <= LONG_LINE and _in_work(session) < AT_ONCE):
        return Busy(typing=True, wait=Wait("slow"))
    if before > LONG_LINE:
        first = _waiting_before(session, created_at, Turn.seq <= FIRST_QUESTION)
        before = ahead(before - first, first, seq <= FIRST_QUESTION)
    return Busy(typing=True, wait=Wait("line", before))


def _in_work(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Turn).where(Turn.state.in_(IN_WORK))) or 0


def _waiting_before(session: Session, moment: datetime, *more: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Turn).where(Turn.state == "pending", Turn.created_at < moment, *more)
    return session.scalar(query) or 0


def newcomer(session: Session, conversation: Conversation) -> bool:
    """Whether what the customer says now is the first question of a conversation just opened."""
    if not is_newcomer(conversation.created_at, now(), answered=False):
        return False
    if conversation.last_seq <= FIRST_QUESTION:
        return True
    return session.connection().execute(_ANSWERED, {"conversation": conversation.id}).first() is None


def left_behind(session: Session) -> list[tuple[str, bool]]:
    """Conversations with a turn nobody is working on, the longest waiting first, and whether each is a newcomer.

    Such a turn was never claimed, or claimed by a process that died.
    """
    earlier = aliased(Turn)
    answered = select(earlier.id).where(earlier.conversation_id == Turn.conversation_id, earlier.state == "answered")
    lost_before = now() - LOST_AFTER
    rows = session.execute(
        select(Turn.conversation_id, Conversation.created_at, Turn.created_at, answered.exists())
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where((Turn.state == "pending") | (Turn.state.in_(IN_WORK) & (Turn.asked_at < lost_before)))
        .order_by(Turn.created_at)
    )
    found: dict[str, bool] = {}
    for conversation_id, opened, asked, was_answered in rows:
        found.setdefault(conversation_id, is_newcomer(opened, asked, was_answered))
    return list(found.items())


def last_unsettled(session: Session, conversation_id: str) -> Turn | None:
    """The newest turn of a conversation that is not settled."""
    if not _any_unsettled(session, conversation_id):
        return None
    return session.scalars(_LAST_UNSETTLED, {"conversation": conversation_id}).first()


def all_unsettled(session: Session, conversation_id: str) -> Sequence[Turn]:
    """The turns of a conversation that are not settled, in order."""
    if not _any_unsettled(session, conversation_id):
        return ()
    return session.scalars(_UNSETTLED, {"conversation": conversation_id}).all()


def _any_unsettled(session: Session, conversation_id: str) -> bool:
    """Nearly always there is none, and to see that costs a third of what looking for the objects does."""
    return session.connection().execute(_UNSETTLED_ID, {"conversation": conversation_id}).first() is not None


def parts_of(session: Session, turn_id: str) -> list[Message]:
    """The customer's messages that a turn answers, oldest first."""
    return list(session.scalars(_PARTS, {"turn": turn_id}))


def oldest_unsettled(session: Session) -> datetime | None:
    """Since when the turn that has waited longest waits; None when none does."""
    return session.scalar(select(func.min(Turn.created_at)).where(Turn.state.in_(UNSETTLED)))
