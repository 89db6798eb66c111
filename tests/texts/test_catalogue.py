"""Every text a person sees exists in all three languages, with the same places to fill in."""

import json
import re
from pathlib import Path

import pytest

from tests.texts.extraction import texts_in_source
from texts.catalogue import LANGUAGES, known_language, translate, translations

pytestmark = pytest.mark.fast
TEMPLATES = Path(__file__).parent.parent.parent / "web" / "templates"
WIDGET = Path(__file__).parent.parent.parent / "web" / "assets" / "widget" / "texts.json"


def places(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}|%\(\w+\)s", text))


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_no_text_of_a_page_lacks_a_translation(language: str) -> None:
    catalogue = translations(language)
    same = {"Huilu", "English", "{problems}"}
    missing = {
        text: where
        for text, where in texts_in_source().items()
        if catalogue.gettext(text) == text and text not in same and re.search(r"[a-z]{3}", text)
    }
    assert missing == {}


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_translations_have_the_places_of_the_original(language: str) -> None:
    catalogue = translations(language)
    for text in texts_in_source():
        assert places(catalogue.gettext(text)) == places(text), text


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_no_space_follows_a_full_width_colon_before_a_value(language: str) -> None:
    """A text that ends in such a colon stands before an element; what follows in a sentence is part of the text."""
    catalogue = translations(language)
    assert [text for text in texts_in_source() if "： " in catalogue.gettext(text)] == []
    ending = {text for text in texts_in_source() if catalogue.gettext(text).endswith("：")}
    followed = {
        (path.name, text)
        for path in TEMPLATES.rglob("*.html")
        for text in ending
        if f'{{{{ _("{text}") }}}} ' in path.read_text(encoding="utf-8")
    }
    assert followed == set()


@pytest.mark.parametrize(("language", "other_word"), [("zh-Hans", "顾客"), ("zh-Hant", "顧客")])
def test_a_customer_is_called_by_one_word_in_chinese(language: str, other_word: str) -> None:
    catalogue = translations(language)
    mixed = [text for text in texts_in_source() if other_word in catalogue.gettext(text)]
    assert mixed == []
    assert other_word not in WIDGET.read_text(encoding="utf-8")


def test_the_chat_has_the_same_texts_in_every_language_with_the_same_places() -> None:
    texts = json.loads(WIDGET.read_text(encoding="utf-8"))
    assert set(texts) == set(LANGUAGES)
    for key, english in texts["en"].items():
        for language in LANGUAGES:
            assert texts[language].get(key), f"{key} in {language}"
            assert places(texts[language][key]) == places(english), f"{key} in {language}"
    for language in LANGUAGES:
        assert set(texts[language]) == set(texts["en"])


def test_a_missing_translation_falls_back_to_english() -> None:
    assert translate("zh-Hans", "no such text {n}", n=3) == "no such text 3"


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
        ("fr", "en"),
        (None, "en"),
    ],
)
def test_codes_of_browsers_become_languages_we_have(code: str | None, language: str) -> None:
    assert known_language(code) == language
