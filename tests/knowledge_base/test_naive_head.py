"""The head that weighs an article's phrasings as a whole, and what it changes in a search."""

import numpy as np
import pytest

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.decision import Features, strength_of
from knowledge_base.encoders import NoEncoder
from knowledge_base.index import IndexSnapshot, build_snapshot
from knowledge_base.matching import find_matches, find_matches_among, find_matches_without
from knowledge_base.naive_head import NaiveHead
from knowledge_base.search import is_keyword, search

pytestmark = pytest.mark.fast

PHRASINGS = {
    "refund": ("when do I get my money back", "refund not received yet", "退款多久到账", "退款还没到"),
    "return": ("how do I send something back", "return policy", "怎么退货", "我想退货", "退货流程"),
    "parcel": ("where is my parcel", "track my order", "我的快递到哪了", "查快递"),
}


def head() -> NaiveHead:
    texts = [text for phrasings in PHRASINGS.values() for text in phrasings]
    owners = [number for number, phrasings in enumerate(PHRASINGS.values()) for _ in phrasings]
    return NaiveHead(texts, np.array(owners, dtype=np.int64), len(PHRASINGS))


def snapshot() -> IndexSnapshot:
    articles = [
        PublishedArticle(key, "zh-Hans", phrasings[0], f"answer of {key}", "", (), phrasings[1:])
        for key, phrasings in PHRASINGS.items()
    ]
    return build_snapshot(1, articles, NoEncoder(), {})


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("is my money back yet", "refund"),
        ("我的退款到账了吗", "refund"),
        ("退貨怎麼退", "return"),
        ("sending it back, what is the policy", "return"),
        ("我的快遞", "parcel"),
        ("track the parcel of my order", "parcel"),
    ],
)
def test_the_article_whose_words_a_query_uses_is_preferred(query: str, key: str) -> None:
    assert list(PHRASINGS)[int(np.argmax(head().scores(query)))] == key


@pytest.mark.parametrize("query", ["", "😀", "zzz qqq", "天氣預報"])
def test_words_that_no_article_has_speak_for_none(query: str) -> None:
    assert head().scores(query).tolist() == [0.0] * len(PHRASINGS)


def test_unknown_words_beside_known_ones_make_the_head_less_sure() -> None:
    known = head().scores("退款到账")[0]
    assert 0 < head().scores("退款到账 zzzz qqqq vvvv")[0] < known


def test_a_head_without_articles_scores_nothing() -> None:
    assert NaiveHead([], np.array([], dtype=np.int64), 0).scores("退款").shape == (0,)


def test_an_article_is_scored_as_if_it_did_not_hold_the_phrasing_that_asks() -> None:
    text = "refund not received yet"
    whole, without = head().scores(text), head().scores_without(text, 0)
    assert without[0] < whole[0]
    assert np.argsort(without[1:]).tolist() == np.argsort(whole[1:]).tolist()


def test_leaving_a_phrasing_out_is_the_same_as_a_head_that_never_saw_it() -> None:
    left_out = "退款还没到"
    texts = [text for phrasings in PHRASINGS.values() for text in phrasings]
    owners = [number for number, phrasings in enumerate(PHRASINGS.values()) for _ in phrasings]
    kept = [(text, owner) for text, owner in zip(texts, owners, strict=True) if text != left_out]
    fresh = NaiveHead([text for text, _ in kept], np.array([owner for _, owner in kept]), len(PHRASINGS))
    expected, found = fresh.scores(left_out), head().scores_without(left_out, 0)
    # How rare a word is in all articles is counted with the phrasing, so that the two are near and not equal.
    np.testing.assert_allclose(found, expected, atol=0.6)


def test_the_calibration_asks_without_the_phrasing_and_without_its_article() -> None:
    made = snapshot()
    entry = next(number for number, each in enumerate(made.entries) if each.text == "我想退货")
    own = made.keys.index("return")
    without_phrasing, without_article = find_matches_without(made, NoEncoder(), entry, None)
    full = find_matches(made, NoEncoder(), "我想退货")
    assert full[0].article == without_phrasing[0].article == own
    assert strength_of(without_phrasing[0].features) < strength_of(full[0].features)
    assert own not in [match.article for match in without_article]


def test_among_a_few_articles_only_these_are_looked_at_however_far_they_are() -> None:
    made = snapshot()
    found = find_matches_among(made, NoEncoder(), "怎么退货", {"refund", "parcel"})
    assert {made.keys[match.article] for match in found} == {"refund", "parcel"}
    assert made.keys[found[0].article] == "refund"
    assert find_matches_among(made, NoEncoder(), "怎么退货", {"gone"}) == []
    assert find_matches_among(made, NoEncoder(), "", {"refund"}) == []


def test_the_features_of_a_match_hold_what_the_head_says() -> None:
    features = find_matches(snapshot(), NoEncoder(), "退款到账")[0].features
    assert isinstance(features, Features)
    assert features.naive > 0


@pytest.mark.parametrize("query", ["退货", "return", "refund?", "  Invoice ", "運費", "FAQ"])
def test_a_single_word_is_a_keyword(query: str) -> None:
    assert is_keyword(query)


@pytest.mark.parametrize("query", ["怎么退货", "return policy", "how do I return it", "退款多久"])
def test_a_question_is_none(query: str) -> None:
    assert not is_keyword(query)


def test_a_keyword_that_fits_several_articles_is_asked_back_rather_than_guessed() -> None:
    articles = [
        PublishedArticle("return-an-item", "zh-Hans", "怎么退货", "x", "", (), ("我想退货", "退货流程")),
        PublishedArticle("return-fee", "zh-Hans", "退货要钱吗", "y", "", (), ("退货运费谁出", "退货邮费")),
        PublishedArticle("invoice", "zh-Hans", "怎么开发票", "z", "", (), ("要发票", "电子发票")),
    ]
    made = build_snapshot(1, articles, NoEncoder(), {})
    result = search(made, NoEncoder(), "退货", "zh-Hans")
    assert result.decision == "choices"
    assert {each.article_id for each in result.choices} >= {"return-an-item", "return-fee"}


def test_a_word_that_nothing_is_about_finds_nothing() -> None:
    assert search(snapshot(), NoEncoder(), "qqqqq", "en").decision == "none"
