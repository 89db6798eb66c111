"""Chats that nobody writes in any more close by themselves, silently."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from storage.base import now
from support.conversations import queries
from support.conversations.idle import AT_ONCE, IDLE_AFTER, close_idle, idle
from support.conversations.operations import ConversationClosed
from support.conversations.tables import Conversation
from support.satisfaction import operations as satisfaction
from support.staff.tables import StaffMember
from tests.support.conftest import Chat, new_chat
from tests.support.test_handoff import hand_off, resolve, take
from tests.support.test_surveys import surveys

WEEK_LATER = IDLE_AFTER + timedelta(minutes=1)


def sweep(chat: Chat, at: datetime | None = None) -> list[str]:
    """What is found and closed, a week from now unless said otherwise."""
    moment = at or now() + WEEK_LATER
    with chat.database.reading() as session:
        found = idle(session, moment)
    for conversation_id in found:
        with chat.database.writing() as session:
            assert close_idle(session, conversation_id, moment)
    return list(found)


def stored(chat: Chat) -> Conversation:
    with chat.database.reading() as session:
        return session.get_one(Conversation, chat.id)


def test_after_a_week_of_silence_a_chat_closes_without_a_word(chat: Chat) -> None:
    chat.say("怎么退货")
    chat.answer("这样退", "answer")
    with chat.database.reading() as session:
        before = len(queries.transcript(session, chat.id))
    assert sweep(chat) == [chat.id]
    closed = stored(chat)
    assert (closed.status, closed.closed_by, closed.outcome) == ("closed", "idle", "answered")
    assert closed.closed_at is not None
    with chat.database.reading() as session:
        assert len(queries.transcript(session, chat.id)) == before
    assert surveys(chat) == []
    with pytest.raises(ConversationClosed):
        chat.say("还在吗")
    assert sweep(chat) == []


def test_before_that_nothing_closes(chat: Chat) -> None:
    assert sweep(chat, now() + IDLE_AFTER - timedelta(minutes=1)) == []
    assert stored(chat).status == "bot"


@pytest.mark.parametrize(
    ("decision", "helpful", "outcome"),
    [
        ("answer", None, "answered"),
        ("answer", 1, "answered"),
        ("answer", 0, "abandoned"),
        ("choices", None, "abandoned"),
        ("none", None, "abandoned"),
        ("none", 1, "answered"),
        (None, None, "abandoned"),
    ],
)
def test_the_outcome_says_whether_the_customer_was_answered(
    chat: Chat, decision: str | None, helpful: int | None, outcome: str
) -> None:
    chat.say("怎么退货")
    chat.answer("x", decision)
    with chat.database.reading() as session:
        answer = queries.transcript(session, chat.id)[-1]
    if helpful is not None:
        with chat.database.writing() as session:
            satisfaction.rate(session, chat.id, "helpful", answer.id, helpful, [], "")
    sweep(chat)
    assert stored(chat).outcome == outcome


def test_a_chat_in_which_nothing_was_asked_was_abandoned(chat: Chat) -> None:
    sweep(chat)
    assert stored(chat).outcome == "abandoned"


def test_a_chat_that_people_settled_keeps_its_outcome(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    resolve(chat, agent)
    assert sweep(chat) == [chat.id]
    assert stored(chat).outcome == "escalated"


def test_a_chat_with_an_open_case_stays_whoever_has_it(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    assert sweep(chat) == []
    take(chat, agent)
    assert sweep(chat) == []
    with chat.database.writing() as session:
        session.execute(update(Conversation).values(status="offline", staff_id=None))
    assert sweep(chat) == []


def test_a_chat_with_a_message_that_was_never_answered_stays(chat: Chat) -> None:
    chat.say("怎么退货")
    assert sweep(chat) == []


def test_a_customer_who_writes_in_between_is_not_shut_out(chat: Chat) -> None:
    at = now() + WEEK_LATER
    with chat.database.reading() as session:
        assert idle(session, at) == [chat.id]
    chat.say("我又来了")
    with chat.database.writing() as session:
        assert not close_idle(session, chat.id, at)
    assert stored(chat).status == "bot"


def test_a_closed_chat_is_not_closed_again(chat: Chat) -> None:
    chat.press("close")
    assert sweep(chat) == []
    assert stored(chat).closed_by == "customer"


def test_many_are_closed_in_batches_the_oldest_first(chat: Chat) -> None:
    with chat.database.writing() as session:
        known = session.get_one(Conversation, chat.id)
        for number in range(AT_ONCE):
            session.add(
                Conversation(
                    token_hash="x",
                    customer_id=known.customer_id,
                    language="en",
                    page_language="en",
                    updated_at=now() + timedelta(seconds=number + 1),
                )
            )
    at = now() + WEEK_LATER + timedelta(hours=1)
    first = sweep(chat, at)
    assert (len(first), first[0]) == (AT_ONCE, chat.id)
    assert len(sweep(chat, at)) == 1
    assert new_chat(chat.database).id not in sweep(chat, now())
