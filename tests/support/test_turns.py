"""Turns: in order, answered once, late results discarded, picked up after a crash."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from storage.base import now
from storage.engine import Database
from support.conversations import queries
from support.conversations.tables import Conversation, Message, Retrieval
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.turns.operations import LOST_AFTER, TurnWork, unsettled_conversations
from support.turns.rasa import RasaUnavailable, read_reply, turn_body
from support.turns.replies import BotMessage, Reply
from support.turns.runner import TurnRunner
from support.turns.tables import Turn
from tests.support.conftest import Chat, new_chat


def lose(chat: Chat) -> None:
    """Make the claimed turn look as if its process died a while ago."""
    with chat.database.writing() as session:
        session.execute(update(Turn).values(asked_at=now() - LOST_AFTER - timedelta(seconds=1)))


def bot_texts(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        return [each.text for each in queries.transcript(session, chat.id) if each.author == "bot"][1:]


def test_turns_of_a_conversation_are_claimed_one_after_the_other(chat: Chat) -> None:
    chat.say("first")
    chat.say("second")
    work = chat.claim()
    assert work is not None and work.text == "first"
    assert chat.claim() is None
    chat.settle(work)
    following = chat.claim()
    assert following is not None and following.text == "second"


def test_an_answer_its_intent_and_its_trail_are_stored_with_the_turn(chat: Chat) -> None:
    chat.say("多久退款")
    chat.answer("3 天", "answer")
    with chat.database.reading() as session:
        turn = session.scalars(select(Turn)).one()
        asked = session.scalars(select(Message).where(Message.author == "customer")).one()
        found = session.scalars(select(Retrieval)).one()
    assert (turn.state, turn.answered_by) == ("answered", "rasa")
    assert turn.milliseconds is not None and turn.milliseconds >= 0
    assert (asked.intent, asked.confidence) == ("question", 0.9)
    assert (found.decision, found.article_id, found.probability, found.index_version) == (
        "answer",
        "refund-time",
        0.9,
        1,
    )
    assert found.candidates[0]["title"] == "Refund"


def test_an_answer_is_never_stored_twice(chat: Chat) -> None:
    chat.say("q")
    work = chat.claim()
    assert work is not None
    assert chat.settle(work, "once")
    assert not chat.settle(work, "twice")
    assert bot_texts(chat) == ["once"]


def test_a_result_that_comes_after_the_turn_was_asked_again_is_discarded(chat: Chat) -> None:
    chat.say("q")
    late = chat.claim()
    lose(chat)
    fresh = chat.claim()
    assert late is not None and fresh is not None and fresh.attempt == late.attempt + 1
    assert not chat.settle(late, "late")
    assert chat.settle(fresh, "fresh")
    assert bot_texts(chat) == ["fresh"]


def test_the_sweep_finds_what_a_crash_left_behind_and_nothing_else(chat: Chat) -> None:
    other = new_chat(chat.database)
    other.say("in work")
    other.claim()
    chat.say("lost")
    assert chat.claim() is not None
    with chat.database.writing() as session:
        session.execute(update(Turn).where(Turn.conversation_id == chat.id).values(asked_at=now() - LOST_AFTER * 2))
    with chat.database.reading() as session:
        assert unsettled_conversations(session) == [chat.id]


def test_turns_left_when_a_person_took_over_are_discarded(chat: Chat, agent: StaffMember) -> None:
    chat.press("person")
    work = chat.claim()
    assert work is not None
    chat.say("still there?")
    with chat.database.writing() as session:
        conversation = queries.locked(session, chat.id)
        ticket = tickets.open_ticket(session, conversation, "request", None)
        tickets.take(session, ticket.id, agent)
    assert not chat.settle(work, "the bot talks over the person")
    assert chat.claim() is None
    with chat.database.reading() as session:
        assert set(session.scalars(select(Turn.state))) == {"discarded"}
    assert bot_texts(chat) == []


class Rasa:
    """A dialogue server for one test: answers, fails or never ends."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[str] = []

    async def ask(self, work: TurnWork) -> Reply:
        self.asked.append(work.text)
        outcome = self.outcomes.pop(0) if self.outcomes else f"answer to {work.text}"
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Reply):
            return outcome
        if outcome == "never":
            await asyncio.sleep(3600)
        return Reply((BotMessage(str(outcome)),), "question", 0.9)


