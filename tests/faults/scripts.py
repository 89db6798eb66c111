"""What customers do: short scripts in three languages."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.running import REPOSITORY

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
QUESTIONS = REPOSITORY / "demo" / "questions.jsonl"

GREETINGS = {"zh-Hans": ("你好", "您好，在吗"), "zh-Hant": ("你好", "您好，在嗎"), "en": ("hello", "hi there")}
# Short words that follow a question before its answer shows.
AFTERTHOUGHTS = {
    "zh-Hans": ("比较急", "上周买的", "麻烦快一点", "是平板电脑", "订单号忘了"),
    "zh-Hant": ("比較急", "上週買的", "麻煩快一點", "是平板電腦", "訂單編號忘了"),
    "en": ("it is rather urgent", "bought last week", "it's the tablet", "for my brother", "please be quick"),
}
# Words that the dialogue server and the way without it both take for the wish to talk to a person.
PERSON = {
    "zh-Hans": ("转人工", "我要人工客服"),
    "zh-Hant": ("轉人工", "我要真人客服"),
    "en": ("I want to talk to a person", "let me speak to a human", "agent please"),
}
# Short words that fit several articles, so that a choice is likely to be offered.
VAGUE = {
    "zh-Hans": ("退款", "包裹", "账号"),
    "zh-Hant": ("退款", "包裹", "帳號"),
    "en": ("refund", "parcel", "account"),
}
CONTACT = {"zh-Hans": "我的邮箱是 {}", "zh-Hant": "我的信箱是 {}", "en": "it is {}"}


@dataclass(frozen=True)
class Step:
    """One thing a customer does.

    Attributes:
        act: `say` texts; press the button for a `person`; `choose` one of the shown articles; rate the last
            answer as `helpful` or the conversation by `csat`.
        texts: What is said, one message each.
        together: Whether two messages are on their way at the same time.
        patient: Whether the customer waits for the answer before going on.
        contact: Whether the text holds an address to reach the customer at.
    """

    act: Literal["say", "person", "choose", "helpful", "csat"]
    texts: tuple[str, ...] = ()
    score: int = 0
    together: bool = False
    patient: bool = True
    contact: bool = False


@dataclass(frozen=True)
class Script:
    """A customer's whole visit."""

    name: str
    language: str
    steps: tuple[Step, ...]
    needs_ticket: bool = False


@dataclass(frozen=True)
class Texts:
    """The demo's questions of one language: those that articles answer, and those that none does."""

    answerable: tuple[str, ...]
    unanswerable: tuple[str, ...]


def read_texts(path: Path = QUESTIONS) -> dict[str, Texts]:
    """The demo's questions by language."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]

    def of(language: str, answerable: bool) -> tuple[str, ...]:
        return tuple(
            row["query"] for row in rows if row["language"] == language and bool(row["expected"]) == answerable
        )

    return {language: Texts(of(language, True), of(language, False)) for language in LANGUAGES}


def make_scripts(count: int, seed: int) -> list[Script]:
    """So many scripts, languages by turns; the same for the same seed."""
    texts = read_texts()
    writer = random.Random(f"scripts {seed}")
    names = list(_WEIGHTS)
    chosen = [*names, *writer.choices(names, [_WEIGHTS[name] for name in names], k=count)]
    chosen = chosen[:count]
    writer.shuffle(chosen)
    scripts = []
    for number, name in enumerate(chosen):
        language = LANGUAGES[number % len(LANGUAGES)]
        steps = _MAKERS[name](writer, language, texts[language], number)
        scripts.append(Script(name, language, tuple(steps), needs_ticket=name in _NEEDS_TICKET))
    return scripts


def _ask(writer: random.Random, texts: Texts) -> Step:
    return Step("say", (writer.choice(texts.answerable),))


def _plain(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    return [Step("say", (text,)) for text in writer.sample(texts.answerable, writer.randint(3, 4))]


def _burst(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    more = writer.sample(AFTERTHOUGHTS[language], writer.randint(1, 3))
    return [Step("say", (writer.choice(texts.answerable), *more)), _ask(writer, texts), _ask(writer, texts)]


def _greeting(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    hello = writer.choice(GREETINGS[language])
    question = writer.choice(texts.answerable)
    first = [Step("say", (hello, question))] if writer.random() < 0.6 else [Step("say", (hello,)), _ask(writer, texts)]
    return [*first, _ask(writer, texts)]


def _unanswerable(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    odd = [Step("say", (text,)) for text in writer.sample(texts.unanswerable, writer.choice((1, 2, 2)))]
    return [_ask(writer, texts), *odd, _ask(writer, texts)]


def _contact(language: str, number: int) -> Step:
    return Step("say", (CONTACT[language].format(f"customer{number}@example.com"),), contact=True)


def _person(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    wish = Step("say", (writer.choice(PERSON[language]),))
    return [_ask(writer, texts), wish, _contact(language, number), _ask(writer, texts)]


def _person_button(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    return [_ask(writer, texts), Step("person"), _contact(language, number), _ask(writer, texts)]


def _person_in_a_burst(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    words = (writer.choice(texts.answerable), writer.choice(PERSON[language]))
    return [Step("say", words), _contact(language, number), _ask(writer, texts)]


def _choice(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    return [Step("say", (writer.choice(VAGUE[language]),)), Step("choose"), _ask(writer, texts)]


def _helpful(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    no = Step("helpful", score=0)
    return [_ask(writer, texts), Step("helpful", score=1), _ask(writer, texts), no, _ask(writer, texts)]


def _low_rating(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    return [_ask(writer, texts), Step("csat", score=1), _ask(writer, texts)]


def _together(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    pair = writer.sample(texts.answerable, 2)
    return [Step("say", tuple(pair), together=True), _ask(writer, texts), _ask(writer, texts)]


def _impatient(writer: random.Random, language: str, texts: Texts, number: int) -> list[Step]:
    asked = writer.sample(texts.answerable, 4)
    return [Step("say", (text,), patient=number == 3) for number, text in enumerate(asked)]


_MAKERS: dict[str, Callable[[random.Random, str, Texts, int], list[Step]]] = {
    "questions": _plain,
    "burst": _burst,
    "greeting": _greeting,
    "unanswerable": _unanswerable,
    "person": _person,
    "person by button": _person_button,
    "person in a burst": _person_in_a_burst,
    "choice": _choice,
    "rating": _helpful,
    "low rating": _low_rating,
    "two at once": _together,
    "impatient": _impatient,
}
_WEIGHTS = {
    "questions": 22,
    "burst": 25,
    "greeting": 8,
    "unanswerable": 12,
    "person": 9,
    "person by button": 6,
    "person in a burst": 3,
    "choice": 6,
    "rating": 5,
    "low rating": 3,
    "two at once": 4,
    "impatient": 6,
}
_NEEDS_TICKET = {"person", "person by button", "person in a burst", "low rating"}
