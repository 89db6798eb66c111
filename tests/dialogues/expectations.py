"""What may be expected of a reply, in words. Pure: the bot's messages in, problems out."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from texts.language import detect

Messages = Sequence[dict[str, Any]]

_REGRET = re.compile(r"sorry|apolog|抱歉|对不起|對不起|不好意思|遗憾|遺憾", re.IGNORECASE)
_CARE = re.compile(
    r"safety|safe |emergency|crisis line|安全|求助|报警|報案|急救|12[05]|119|110|1925|12356", re.IGNORECASE
)
_QUOTED = re.compile(r'"([^"]+)"')
# Names that stand in sentences of any language.
_PRODUCTS = re.compile(r"Lanting|Ripple 5|Slate 11|Breeze 2|Hush|Sweep|Glow|[\w.]+@[\w.]+", re.IGNORECASE)


class UnknownExpectation(Exception):
    """Words that are no expectation."""


def problem_with(messages: Messages, expectation: str) -> str | None:
    """Why an expectation does not hold for the bot's messages; None when it does.

    Raises:
        UnknownExpectation: When the words are no expectation.
    """
    for pattern, holds in _KINDS:
        found = re.fullmatch(pattern, expectation)
        if found:
            return None if holds(messages, *found.groups()) else f"not true: {expectation}"
    raise UnknownExpectation(expectation)


def known(expectation: str) -> bool:
    """Whether words are an expectation."""
    return any(re.fullmatch(pattern, expectation) for pattern, _ in _KINDS)


def article_ids(expectation: str) -> list[str]:
    """The articles that an expectation names."""
    found = re.fullmatch(f"(?:answers|offers|helps with) ({_IDS})", expectation)
    return found.group(1).split(" or ") if found else []


def parts(messages: Messages, key: str) -> list[Any]:
    """All values under a key of the messages' payloads."""
    return [each["payload"][key] for each in messages if key in (each["payload"] or {})]


def _answers(messages: Messages, ids: str) -> bool:
    return any(answer["article_id"] in ids.split(" or ") for answer in parts(messages, "answer"))


def _offers(messages: Messages, ids: str) -> bool:
    offered = {choice["article_id"] for choices in parts(messages, "choices") for choice in choices}
    return bool(offered & set(ids.split(" or ")))


def _answers_nothing(messages: Messages) -> bool:
    return not parts(messages, "answer") and not parts(messages, "choices")


def _offers_person(messages: Messages) -> bool:
    return any("person" in offer for offer in parts(messages, "offer")) or bool(parts(messages, "ticket"))


def _asks_for(messages: Messages, field: str) -> bool:
    forms = parts(messages, "form")
    if field == "nothing":
        return not forms
    wanted = f"complaint_{field}", f"ticket_{field}", field
    return any(field == form.get("name") or form.get("field") in wanted for form in forms)


def _says(messages: Messages, quoted: str) -> bool:
    said = "\n".join(each["text"] for each in messages).casefold()
    return any(words.casefold() in said for words in _QUOTED.findall(quoted))


def _matches(messages: Messages, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(each["text"]) for each in messages)


def _speaks(messages: Messages, language: str) -> bool:
    texts = [_PRODUCTS.sub(" ", each["text"]) for each in messages if each["text"]]
    return bool(texts) and all(detect(text, language) == language for text in texts)


_IDS = r"(?!nothing|a person)[a-z0-9-]+(?: or [a-z0-9-]+)*"
_WORDS = r'"[^"]+"(?: or "[^"]+")*'
_KINDS: tuple[tuple[str, Callable[..., bool]], ...] = (
    (f"answers ({_IDS})", _answers),
    (f"offers ({_IDS})", _offers),
    (f"helps with ({_IDS})", lambda messages, ids: _answers(messages, ids) or _offers(messages, ids)),
    ("answers nothing", _answers_nothing),
    ("finds nothing", lambda messages: _answers_nothing(messages) and _offers_person(messages)),
    ("opens a case", lambda messages: any(ticket.get("number") for ticket in parts(messages, "ticket"))),
    ("opens no case", lambda messages: not parts(messages, "ticket")),
    ("gives a receipt", lambda messages: bool(parts(messages, "receipt"))),
    ("asks for a rating", lambda messages: bool(parts(messages, "survey"))),
    ("asks for (contact|what|order|severity|wish|number|feedback|nothing)", _asks_for),
    ("offers a person", _offers_person),
    (
        "priority (red|yellow|green)",
        lambda messages, colour: any(ticket.get("priority") == colour for ticket in parts(messages, "ticket")),
    ),
    ("regrets", lambda messages: _matches(messages, _REGRET)),
    ("cares", lambda messages: _matches(messages, _CARE)),
    (f"says ({_WORDS})", _says),
    (f"does not say ({_WORDS})", lambda messages, quoted: not _says(messages, quoted)),
    ("speaks (en|zh-Hans|zh-Hant)", _speaks),
)
