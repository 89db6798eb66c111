"""What all parts of a search find together, with the built-in encoders."""

import pytest

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.calibration import calibrated
from knowledge_base.encoders import Encoder, load_encoder
from knowledge_base.index import IndexSnapshot, build_snapshot, updated
from knowledge_base.lexical import TextFeatures
from knowledge_base.matching import find_matches, find_matches_among, find_matches_without
from knowledge_base.search import search

ARTICLES = {
    "return": ("How do I return an item?", "I want to send it back", "take back what I bought", "return policy"),
    "refund": ("When do I get my money back?", "refund not received yet", "how long does a refund take"),
    "charging": ("My phone does not charge", "the battery stays empty", "charger plugged in and nothing happens"),
    "hours": ("When are you open?", "opening hours of the shop", "until when is the shop open"),
}
CHINESE = PublishedArticle("hours", "zh-Hans", "几点开门", "x", "", (), ())
FEATURES = TextFeatures()


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="module")
def english(encoder: Encoder) -> IndexSnapshot:
    articles = [
        PublishedArticle(key, "en", phrasings[0], f"answer of {key}", "", (), phrasings[1:])
        for key, phrasings in ARTICLES.items()
    ]
    return calibrated(build_snapshot(1, articles, encoder, {}, FEATURES), encoder)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("怎么把东西退回去", "return"),
        ("退款什麼時候到帳", "refund"),
        ("iPhone 充不了电", "charging"),
        ("你们几点开门", "hours"),
        ("how can I send this back to you", "return"),
        ("wen do i get my mony back", "refund"),
        ("ＷＨＥＮ ａｒｅ ｙｏｕ ｏｐｅｎ", "hours"),
    ],
)
def test_questions_in_any_script_find_the_english_article(
    english: IndexSnapshot, encoder: Encoder, query: str, key: str
) -> None:
    found = search(english, encoder, query, "en")
    assert found.candidates[0].article_id == key


@pytest.mark.parametrize("query", ["梦见掉牙是什么预兆", "who invented the telephone"])
def test_questions_of_another_field_are_refused(english: IndexSnapshot, encoder: Encoder, query: str) -> None:
    assert search(english, encoder, query, "en").decision == "none"


def test_on_what_ground_an_article_is_compared_depends_on_query_and_phrasing(
    english: IndexSnapshot, encoder: Encoder
) -> None:
    mixed = build_snapshot(2, [*english.articles.values(), CHINESE], encoder, {})
    grounds = {match.article: match.features.ground for match in find_matches(mixed, encoder, "几点开门")}
    assert grounds[mixed.keys.index("hours")] == "aligned"
    assert grounds[mixed.keys.index("return")] == "across"
    assert {match.features.ground for match in find_matches(mixed, encoder, "return policy")} == {"meaning"}


def test_the_supports_are_the_same_whether_an_article_is_compared_in_part_or_in_full(
    english: IndexSnapshot, encoder: Encoder
) -> None:
    likely = find_matches(english, encoder, "where is my refund")
    whole = find_matches_among(english, encoder, "where is my refund", english.keys)
    assert likely[0].article == whole[0].article
    assert likely[0].features.dense_support == pytest.approx(whole[0].features.dense_support)
    assert likely[0].features.lexical_support == pytest.approx(whole[0].features.lexical_support)


def test_a_phrasing_asks_as_if_its_article_did_not_hold_it(english: IndexSnapshot, encoder: Encoder) -> None:
    entry = next(number for number, each in enumerate(english.entries) if each.text == "return policy")
    own = english.keys.index("return")
    answerable, unanswerable = find_matches_without(english, encoder, entry, None)
    assert next(match for match in answerable if match.article == own).features.dense < 0.999
    assert own not in {match.article for match in unanswerable}


def test_a_new_article_is_found_before_anything_is_learned_anew(english: IndexSnapshot, encoder: Encoder) -> None:
    from knowledge_base.lexical import TextFeatures

    fresh = PublishedArticle(
        "gift", "en", "Do you wrap gifts?", "Yes.", "", (), ("gift wrapping", "wrapped as a present")
    )
    made = updated(english, 2, [fresh], set(), encoder, TextFeatures())
    assert made.head is not None
    assert search(made, encoder, "can you wrap it as a gift", "en").candidates[0].article_id == "gift"