async def run(chat: Chat, rasa: Rasa) -> list[str]:
    """Let a runner work until nothing is left; returns what it published."""
    published: list[str] = []

    async def publish(conversation_id: str) -> None:
        published.append(conversation_id)

    def directly(work: TurnWork) -> Reply:
        return Reply((BotMessage(f"direct: {work.text}"),))

    runner = TurnRunner(chat.database, rasa, directly, publish)
    runner.wake(chat.id)
    for _ in range(500):
        if not runner.working:
            break
        await asyncio.sleep(0.01)
    await runner.stop()
    return published


@pytest.mark.asyncio
async def test_messages_sent_quickly_are_answered_in_order_each_once(chat: Chat) -> None:
    for number in range(5):
        chat.say(f"{number}")
    rasa = Rasa()
    published = await run(chat, rasa)
    assert bot_texts(chat) == [f"answer to {number}" for number in range(5)]
    assert rasa.asked == ["0", "1", "2", "3", "4"]
    assert published == [chat.id] * 5


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "outcome",
    [
        RasaUnavailable("down"),
        Reply(()),
        Reply((BotMessage("half"),), failed=True),
    ],
    ids=["unreachable", "empty", "failed action"],
)
async def test_whatever_rasa_does_the_customer_gets_an_answer(chat: Chat, outcome: object) -> None:
    chat.say("q")
    await run(chat, Rasa(outcome))
    assert bot_texts(chat) == ["direct: q"]
    with chat.database.reading() as session:
        assert session.scalars(select(Turn.answered_by)).one() == "knowledge base"


@pytest.mark.asyncio
async def test_a_dialogue_server_that_never_answers_is_given_up(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.turns.runner.ANSWER_SECONDS", 0.05)
    chat.say("q")
    await run(chat, Rasa("never"))
    assert bot_texts(chat) == ["direct: q"]


@pytest.mark.asyncio
async def test_waking_a_conversation_many_times_answers_each_turn_once(chat: Chat) -> None:
    chat.say("q")
    rasa = Rasa()

    async def nothing(_: str) -> None:
        return None

    runner = TurnRunner(chat.database, rasa, lambda work: Reply(()), nothing)
    for _ in range(20):
        runner.wake(chat.id)
        await asyncio.sleep(0.002)
    while runner.working:
        await asyncio.sleep(0.01)
    assert rasa.asked == ["q"]


def test_a_pressed_button_becomes_a_dialogue_act_for_rasa(chat: Chat) -> None:
    chat.press("choice", article_id="refund-time", title="退款")
    work = chat.claim()
    assert work is not None
    assert turn_body(work)["payload"] == {"intent": "question", "entities": {"article": "refund-time"}}
    assert turn_body(work)["metadata"] == {"turn_id": work.turn_id, "language": "zh-Hans"}


def test_a_reply_keeps_words_and_data_and_drops_what_is_neither() -> None:
    reply = read_reply(
        {
            "messages": [{"text": "hi", "custom": {}}, {"text": "", "custom": {}}],
            "intent": "greet",
            "confidence": 0.8,
            "failed_actions": [],
        }
    )
    assert reply.messages == (BotMessage("hi", None, None),)
    assert reply.usable


def test_a_failed_action_makes_the_whole_reply_unusable() -> None:
    body = {"messages": [{"text": "hi"}], "intent": "greet", "confidence": 0.8, "failed_actions": ["action_answer"]}
    assert not read_reply(body).usable


def test_the_status_tells_who_is_in_charge(database: Database, chat: Chat) -> None:
    with database.reading() as session:
        assert session.get_one(Conversation, chat.id).status == "bot"
