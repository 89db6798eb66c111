"""Which script a text is written in, and Traditional characters as Simplified ones, one for one."""

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


def mask_digits(text: str) -> str:
    """Every digit as a nought: no order number or phone number is like another, but all are numbers."""
    return "".join("0" if character.isdigit() else character for character in text)


def language_of(text: str) -> str:
    """The language of a text where nobody said it (`rasa shell`): en, zh-Hans or zh-Hant."""
    if not any(is_cjk(character) for character in text):
        return "en"
    return "zh-Hant" if any(_simplified(character) != character for character in text) else "zh-Hans"
