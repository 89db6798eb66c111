"""The question itself, without the words that frame it."""

import pytest

from knowledge_base.framing import without_frame

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我就想知道退款啥时候到账", "退款啥时候到账"),
        ("那個不好意思我想問一下就是退款多久", "退款多久"),
        ("Hi! I just wanted to know how long a refund takes", "how long a refund takes"),
        ("订单号20250312-77841 帮我看下包裹到哪了", "帮我看下包裹到哪了"),
        ("where is order LT-6610293", "where is"),
        ("怎么退货", "怎么退货"),
        ("how do I return an item", "how do i return an item"),
    ],
)
def test_polite_words_around_a_question_are_left_out(text: str, left: str) -> None:
    assert without_frame(text).strip(" ,!，") == left


@pytest.mark.parametrize("text", ["请问", "hello", "你好", "?"])
def test_nothing_but_framing_stays_as_it_is(text: str) -> None:
    assert without_frame(text) == text
