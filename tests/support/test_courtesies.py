"""Courtesies are met as such while the dialogue server is away; questions never are."""

import pytest

from support.turns.courtesies import courtesy

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Thank you!", "thanks"),
        ("thanks a lot", "thanks"),
        ("谢谢您", "thanks"),
        ("謝謝！", "thanks"),
        ("Hi", "greeting"),
        ("您好，在吗？", "greeting"),
        ("thanks, bye", "farewell"),
        ("再見～", "farewell"),
        ("no, thanks", "no"),
        ("不用了", "no"),
        ("ok", "yes"),
        ("好的", "yes"),
    ],
)
def test_a_courtesy_is_recognised(text: str, kind: str) -> None:
    assert courtesy(text) == kind


@pytest.mark.parametrize("text", ["hi how do I return", "谢谢，怎么退货", "no signal", "可以退货吗", "okra", "", "?!"])
def test_words_with_a_question_are_no_courtesy(text: str) -> None:
    assert courtesy(text) is None
