"""Ready replies: what they may hold, and how their words become a reply."""

from typing import Any

import pytest

from support.macros.rules import (
    MacroRefused,
    checked_shortcut,
    checked_steps,
    checked_texts,
    filled,
    words_for,
)

pytestmark = pytest.mark.fast

KNOWN = {"customer": "Li Na", "agent": "Mei", "number": "T-1001", "order": "LT-88412"}


@pytest.mark.parametrize(
    ("words", "with_all", "with_nothing"),
    [
        ("Hello {customer}, thank you.", "Hello Li Na, thank you.", "Hello, thank you."),
        ("{customer}您好，我来查。", "Li Na您好，我来查。", "您好，我来查。"),
        ("您好，{customer}！", "您好，Li Na！", "您好！"),
        ("Your order {order} is on its way.", "Your order LT-88412 is on its way.", "Your order is on its way."),
        ("It is sent (order {order}).", "It is sent (order LT-88412).", "It is sent (order)."),
        ("It is sent ({order}).", "It is sent (LT-88412).", "It is sent."),
        ("Hi {customer|there}!", "Hi Li Na!", "Hi there!"),
    ],
)
def test_places_are_filled_and_what_is_not_known_leaves_no_gap(words: str, with_all: str, with_nothing: str) -> None:
    assert filled(words, KNOWN) == with_all
    assert filled(words, {}) == with_nothing


def test_lines_without_a_place_stay_as_they_were_written() -> None:
    assert filled("  two  spaces ,\nHello {customer}", {}) == "  two  spaces ,\nHello"


def test_what_a_customer_is_called_is_not_read_as_a_place_again() -> None:
    assert filled("Hello {customer}", {"customer": "{agent}", "agent": "Mei"}) == "Hello {agent}"


@pytest.mark.parametrize(
    ("there", "language", "code"),
    [
        (("en", "zh-Hans", "zh-Hant"), "zh-Hant", "zh-Hant"),
        (("en", "zh-Hans"), "zh-Hant", "zh-Hans"),
        (("en", "zh-Hant"), "zh-Hans", "zh-Hant"),
        (("zh-Hant",), "en", "zh-Hant"),
        (("en",), "zh-Hans", "en"),
    ],
)
def test_words_are_taken_in_the_language_that_fits_best(there: tuple[str, ...], language: str, code: str) -> None:
    assert words_for({each: f"in {each}" for each in there}, language) == (f"in {code}", code)


def test_a_shortcut_is_one_small_word_however_it_is_typed() -> None:
    assert checked_shortcut(" /Refund-2 ") == "refund-2"
    assert checked_shortcut("退款") == "退款"
    for wrong in ("", "/", "two words", "a/b", "-", "x" * 41):
        with pytest.raises(MacroRefused):
            checked_shortcut(wrong)


@pytest.mark.parametrize(
    ("texts", "code"),
    [({}, "texts"), ({"en": "  "}, "texts"), ({"en": "Hi {name}"}, "place"), ({"en": "x" * 4001}, "too_long")],
)
def test_words_that_cannot_be_sent_are_refused(texts: dict[str, str], code: str) -> None:
    with pytest.raises(MacroRefused) as refused:
        checked_texts(texts)
    assert refused.value.code == code


def test_steps_are_done_in_their_order_with_the_tags_first() -> None:
    given: list[dict[str, Any]] = [
        {"kind": "resolve", "category": "payment", "note": " Paid back. ", "more": 1},
        {"kind": "tag", "value": "refund"},
    ]
    assert checked_steps(given) == [
        {"kind": "tag", "value": "refund"},
        {"kind": "resolve", "category": "payment", "note": "Paid back."},
    ]


@pytest.mark.parametrize(
    "steps",
    [
        [{"kind": "erase"}],
        [{"kind": "tag", "value": " "}],
        [{"kind": "snooze", "hours": 0}],
        [{"kind": "snooze", "hours": "2"}],
        [{"kind": "resolve", "category": "nonsense", "note": "x"}],
        [{"kind": "resolve", "category": "payment", "note": ""}],
        [{"kind": "transfer"}],
        [{"kind": "waiting"}, {"kind": "resolve", "category": "payment", "note": "x"}],
        [{"kind": "snooze", "hours": 2}, {"kind": "resolve", "category": "payment", "note": "x"}],
    ],
)
def test_steps_that_cannot_be_done_or_do_not_go_together_are_refused(steps: list[dict[str, Any]]) -> None:
    with pytest.raises(MacroRefused):
        checked_steps(steps)
