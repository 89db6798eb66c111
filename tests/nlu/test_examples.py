"""The examples that dialogue acts are learned from, and those they are measured with."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from texts.catalogue import LANGUAGES
from texts.language import fold

pytestmark = pytest.mark.fast

REPOSITORY = Path(__file__).parent.parent.parent
FEWEST_TRAINED, FEWEST_HELD_OUT = 40, 10
LEAST_SHARE, MOST_SHARE = 0.10, 0.40

# What Rasa adds by itself when it is not sure, or what only a button can say, needs no examples.
Example = tuple[str, str, str]


def read(path: Path) -> list[Example]:
    """Intent, language and text of each example."""
    blocks: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    return [
        (block["intent"], block["metadata"]["language"], line.strip().removeprefix("- ").strip())
        for block in blocks
        if "intent" in block
        for line in block["examples"].splitlines()
        if line.strip()
    ]


@cache
def trained() -> tuple[Example, ...]:
    return tuple(each for path in sorted((REPOSITORY / "data" / "nlu").glob("*.yml")) for each in read(path))


@cache
def held_out() -> tuple[Example, ...]:
    return tuple(read(REPOSITORY / "tests" / "nlu" / "held_out.yml"))


@cache
def intents() -> tuple[str, ...]:
    return tuple(yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))["intents"])


def plain(text: str) -> str:
    """A text as it is compared: without case, width, script and blanks at its ends."""
    return " ".join(fold(text).split())


def few(examples: tuple[Example, ...], least: int) -> dict[tuple[str, str], int]:
    """Acts and languages with too few different examples."""
    different = {(intent, language, plain(text)) for intent, language, text in examples}
    counts = Counter((intent, language) for intent, language, _ in different)
    wanted = [(intent, language) for intent in intents() for language in LANGUAGES]
    return {each: counts[each] for each in wanted if counts[each] < least}


def test_every_act_has_enough_examples_in_every_language() -> None:
    assert few(trained(), FEWEST_TRAINED) == {}


def test_every_act_is_measured_in_every_language() -> None:
    assert few(held_out(), FEWEST_HELD_OUT) == {}


def test_examples_belong_to_acts_of_the_domain_in_languages_we_speak() -> None:
    for intent, language, text in (*trained(), *held_out()):
        assert intent in intents(), text
        assert language in LANGUAGES, text


def test_nothing_that_is_measured_was_learned() -> None:
    known = {plain(text) for _, _, text in trained()}
    assert {text for _, _, text in held_out() if plain(text) in known} == set()


def test_the_same_words_are_not_learned_as_two_acts() -> None:
    acts: dict[str, set[str]] = {}
    for intent, _, text in trained():
        acts.setdefault(plain(text), set()).add(intent)
    assert {text: found for text, found in acts.items() if len(found) > 1} == {}


@pytest.mark.parametrize("intent", intents())
def test_a_fair_share_of_an_acts_examples_is_held_out(intent: str) -> None:
    learned = len({plain(text) for act, _, text in trained() if act == intent})
    measured = len({plain(text) for act, _, text in held_out() if act == intent})
    assert LEAST_SHARE <= measured / (learned + measured) <= MOST_SHARE
