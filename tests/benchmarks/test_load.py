"""The closed loop, with conversations that answer at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks import load as loads
from benchmarks.customer import TurnFailed
from benchmarks.load import Asking
from benchmarks.outcomes import Outcome
from knowledge_base.evaluate import Question

pytestmark = pytest.mark.fast


@dataclass
class ScriptedConversation:
    """Answers "right", refuses "no", breaks at "broken" and opens a case at "person"."""

    id: str
    language: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def handed_over(self) -> bool:
        return any("ticket" in (each["payload"] or {}) for each in self.messages)

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

    def replies(self, after: int, before: int | None = None) -> list[dict[str, Any]]:
        said = [each for each in self.messages if each["author"] == "bot" and each["seq"] > after]
        return [each for each in said if before is None or each["seq"] < before]

    async def leave(self) -> None:
        pass


class Opened(list[ScriptedConversation]):
    """Every conversation that was started."""

    async def open_one(self, language: str) -> ScriptedConversation:
        self.append(ScriptedConversation(str(len(self)), language))
        return self[-1]


@pytest.fixture
def opened() -> Opened:
    return Opened()


def asking(*words: str) -> Asking:
    def forever(language: str) -> Iterator[tuple[Question, str]]:
        while True:
            for word in words:
                yield Question(word, frozenset({"right"}), language), word

    return {language: forever(language) for language in loads.LANGUAGES}


async def test_every_turn_is_asked_once_and_told(opened: Opened) -> None:
    async with loads.load(opened.open_one, asking("right", "wrong", "no"), at_once=2, turns=25) as load:
        turns = await load.run()
    assert len(turns) == 25
    assert {turn.outcome for turn in turns} == {
        Outcome("answer", ("right",), True),
        Outcome("answer", ("wrong",), False),
        Outcome("refused", (), False),
    }
    assert max(sum(each["author"] == "customer" for each in one.messages) for one in opened) == 10
    assert load.opened_late == 0


async def test_half_of_the_conversations_are_english(opened: Opened) -> None:
    async with loads.load(opened.open_one, asking("right"), at_once=4, turns=40):
        languages = [conversation.language for conversation in opened]
    assert (languages.count("en"), languages.count("zh-Hans"), languages.count("zh-Hant")) == (4, 2, 2)


@pytest.mark.parametrize(
    ("word", "kind", "error"), [("person", "handed over", ""), ("broken", "error", "nothing came")]
)
async def test_after_a_hand_off_or_a_failure_comes_a_fresh_conversation(
    opened: Opened, word: str, kind: str, error: str
) -> None:
    async with loads.load(opened.open_one, asking(word), at_once=1, turns=6) as load:
        turns = await load.run()
    assert [(turn.outcome.kind, turn.error) for turn in turns] == [(kind, error)] * 6
    assert len(opened) == 6
    assert load.opened_late == 6 - loads.conversations_needed(1, 6)
