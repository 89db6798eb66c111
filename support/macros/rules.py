"""What a ready reply may hold, and how its words become a reply. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from support.conversations.rules import LONGEST_TEXT
from support.tickets.states import CATEGORIES
from texts.catalogue import LANGUAGES

# What can stand in braces. What is not known for a case leaves no gap, or the words after a bar: {customer|there}.
PLACES = ("customer", "agent", "number", "order")
LONGEST_SHORTCUT, LONGEST_NAME, LONGEST_TAG = 40, 100, 40
MOST_TAGS = 10
LONGEST_RESOLUTION = 4000
LONGEST_SNOOZE_HOURS = 24 * 90
# In the order in which they are done; of the last three one at most.
STEPS = ("tag", "snooze", "waiting", "transfer", "resolve")
_LAST = ("waiting", "transfer", "resolve")

_SHORTCUT = re.compile(r"\w(?:[\w-]*\w)?")
_PLACE = re.compile(r"\{(\w*)(?:\|([^{}|]*))?\}")
_EMPTY = "\0"
_BEFORE_MARK = re.compile(r"[ \t]+(?=[,.;:!?)，。；：！？、）])")
_BRACKETS = re.compile(r"[ \t]?(?:\(\s*\)|（\s*）|「\s*」|“\s*”)")
_LINE_START = re.compile(r"^[ \t]*[,，、;；:：][ \t]*")
_DOUBLE_MARK = re.compile(r"([,，、])\s*(?=[,，、.!?。！？])")
_SPACES = re.compile(r"(?<=\S)[ \t]{2,}")


class MacroRefused(Exception):
    """A ready reply that cannot be kept.

    Attributes:
        code: "shortcut", "taken", "name", "texts", "too_long", "place" or "steps".
        value: What it is about, where one can be named.
    """

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.value = value


def checked_shortcut(shortcut: str) -> str:
    """A shortcut as it is kept: in small letters, without the "/" that is typed before it.

    Raises:
        MacroRefused: `shortcut` unless it is letters, digits, "_" and "-".
    """
    plain = shortcut.strip().removeprefix("/").lower()
    if not _SHORTCUT.fullmatch(plain) or len(plain) > LONGEST_SHORTCUT:
        raise MacroRefused("shortcut", plain)
    return plain


def checked_name(name: str) -> str:
    """A name without the space around it.

    Raises:
        MacroRefused: `name` when it is empty or overlong.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise MacroRefused("name")
    return plain


def checked_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """The words by language, without the empty ones.

    Raises:
        MacroRefused: `texts` when none are left, `too_long` and `place` for words that cannot be sent as they are.
    """
    kept = {}
    for language in LANGUAGES:
        words = str(texts.get(language) or "").replace("\r\n", "\n").strip()
        if len(words) > LONGEST_TEXT:
            raise MacroRefused("too_long", language)
        for place in _PLACE.finditer(words):
            if place.group(1) not in PLACES:
                raise MacroRefused("place", place.group())
        if words:
            kept[language] = words
    if not kept:
        raise MacroRefused("texts")
    return kept


def checked_steps(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps in the order in which they are done, with only the fields we know.

    Raises:
        MacroRefused: `steps` for one that cannot be done, or for two that do not go together.
    """
    kept = [_checked_step(step) for step in steps]
    kinds = [step["kind"] for step in kept]
    if sum(kind in _LAST for kind in kinds) > 1 or kinds.count("snooze") > 1 or kinds.count("tag") > MOST_TAGS:
        raise MacroRefused("steps")
    if "snooze" in kinds and {"transfer", "resolve"} & set(kinds):
        # What is settled or somebody else's is not put off.
        raise MacroRefused("steps")
    return sorted(kept, key=lambda step: STEPS.index(step["kind"]))


def _checked_step(step: Mapping[str, Any]) -> dict[str, Any]:
    kind = step.get("kind")
    if kind == "tag":
        value = " ".join(str(step.get("value") or "").split())
        if 0 < len(value) <= LONGEST_TAG:
            return {"kind": kind, "value": value}
    elif kind == "snooze":
        hours = step.get("hours")
        if isinstance(hours, int) and 0 < hours <= LONGEST_SNOOZE_HOURS:
            return {"kind": kind, "hours": hours}
    elif kind == "waiting":
        return {"kind": kind}
    elif kind == "transfer":
        if step.get("team_id"):
            return {"kind": kind, "team_id": str(step["team_id"])}
    elif kind == "resolve":
        note = str(step.get("note") or "").strip()
        if step.get("category") in CATEGORIES and 0 < len(note) <= LONGEST_RESOLUTION:
            return {"kind": kind, "category": step["category"], "note": note}
    raise MacroRefused("steps", str(kind or ""))


def words_for(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """The words that fit a chat's language best, and the language they are in; Chinese before English before any."""
    other = {"zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans"}.get(language, "en")
    for code in (language, other, "en", *LANGUAGES):
        if texts.get(code):
            return texts[code], code
    return "", language


def filled(words: str, values: Mapping[str, str]) -> str:
    """Words with their places filled; what is not known leaves neither a gap nor a stray comma behind."""
    put_in = _PLACE.sub(lambda place: values.get(place.group(1)) or place.group(2) or _EMPTY, words)
    return "\n".join(_tidy(line) if _EMPTY in line else line for line in put_in.split("\n"))


def _tidy(line: str) -> str:
    plain = _BRACKETS.sub("", line.replace(f" {_EMPTY}", "").replace(_EMPTY, ""))
    plain = _DOUBLE_MARK.sub("", _BEFORE_MARK.sub("", plain))
    return _SPACES.sub(" ", _LINE_START.sub("", plain)).strip()
