"""The closed loop, with conversations that answer at once."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from benchmarks import load as loads
from benchmarks.customer import Conversation, TurnFailed
from benchmarks.load import Asking
from benchmarks.outcomes import Outcome
from knowledge_base.evaluate import Question

pytestmark = pytest.mark.fast


class ScriptedConversation(Conversation):
    """Answers "right", refuses "no", breaks at "broken" and opens a case at "person"."""

    async def ask(self, text: str) -> tuple[int, float]:
        if text == "broken":
            raise TurnFailed("nothing came")
        seq = len(self.messages) + 1
        payload: dict[str, object] = {"answer": {"article_id": text}}
        if text == "no":
            payload = {"offer": ["person"]}
        if text == "person":
            payload = {"ticket": {"number": "T-1"}}
        self.messages += [
            {"seq": seq, "author": "customer", "payload": None},
            {"seq": seq + 1, "author": "bot", "payload": payload},
        ]
        return seq, 0.25


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Conversation]:
    made: list[Conversation] = []

    async def open_one(client: httpx.AsyncClient, language: str) -> Conversation:
        made.append(ScriptedConversation(str(len(made)), language, client, "token"))
        return made[-1]

    monkeypatch.setattr(loads, "open_conversation", open_one)
    return made


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as made:
        yield made


def asking(*words: str) -> Asking:
    def forever(language: str) -> Iterator[tuple[Question, str]]:
        while True:
            for word in words:
                yield Question(word, frozenset({"right"}), language), word

    return {language: forever(language) for language in loads.LANGUAGES}


async def test_every_turn_is_asked_once_and_told(opened: list[Conversation], client: httpx.AsyncClient) -> None:
    async with loads.load(client, asking("right", "wrong", "no"), at_once=2, turns=25) as load:
        turns = await load.run()
    assert len(turns) == 25
    assert {turn.outcome for turn in turns} == {
        Outcome("answer", ("right",), True),
        Outcome("answer", ("wrong",), False),
        Outcome("refused", (), False),
    }
    assert max(sum(each["author"] == "customer" for each in one.messages) for one in opened) == 10
    assert load.opened_late == 0


async def test_half_of_the_conversations_are_english(opened: list[Conversation], client: httpx.AsyncClient) -> None:
    async with loads.load(client, asking("right"), at_once=4, turns=40):
        languages = [conversation.language for conversation in opened]
    assert (languages.count("en"), languages.count("zh-Hans"), languages.count("zh-Hant")) == (4, 2, 2)


@pytest.mark.parametrize(
    ("word", "kind", "error"), [("person", "handed over", ""), ("broken", "error", "nothing came")]
)
async def test_after_a_hand_off_or_a_failure_comes_a_fresh_conversation(
    opened: list[Conversation], client: httpx.AsyncClient, word: str, kind: str, error: str
) -> None:
    async with loads.load(client, asking(word), at_once=1, turns=6) as load:
        turns = await load.run()
    assert [(turn.outcome.kind, turn.error) for turn in turns] == [(kind, error)] * 6
    assert len(opened) == 6
    assert load.opened_late == 6 - loads.conversations_needed(1, 6)
