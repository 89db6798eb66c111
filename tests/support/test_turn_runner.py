"""The turn runner: every turn ends, in order and once, whatever the dialogue server does."""

import asyncio
import uuid

import pytest
from sqlalchemy import select

from storage.engine import Database
from support.conversations import queries
from support.conversations.operations import receive
from support.handoff import operations as handoff
from support.integrations.acting import begin, program
from support.privacy.operations import erase_conversation
from support.turns.rasa import RasaUnavailable
from support.turns.replies import BotMessage, Reply
from support.turns.runner import TurnRunner
from support.turns.tables import Turn
from support.turns.work import Settled, TurnWork
from tests.support.conftest import Chat, new_chat


def bot_texts(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        return [each.text for each in queries.transcript(session, chat.id) if each.author == "bot"][1:]


def states(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        return list(session.scalars(select(Turn.state).order_by(Turn.seq)))


class Rasa:
    """A dialogue server for one test: answers, fails or never ends."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[str] = []
        self.forgot: list[str] = []

    async def forget(self, conversation_id: str) -> bool:
        self.forgot.append(conversation_id)
        return True

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


async def run(chat: Chat, rasa: Rasa) -> list[Settled]:
    """Let a runner work until nothing is left; returns what it published."""
    published: list[Settled] = []

    async def publish(settled: Settled) -> None:
        published.append(settled)

    def directly(work: TurnWork) -> Reply:
        return Reply((BotMessage(f"direct: {work.text}"),))

    runner = TurnRunner(chat.database, rasa, directly, publish)
    runner.wake(chat.id)
    for _ in range(500):
        if not runner.answering and not runner.waiting:
            break
        await asyncio.sleep(0.01)
    await runner.stop()
    return published


@pytest.mark.asyncio
async def test_buttons_pressed_quickly_are_answered_in_order_each_once(chat: Chat) -> None:
    for number in range(5):
        chat.press("none_of_these", title=f"{number}")
    rasa = Rasa()
    published = await run(chat, rasa)
    assert bot_texts(chat) == [f"answer to {number}" for number in range(5)]
    assert rasa.asked == ["0", "1", "2", "3", "4"]
    assert [settled.messages[0].text for settled in published] == bot_texts(chat)


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
async def test_a_claimed_turn_that_comes_as_its_worker_ends_is_not_lost(chat: Chat) -> None:
    rasa = Rasa()
    published: list[Settled] = []

    async def publish(settled: Settled) -> None:
        published.append(settled)
        if len(published) == 1:
            # The answer is stored and shown, its worker not yet gone: the customer is quick.
            taken = await chat.database.write(
                lambda session: receive(session, chat.id, str(uuid.uuid4()), "second", None, ask_at_once=True)
            )
            runner.wake(chat.id, taken.work)

    runner = TurnRunner(chat.database, rasa, lambda work: Reply(()), publish)
    chat.say("first")
    runner.wake(chat.id)
    for _ in range(300):
        if len(published) == 2:
            break
        await asyncio.sleep(0.01)
    assert bot_texts(chat) == ["answer to first", "answer to second"]
    await runner.stop()


@pytest.mark.asyncio
async def test_past_the_limit_turns_wait_in_order_of_arrival(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.turns.runner.AT_ONCE", 1)
    chats = [new_chat(database) for _ in range(5)]
    rasa = Rasa()

    async def nothing(_: Settled) -> None:
        return None

    runner = TurnRunner(database, rasa, lambda work: Reply(()), nothing)
    for number, each in enumerate(chats):
        each.say(f"{number}")
        runner.wake(each.id)
    await asyncio.sleep(0)
    assert (runner.answering, runner.waiting, runner.free) == (1, 4, False)
    while runner.answering or runner.waiting:
        await asyncio.sleep(0.01)
    assert rasa.asked == ["0", "1", "2", "3", "4"]


@pytest.mark.asyncio
async def test_when_nothing_can_answer_the_customer_is_told_so(chat: Chat) -> None:
    chat.say("q")

    def broken(_: TurnWork) -> Reply:
        raise RuntimeError("no index")

    async def nothing(_: Settled) -> None:
        return None

    runner = TurnRunner(chat.database, Rasa(RasaUnavailable("down")), broken, nothing)
    runner.wake(chat.id)
    while runner.answering or runner.waiting:
        await asyncio.sleep(0.01)
    (words,) = bot_texts(chat)
    assert "人工" in words or "真人" in words


@pytest.mark.asyncio
async def test_waking_a_conversation_many_times_answers_each_turn_once(chat: Chat) -> None:
    chat.say("q")
    rasa = Rasa()

    async def nothing(_: Settled) -> None:
        return None

    runner = TurnRunner(chat.database, rasa, lambda work: Reply(()), nothing)
    for _ in range(20):
        runner.wake(chat.id)
        await asyncio.sleep(0.002)
    while runner.answering or runner.waiting:
        await asyncio.sleep(0.01)
    assert rasa.asked == ["q"]


@pytest.mark.asyncio
async def test_a_case_opened_by_a_late_action_is_told_all_the_same(chat: Chat) -> None:
    chat.say("q")
    said: list[str] = []

    def directly(work: TurnWork) -> Reply:
        said.append(work.turn_id)
        if len(said) == 1:
            # Composed before the action of the turn before the crash comes in.
            with chat.database.writing() as session:
                handoff.request(session, chat.id, "repeated_failure", work.turn_id)
            return Reply((BotMessage("I found nothing"),))
        return Reply((BotMessage("your case"),))

    async def nothing(_: Settled) -> None:
        return None

    runner = TurnRunner(chat.database, Rasa(RasaUnavailable("down")), directly, nothing)
    runner.wake(chat.id)
    while runner.answering or runner.waiting:
        await asyncio.sleep(0.01)
    assert bot_texts(chat) == ["your case"]
    assert states(chat) == ["answered"]


class SlowRasa(Rasa):
    """A dialogue server that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asking, self.go_on = asyncio.Event(), asyncio.Event()

    async def ask(self, work: TurnWork) -> Reply:
        self.asking.set()
        await self.go_on.wait()
        return await super().ask(work)


def runner_of(chat: Chat, rasa: Rasa) -> TurnRunner:
    async def publish(settled: Settled) -> None:
        """Nobody listens."""

    return TurnRunner(chat.database, rasa, lambda work: Reply(()), publish)


async def test_holding_a_conversation_waits_for_the_answer_under_way_and_lets_no_other_begin(chat: Chat) -> None:
    rasa = SlowRasa()
    runner = runner_of(chat, rasa)
    chat.say("first")
    runner.wake(chat.id)
    await rasa.asking.wait()
    asyncio.get_running_loop().call_later(0.1, rasa.go_on.set)
    async with runner.holding([chat.id]):
        assert rasa.asked == ["first"] and states(chat) == ["answered"]
        chat.say("second")
        runner.wake(chat.id)
        await asyncio.sleep(0.1)
        assert rasa.asked == ["first"]
    await wait_until_idle(runner)
    assert rasa.asked == ["first", "second"], "what was held is answered afterwards"


async def test_what_was_erased_is_not_told_to_the_dialogue_server_any_more(chat: Chat) -> None:
    rasa = Rasa()
    runner = runner_of(chat, rasa)
    async with runner.holding([chat.id]):
        chat.say("my secret")
        work = chat.claim()
        runner.wake(chat.id, work)
        await asyncio.sleep(0.05)
        runner.drop([chat.id])
    await wait_until_idle(runner)
    runner.wake(chat.id, work)
    await wait_until_idle(runner)
    assert rasa.asked == []


async def test_what_another_process_erased_while_it_was_answered_is_forgotten_once_more(chat: Chat) -> None:
    rasa = SlowRasa()
    runner = runner_of(chat, rasa)
    chat.say("my secret")
    runner.wake(chat.id)
    await rasa.asking.wait()
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    assert rasa.forgot == []
    rasa.go_on.set()
    await wait_until_idle(runner)
    assert rasa.forgot == [chat.id]


async def test_as_long_as_nothing_is_erased_nothing_is_forgotten(chat: Chat) -> None:
    rasa = Rasa()
    chat.say("hello")
    await run(chat, rasa)
    assert (states(chat), rasa.forgot) == (["answered"], [])


async def test_two_may_hold_the_same_conversation(chat: Chat) -> None:
    runner = runner_of(chat, Rasa())
    async with runner.holding([chat.id]), runner.holding([chat.id]):
        pass
    chat.say("hello")
    runner.wake(chat.id)
    await wait_until_idle(runner)
    assert states(chat) == ["answered"]


async def wait_until_idle(runner: TurnRunner) -> None:
    deadline = asyncio.get_running_loop().time() + 5
    while (runner.answering or runner.waiting) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.01)
    assert (runner.answering, runner.waiting) == (0, 0)


async def test_what_the_bot_does_is_not_put_down_to_the_program_that_woke_it(chat: Chat) -> None:
    chat.say("Hello")
    seen: list[str] = []

    class Looking(Rasa):
        async def ask(self, work: TurnWork) -> Reply:
            seen.append(program())
            return await super().ask(work)

    begin("Warehouse")
    try:
        await run(chat, Looking())
        assert program() == "Warehouse"
    finally:
        begin("")
    assert seen == [""]
