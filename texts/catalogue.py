"""Page texts in three languages, from gettext catalogues; the English words are the keys."""

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
LANGUAGE_NAMES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
LOCALES = Path(__file__).parent / "locales"


def translate(language: str, message: str, **values: object) -> str:
    """A text in a language, with `{name}` places filled; the English itself where a translation is missing."""
    text = translations(language).gettext(message)
    return text.format(**values) if values else text


def marked(message: str) -> str:
    """The message itself: marks a text that is translated later, so that the check for missing ones finds it."""
    return message


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language, compiled in memory from its .po file; English needs none."""
    path = catalogue_path(language)
    if language == "en" or not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language.replace("-", "_"))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def catalogue_path(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALES / language.replace("-", "_") / "LC_MESSAGES" / "huilu.po"


def known_language(code: str | None, fallback: str = "en") -> str:
    """A language we have texts for, from a code such as a browser sends (zh-TW, zh_CN, en-GB)."""
    if not code:
        return fallback
    lowered = code.replace("_", "-").lower()
    if lowered.startswith("zh"):
        traditional = any(mark in lowered for mark in ("hant", "tw", "hk", "mo"))
        return "zh-Hant" if traditional else "zh-Hans"
    return "en" if lowered.startswith("en") else fallback
