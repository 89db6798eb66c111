"""Keeping how long customers wait, and telling those who wait much longer than they were told. None of these commit."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import queries as conversations
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.routing import queries
from support.routing.tables import QueueWait
from support.routing.waiting_time import is_long
from texts.catalogue import translate


@dataclass(frozen=True)
class WaitsDue:
    """What has to be noted about waits: conversations that joined the queue, waits that ended, and long ones."""

    begin: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()


def begin(session: Session, conversation: Conversation) -> None:
    """A (locked) conversation joined the queue: keep its place and what its customer is told."""
    place = conversations.place_in_queue(session, conversation)
    if place is None or conversation.queued_at is None or _kept(session, conversation) is not None:
        return
    wait = QueueWait(conversation_id=conversation.id, queued_at=conversation.queued_at, place=place, state="waiting")
    wait.free, wait.told_minutes = queries.free_now(session), queries.expected_minutes(session, place)
    session.add(wait)
    session.flush()


def due(session: Session) -> WaitsDue:
    """What has to be noted now; changes nothing."""
    rows = session.execute(
        select(QueueWait, Conversation)
        .join(Conversation, Conversation.id == QueueWait.conversation_id)
        .where(QueueWait.state == "waiting")
    ).all()
    waiting = [(wait, chat) for wait, chat in rows if _goes_on(wait, chat)]
    known, moment = {chat.id for _, chat in waiting}, now()
    long = [
        wait.id
        for wait, _ in waiting
        if wait.late_told_at is None and is_long((moment - wait.queued_at).total_seconds(), wait.told_minutes)
    ]
    return WaitsDue(
        begin=tuple(each for each in conversations.waiting(session) if each not in known),
        end=tuple(wait.id for wait, chat in rows if not _goes_on(wait, chat)),
        tell=tuple(long),
    )


def begin_unless_known(session: Session, conversation_id: str) -> None:
    """The same as `begin`, for whoever came into the queue another way than by a hand-off."""
    begin(session, conversations.locked(session, conversation_id))


def end(session: Session, wait_id: str) -> None:
    """A wait is over: a person joined, or the customer left the queue."""
    wait = session.get_one(QueueWait, wait_id)
    conversation = conversations.locked(session, wait.conversation_id)
    session.refresh(wait)
    if wait.state == "waiting" and not _goes_on(wait, conversation):
        wait.state = "joined" if conversation.status == "agent" else "left"
        wait.ended_at = now()


def tell_late(session: Session, wait_id: str) -> str | None:
    """Tell somebody once, kindly, that it takes longer, and what they can do.

    Returns:
        Their conversation; None when they wait no more or were told.
    """
    wait = session.get_one(QueueWait, wait_id)
    conversation = conversations.locked(session, wait.conversation_id)
    session.refresh(wait)
    if not _goes_on(wait, conversation) or wait.late_told_at is not None:
        return None
    wait.late_told_at = now()
    place = conversations.place_in_queue(session, conversation)
    text = translate(
        conversation.language,
        "We are sorry: it takes longer than it should. You are number {place} in the queue right now. You can go on "
        "waiting, write your e-mail address or phone number here so that we get back to you, or go on with the "
        "assistant.",
        place=place,
    )
    add_message(session, conversation, "system", text, payload={"event": "long_wait", "place": place})
    return conversation.id


def _kept(session: Session, conversation: Conversation) -> QueueWait | None:
    query = select(QueueWait).where(QueueWait.conversation_id == conversation.id, QueueWait.state == "waiting")
    return next((each for each in session.scalars(query) if each.queued_at == conversation.queued_at), None)


def _goes_on(wait: QueueWait, conversation: Conversation) -> bool:
    return conversation.status == "queued" and conversation.queued_at == wait.queued_at
