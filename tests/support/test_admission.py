"""Who is answered next: in order of arrival normally, and in a flood of newcomers those in a talk first."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from storage.base import new_id, now
from storage.engine import Database
from support.conversations.tables import Conversation
from support.turns.admission import LONG_LINE, NEW_FOR, NEWCOMERS_SHARE, Group, ahead, is_newcomer, next_in
from support.turns.places import Places
from support.turns.queries import Busy, Wait, busy, left_behind, newcomer
from support.turns.states import AT_ONCE
from support.turns.tables import Turn
from tests.support.conftest import Chat, new_chat

LONG = LONG_LINE + 1
NEWCOMERS_AT_ONCE = AT_ONCE // NEWCOMERS_SHARE


def next_of(known: Group, newcomers: Group) -> str | None:
    return next_in(known, newcomers, AT_ONCE)


@pytest.mark.fast
def test_in_a_short_line_whoever_came_first_is_next() -> None:
    assert next_of(Group(waiting=2, first=5), Group(waiting=3, first=4)) == "newcomer"
    assert next_of(Group(waiting=2, first=3), Group(waiting=3, first=4)) == "known"
    assert next_of(Group(), Group(waiting=1)) == "newcomer"
    assert next_of(Group(), Group()) is None


@pytest.mark.fast
def test_nobody_is_next_while_every_place_is_taken() -> None:
    assert next_of(Group(waiting=9, held=AT_ONCE), Group(waiting=9)) is None


@pytest.mark.fast
def test_in_a_long_line_those_in_a_talk_go_first_and_find_places_free() -> None:
    assert next_of(Group(waiting=1, first=99), Group(waiting=LONG, first=1)) == "known"
    assert next_of(Group(), Group(waiting=LONG, held=NEWCOMERS_AT_ONCE)) is None


@pytest.mark.fast
def test_newcomers_keep_a_quarter_of_the_places_however_many_others_wait() -> None:
    others = Group(waiting=LONG, held=AT_ONCE - NEWCOMERS_AT_ONCE, first=1)
    assert next_of(others, Group(waiting=1, held=NEWCOMERS_AT_ONCE - 1, first=2)) == "newcomer"


@pytest.mark.fast
def test_with_no_newcomer_waiting_those_in_a_talk_may_have_every_place() -> None:
    assert next_of(Group(waiting=LONG, held=AT_ONCE - 1), Group()) == "known"


@pytest.mark.fast
def test_a_newcomer_is_who_was_answered_never_and_opened_the_chat_just_now() -> None:
    opened = now()
    assert is_newcomer(opened, opened + timedelta(seconds=5), answered=False)
    assert not is_newcomer(opened, opened + timedelta(seconds=5), answered=True)
    assert not is_newcomer(opened, opened + NEW_FOR, answered=False)


@pytest.mark.fast
def test_those_in_a_talk_are_told_that_few_go_before_them() -> None:
    assert ahead(3, 2000, newcomer=False) == 4
    assert ahead(3, 2000, newcomer=True) == 2003


async def order_of(places: Places, waiting: list[tuple[str, bool]], at_once: Callable[[], None]) -> list[str]:
    """Who got a place, in order, while each leaves it after a moment."""
    entered: list[str] = []

    async def one(name: str, new: bool) -> None:
        async with places.place(new):
            entered.append(name)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(one(name, new)) for name, new in waiting]
    await asyncio.sleep(0)
    at_once()
    await asyncio.gather(*tasks)
    return entered


async def test_a_flood_of_newcomers_does_not_hold_up_those_in_a_talk() -> None:
    flood = [(f"new {number}", True) for number in range(500)]
    entered = await order_of(Places(AT_ONCE), [*flood, ("regular", False)], lambda: None)
    assert entered.index("regular") <= AT_ONCE
    assert [name for name in entered if name != "regular"] == [name for name, _ in flood], "oldest first"
    assert len(entered) == 501


async def test_those_in_a_talk_keep_their_order_and_leave_newcomers_their_share() -> None:
    crowd = [(f"regular {number}", False) for number in range(200)]
    entered = await order_of(Places(AT_ONCE), [*crowd, ("new", True)], lambda: None)
    assert [name for name in entered if name != "new"] == [name for name, _ in crowd]
    assert entered.index("new") <= 2 * AT_ONCE


async def test_who_gives_up_waiting_takes_no_place() -> None:
    places = Places(AT_ONCE)

    async def hold(event: asyncio.Event) -> None:
        async with places.place(newcomer=False):
            await event.wait()

    done = asyncio.Event()
    holding = [asyncio.create_task(hold(done)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    gone = asyncio.create_task(hold(done))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    done.set()
    await asyncio.gather(*holding)
    again = [asyncio.create_task(hold(done)) for _ in range(AT_ONCE)]
    await asyncio.wait_for(asyncio.gather(*again), 1)


def test_a_conversation_is_new_until_it_was_answered_or_is_a_minute_old(chat: Chat) -> None:
    assert chat.say("first").newcomer
    assert chat.answer()
    assert not chat.say("second").newcomer
    other = new_chat(chat.database)
    with chat.database.writing() as session:
        session.execute(update(Conversation).where(Conversation.id == other.id).values(created_at=now() - NEW_FOR))
    assert not other.say("first, but not in a hurry").newcomer


def test_a_button_before_the_first_question_makes_nobody_a_regular(chat: Chat) -> None:
    chat.press("none_of_these")
    assert chat.say("question").newcomer
    with chat.database.reading() as session:
        assert newcomer(session, session.get_one(Conversation, chat.id))


def test_the_sweep_tells_newcomers_from_others_and_keeps_the_order(chat: Chat) -> None:
    chat.say("first")
    assert chat.answer()
    fresh = new_chat(chat.database)
    fresh.say("hello")
    chat.say("second")
    with chat.database.reading() as session:
        assert left_behind(session) == [(fresh.id, True), (chat.id, False)]


def flood_of_turns(database: Database, count: int) -> None:
    """First questions that came a while ago and still wait."""
    many = [new_chat(database).id for _ in range(3)]
    rows = [
        {
            "id": new_id(),
            "conversation_id": many[number % 3],
            "seq": 2,
            "state": "pending",
            "attempt": 0,
            "created_at": now() - timedelta(seconds=20),
        }
        for number in range(count)
    ]
    with database.writing() as session:
        session.execute(insert(Turn), rows)


def test_in_a_flood_each_is_told_about_how_many_go_before(chat: Chat) -> None:
    chat.say("first")
    assert chat.answer()
    flood_of_turns(chat.database, 200)
    chat.say("second")
    fresh = new_chat(chat.database)
    fresh.say("hello")
    waited = now() - timedelta(seconds=10)
    with chat.database.writing() as session:
        session.execute(update(Turn).where(Turn.conversation_id.in_([chat.id, fresh.id])).values(created_at=waited))
    with chat.database.reading() as session:
        assert busy(session, chat.id) == Busy(typing=True, wait=Wait("line", 0))
        assert busy(session, fresh.id) == Busy(typing=True, wait=Wait("line", 200))
