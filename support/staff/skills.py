"""What can be set up about teams and colleagues. Pure."""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from support.routing.rules import LARGEST_CAPACITY, SMALLEST_CAPACITY
from texts.catalogue import LANGUAGES

LONGEST_NAME = 100
LONGEST_SKILL = 40
MOST_SKILLS = 50


@dataclass
class ProfileRefused(Exception):
    """Something that cannot be kept; `code` names why, `values` fill the words that say so."""

    code: str
    values: tuple[tuple[str, object], ...] = ()


def checked_name(name: str) -> str:
    """A team's name in one spelling.

    Raises:
        ProfileRefused: `name` when nothing is left of it or it is too long.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise ProfileRefused("name", (("limit", LONGEST_NAME),))
    return tidy


def checked_profile(capacity: int, languages: Collection[str]) -> tuple[int, list[str]]:
    """A colleague's capacity, and the languages that we have texts for.

    Raises:
        ProfileRefused: `capacity` outside of what is possible.
    """
    if not SMALLEST_CAPACITY <= capacity <= LARGEST_CAPACITY:
        raise ProfileRefused("capacity", (("smallest", SMALLEST_CAPACITY), ("largest", LARGEST_CAPACITY)))
    return capacity, [each for each in LANGUAGES if each in languages]


def tidy_words(words: Iterable[str]) -> tuple[str, ...]:
    """Skills in one spelling, each once, in their order; what is longer than a tag can be is cut."""
    tidy = (" ".join(unicodedata.normalize("NFC", each).split())[:LONGEST_SKILL] for each in words)
    return tuple(dict.fromkeys(each for each in tidy if each))[:MOST_SKILLS]
