"""The others that ours is measured beside."""

import pytest

from benchmarks.rivals import Bm25, Phrasing, bm25, nearest_variant, tokens
from tests.knowledge_base.fakes import FakeEncoder

pytestmark = pytest.mark.fast

PHRASINGS = [
    Phrasing("return", "send the item back"),
    Phrasing("return", "退货"),
    Phrasing("pay", "pay by card"),
    Phrasing("pay", "微信支付"),
]


def test_bm25_reads_words_and_chinese_characters_with_their_pairs() -> None:
    assert tokens("Can I 退貨 2 items?") == ["can", "i", "退", "货", "退货", "2", "items"]


def test_bm25_scores_as_a_search_engine_does() -> None:
    # What the library bm25s 0.3.16 gives for these texts (method "lucene", k1 1.5, b 0.75).
    index = Bm25(["a b", "b c c", "?"])
    assert index.scores("b c").tolist() == pytest.approx([0.1724784, 0.5840678, 0.0])
    assert index.scores("zz").tolist() == index.scores("").tolist() == [0, 0, 0]


def test_bm25_takes_all_phrasings_of_an_article_as_one_text() -> None:
    both, neither, chinese = bm25(PHRASINGS, ["send 退货", "poem", "用微信支付吗"])
    assert both.keys == ("return",)
    assert (neither.keys, neither.score) == ((), 0.0)
    assert chinese.keys == ("pay",)
    assert both.score > bm25(PHRASINGS, ["send"])[0].score > 0


def test_the_nearest_variant_has_the_greatest_cosine() -> None:
    (found,) = nearest_variant(FakeEncoder())(PHRASINGS, ["pay with a card"])
    assert found.keys[0] == "pay"
    assert found.score == pytest.approx(2 / 9**0.5)
    assert found.milliseconds > 0
