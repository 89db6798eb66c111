"""Telling the three languages apart, and folding texts so that both Chinese scripts and all widths meet.

Language codes everywhere: "en", "zh-Hans" (Simplified), "zh-Hant" (Traditional).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
DEFAULT_LANGUAGE = "en"

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK = re.compile(f"[\u3005\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\uac00-\ud7af{HAN}]")
_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# An address, a code or a link says nothing about the language of the sentence around it.
_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|\b(?=[\w-]*\d)[A-Za-z0-9_-]+\b")
_ENGLISH_GLUE_TEXT = """
a an the is are was were do does did can could will would should have has had i my me you your we our it its
this that these those to of for from in on at with and or not how what when where who why which
"""
_ENGLISH_GLUE = frozenset(_ENGLISH_GLUE_TEXT.split())
# Both are the same word for "account"; OpenCC maps them to two different Simplified characters.
_SAME_WORD = {"帐": "账"}


@dataclass(frozen=True)
class _Tables:
    """`fold`: code point -> folded character. The two sets: characters that give their script away."""

    fold: dict[int, str]
    traditional_only: frozenset[str]
    simplified_only: frozenset[str]


@cache
def _tables() -> _Tables:
    """Read OpenCC's conversion character by character, and see which characters the other script never uses."""
    characters = [chr(code) for code in range(0x4E00, 0xA000)]
    simplified = _convert("t2s", characters)
    traditional = _convert("s2t", characters)
    pairs = list(zip(characters, simplified, traditional, strict=True))
    fold = {ord(character): _SAME_WORD.get(plain, plain) for character, plain, _ in pairs if plain != character}
    fold |= {ord(character): plain for character, plain in _SAME_WORD.items()}
    # 里, 后, 干, 台 convert but are at home in both scripts: the national character sets tell them apart.
    return _Tables(
        fold,
        frozenset(character for character, plain, _ in pairs if plain != character and not _in("gb2312", character)),
        frozenset(character for character, _, full in pairs if full != character and not _in("big5", character)),
    )


def _convert(configuration: str, characters: list[str]) -> list[str]:
    # A line break between characters keeps OpenCC from seeing words, so each is converted by itself.
    converted: str = OpenCC(configuration).convert("\n".join(characters))
    return converted.split("\n")


def _in(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def has_cjk(text: str) -> bool:
    """Whether the text holds at least one Chinese, Japanese or Korean character."""
    return _CJK.search(text) is not None


def has_han(text: str) -> bool:
    """Whether the text holds at least one Chinese character."""
    return _HAN.search(text) is not None


def fold(text: str) -> str:
    """Bring a text into the form in which it is compared.

    NFKC, lower case, and Traditional characters replaced by Simplified ones one by one, so that the result
    is as long as the NFKC form. 帳, 賬 and 帐 all become 账.
    """
    plain = unicodedata.normalize("NFKC", text)
    lower = plain.lower()
    if len(lower) != len(plain):
        lower = "".join(low if len(low := character.lower()) == 1 else character for character in plain)
    return lower.translate(_tables().fold)


# From so many words on, Latin letters in a Chinese talk are English.
SENTENCE_WORDS = 3


def detect(text: str, fallback: str = DEFAULT_LANGUAGE) -> str:
    """Name the language of a text: "en", "zh-Hans" or "zh-Hant".

    Chinese that both scripts write alike keeps `fallback` when that is Chinese, else it counts as Simplified.
    A text without letters (emoji, digits, punctuation) keeps `fallback`, and so do one or two Latin words in a Chinese talk. Chinese mixed with product names or
    English words is Chinese; an English sentence that only quotes a Chinese word is English.
    """
    plain = unicodedata.normalize("NFKC", text)
    han = _HAN.findall(plain)
    words = [word.lower() for word in _LATIN_WORD.findall(_NOT_WORDS.sub(" ", plain)) if not has_cjk(word)]
    if han and not _is_english_sentence(words, len(han)):
        return _script(han, fallback)
    latin = sum(_is_latin(word) for word in words)
    # "ok thx", "bob@" or a product's name change nobody's language; a sentence does.
    return "en" if latin >= (SENTENCE_WORDS if fallback != "en" else 1) else fallback


def _is_english_sentence(words: list[str], han: int) -> bool:
    glue = sum(word in _ENGLISH_GLUE for word in words)
    return glue >= 2 and len(words) > han


def _is_latin(word: str) -> bool:
    return any("a" <= character <= "z" or "\u00c0" <= character <= "\u024f" for character in word)


def _script(han: list[str], fallback: str) -> str:
    tables = _tables()
    traditional = sum(character in tables.traditional_only for character in han)
    simplified = sum(character in tables.simplified_only for character in han)
    if traditional == simplified:
        return fallback if fallback.startswith("zh") else "zh-Hans"
    return "zh-Hant" if traditional > simplified else "zh-Hans"
