"""Which script a text is written in, and Traditional characters as Simplified ones, one for one."""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

_TO_SIMPLIFIED = OpenCC("t2s")


def is_cjk(character: str) -> bool:
    """Whether a character is a Chinese one."""
    return "\u4e00" <= character <= "\u9fff" or "\u3400" <= character <= "\u4dbf"


@lru_cache(maxsize=16384)
def _simplified(character: str) -> str:
    return _TO_SIMPLIFIED.convert(character) if is_cjk(character) else character


def fold(text: str) -> str:
    """Full-width forms, case and Traditional characters evened out, so that one example teaches all scripts."""
    return "".join(_simplified(character) for character in unicodedata.normalize("NFKC", text).lower())


# "88" and "886" are farewells in Chinese chats; Rasa's featurizer takes every number for one and the same word.
_DIGITS = re.compile(r"\d+")
_FAREWELLS = {"88": "byebye", "886": "byebyebye"}


def mask_digits(word: str) -> str:
    """A word with letters for its digits: all order and phone numbers are alike, and none is a farewell."""
    return _FAREWELLS.get(word) or _DIGITS.sub(lambda run: "d" * min(len(run.group()), 4), word)


def language_of(text: str) -> str:
    """The language of a text where nobody said it (`rasa shell`): en, zh-Hans or zh-Hant."""
    if not any(is_cjk(character) for character in text):
        return "en"
    return "zh-Hant" if any(_simplified(character) != character for character in text) else "zh-Hans"
