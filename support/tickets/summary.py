"""A short summary of a case for whoever takes it, made without a language model. Pure.

What the customer wants stands there in their own words: what they wrote in a form, and else the messages that say most.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from support.complaints.rules import CANCELLED, LATER, SKIPPED
from support.customers.identity import contact_in
from support.turns.courtesies import courtesy
from support.understanding.mood import is_angry
from support.understanding.numbers import order_number_in
from support.understanding.patterns import patterns
from texts.language import HAN, fold

LONGEST_LINE = 160
# A summary is renewed with every message while others wait to write, so that no more than this is looked at: the last
# messages of customer and assistant, and the beginning of each.
LOOKED_AT = 60
LOOKED_INTO = 600
WISHES_SHOWN = 3
TRIED_SHOWN = 3
ORDERS_SHOWN = 3
# What stands before an article in the summary as plain words.
GIVEN = "✓ "

_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[^\W\d_]{2,}")
# A word of Chinese has about two characters. Fewer words than this say nothing by themselves.
_LEAST_WORDS = 1.0
# From so many words on it can be looked for what answers them.
_ENOUGH_WORDS = 2.0
# Beyond so many words a message is not more telling.
_MOST_WORDS = 25.0
# A question says more about what somebody wants than a statement as long.
_QUESTION = 1.5
# Of two that say as much, the later one is nearer to what is wanted now.
_LATER = 1e-6


@dataclass(frozen=True)
class Said:
    """A message as the summary reads it.

    Attributes:
        author: "customer", "bot", "agent" or "system".
        pressed: Whether it stands for a button that was pressed.
        article: The title of the article that was given as an answer.
        article_id, article_language: Which one it was, and the language of that title.
        helped: What the customer said to "Did this help?"; None when nothing.
    """

    author: str
    text: str
    language: str
    pressed: bool = False
    article: str = ""
    article_language: str = ""
    helped: bool | None = None
    article_id: str = ""


@dataclass(frozen=True)
class Wish:
    """Words of the customer, on one line."""

    words: str
    language: str


@dataclass(frozen=True)
class Tried:
    """An article that was given as an answer."""

    title: str
    language: str
    helped: bool | None


@dataclass(frozen=True)
class Summary:
    """What whoever takes a case has to know first.

    Attributes:
        wishes: What the customer wants, in their own words: what a form was told first, then in the order it was said.
        tried: The articles they were given, in order.
        angry: Whether something they wrote sounds angry.
        orders: Numbers of orders they named.
    """

    wishes: tuple[Wish, ...]
    tried: tuple[Tried, ...]
    angry: bool
    orders: tuple[str, ...]

    def as_text(self) -> str:
        """The same as lines of plain words, for lists and searches: the wishes, then the articles."""
        lines = [wish.words for wish in self.wishes]
        if self.tried:
            lines.append(GIVEN + "; ".join(each.title for each in self.tried))
        return "\n".join(lines)


def summarise(said: Sequence[Said], details: Mapping[str, object], language: str) -> Summary:
    """Sum a case up.

    Args:
        said: The conversation, oldest first; the last LOOKED_AT of it count, and LOOKED_INTO characters of each.
        details: What the customer told in a form, by field (see support/complaints/rules.py).
        language: The language in which the form was filled.
    """
    told = {name: str(words) for name, words in details.items() if words not in {"", SKIPPED, CANCELLED, LATER}}
    latest = [replace(each, text=each.text[:LOOKED_INTO]) for each in said[-LOOKED_AT:]]
    own = [each for each in latest if each.author == "customer" and not each.pressed and each.text.strip()]
    happened = told.get("what", "")
    wishes = [Wish(shorten(happened), language)] if happened else []
    answers = {fold(words[:LOOKED_INTO]).strip() for words in told.values()}
    free = [each for each in own if fold(each.text).strip() not in answers]
    wishes += _most_telling(free, WISHES_SHOWN - len(wishes))
    orders = [told.get("order", "")] + [order_number_in(each.text, asked=False) or "" for each in own]
    return Summary(
        wishes=tuple(wishes),
        tried=_tried(latest),
        angry=any(is_angry(each.text) for each in own),
        orders=tuple(dict.fromkeys(each for each in orders if each))[:ORDERS_SHOWN],
    )


def asked_in(text: str) -> str:
    """The customer's words in a summary that was kept as plain words; older ones begin their lines with a sign."""
    lines = [line.removeprefix("› ") for line in text.splitlines() if not line.startswith(GIVEN)]
    return " ".join(line for line in lines if line)


def says_something(text: str) -> bool:
    """Whether a message says what somebody wants: more than a greeting, a contact, anger or the wish for a person."""
    return courtesy(text) is None and _words_left(text) >= _LEAST_WORDS


def is_chit_chat(text: str) -> bool:
    """Whether a message is nothing but thanks, greetings, "got it" and the like: no question and no news."""
    if courtesy(text) is not None:
        return True
    filler = patterns("filler")
    plain = filler["social"].sub(" ", fold(text))
    if filler["asks"].search(plain):
        return False
    left = filler["empty"].sub(" ", filler["chat"].sub(" ", plain))
    return _count_words(left) == 0 and not any(each.isdigit() for each in text)


def can_be_searched(text: str) -> bool:
    """Whether a message says enough by itself to look for what answers it."""
    return courtesy(text) is None and _words_left(text) >= _ENOUGH_WORDS


def shorten(text: str) -> str:
    """The text on one line, cut at LONGEST_LINE characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _most_telling(own: Sequence[Said], count: int) -> list[Wish]:
    """The messages that say most, in the order they were said; of what was said twice the last counts."""
    latest = {fold(each.text).strip(): place for place, each in enumerate(own)}
    telling = [(place, own[place]) for place in sorted(latest.values()) if says_something(own[place].text)]
    ranked = sorted(telling, key=lambda each: -_tells(each[1].text) - _LATER * each[0])[: max(0, count)]
    return [Wish(shorten(each.text), each.language) for _, each in sorted(ranked, key=lambda each: each[0])]


def _tells(text: str) -> float:
    """How much a message says about what its author wants."""
    asks = patterns("filler")["asks"].search(fold(text)) is not None
    return min(_MOST_WORDS, _words_left(text)) * (_QUESTION if asks else 1)


def _words_left(text: str) -> float:
    """About how many words a message has beside greetings, wishes for a person and the like."""
    plain = fold(text)
    contact = contact_in(text)
    for part in (contact or {}).values():
        plain = plain.replace(part, " ")
    left = patterns("filler")["empty"].sub(" ", patterns("anger")["angry"].sub(" ", plain))
    return _count_words(left)


def _count_words(plain: str) -> float:
    """A word of Chinese has about two characters."""
    return len(_HAN.findall(plain)) / 2 + len(_LATIN_WORD.findall(_HAN.sub(" ", plain)))


def _tried(said: Sequence[Said]) -> tuple[Tried, ...]:
    """Each article once, as it was rated last."""
    found: dict[str, Tried] = {}
    for each in said:
        if each.author == "bot" and each.article:
            before = found.pop(each.article, None)
            helped = each.helped if each.helped is not None else before.helped if before else None
            found[each.article] = Tried(shorten(each.article), each.article_language or each.language, helped)
    return tuple(found.values())[-TRIED_SHOWN:]
