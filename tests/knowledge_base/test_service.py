"""Loading, refreshing and searching."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge_base.articles import operations
from knowledge_base.articles.rules import ArticleFields
from knowledge_base.duplicates import find_duplicates
from knowledge_base.encoders import NoEncoder, load_encoder
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from tests.knowledge_base.fakes import FakeEncoder


@pytest.mark.parametrize(
    ("text", "language", "key"),
    [
        ("怎么退货", "zh-Hans", "return-an-item"),
        ("退款多久到帳？", "zh-Hant", "refund-time"),
        ("how do I return an item", "en", "return-an-item"),
        ("where's my parcel", "en", "track-a-parcel"),
    ],
)
def test_answers(shop: KnowledgeBase, text: str, language: str, key: str) -> None:
    result = shop.search(text, language)
    assert result.candidates[0].article_id == key
    assert result.decision == "answer"
    assert result.answer == shop.snapshot.articles[key, language].answer


@pytest.mark.parametrize(
    "text", ["", "  ", "😀😀", "?!…", "12345", "帮我写一首诗", "what is the capital of France", "\0", "a" * 20_000]
)
def test_says_nothing_when_nothing_fits(shop: KnowledgeBase, text: str) -> None:
    result = shop.search(text, "en")
    assert (result.decision, result.answer, result.choices) == ("none", "", ())
    assert len(result.query) <= 1_000


def test_shows_the_article_in_the_next_best_language(shop: KnowledgeBase) -> None:
    result = shop.search("我的快遞到哪了", "zh-Hant")
    assert (result.candidates[0].article_id, result.candidates[0].language) == ("track-a-parcel", "zh-Hans")
    assert shop.article("missing", "en") is None


def test_probabilities_are_sorted_and_bounded(shop: KnowledgeBase) -> None:
    values = [candidate.probability for candidate in shop.search("return my order", "en").candidates]
    assert values == sorted(values, reverse=True)
    assert all(0 <= value <= 1 for value in values)


def test_trail_is_plain_json(shop: KnowledgeBase) -> None:
    trail = shop.search("怎么退货", "zh-Hans").as_trail()
    assert trail["candidates"][0]["dense"] is None
    assert trail["index_version"] == shop.version


def test_an_edit_is_found_after_refresh_and_only_new_texts_are_encoded(
    database: Database, shop: KnowledgeBase, encoder: FakeEncoder
) -> None:
    assert shop.refresh() is False
    encoder.encoded.clear()
    with database.writing() as session:
        fields = ArticleFields("Do you sell gift cards?", "Yes.", ("gift voucher",))
        operations.create_article(session, "gift-cards", "en", fields, "ann", state="published")
    assert shop.search("gift voucher", "en").decision == "none"
    encoder.encoded.clear()
    assert shop.refresh() is True
    assert encoder.encoded == ["Do you sell gift cards?", "gift voucher"]
    assert shop.search("gift voucher", "en").candidates[0].article_id == "gift-cards"
    with database.writing() as session:
        operations.change_state(session, "gift-cards", "en", "archived", "ann")
    assert shop.refresh() is True
    assert shop.article("gift-cards", "en") is None


def test_an_edit_is_searched_before_scores_are_weighed_anew(database: Database, shop: KnowledgeBase) -> None:
    before = shop.snapshot.calibration
    assert shop.recalibrate() is False
    with database.writing() as session:
        fields = ArticleFields("Do you sell gift cards?", "Yes.", ("gift voucher", "a voucher as a present"))
        operations.create_article(session, "gift-cards", "en", fields, "ann", state="published")
    shop.refresh()
    assert shop.snapshot.calibration == before
    assert shop.recalibrate() is True
    assert shop.snapshot.calibration != before
    assert shop.article("gift-cards", "en") is not None
    assert shop.recalibrate() is False


def test_drafts_are_not_found(database: Database, shop: KnowledgeBase) -> None:
    with database.writing() as session:
        operations.create_article(session, "draft", "en", ArticleFields("secret sale", "x"), "ann")
    shop.refresh()
    assert shop.article("draft", "en") is None


def test_an_empty_knowledge_base(database: Database) -> None:
    knowledge_base = KnowledgeBase(database, NoEncoder())
    assert knowledge_base.search("怎么退货", "zh-Hans").decision == "none"
    assert knowledge_base.version == 0


def test_a_single_article_with_a_single_phrasing(database: Database, encoder: FakeEncoder) -> None:
    with database.writing() as session:
        operations.create_article(session, "a", "en", ArticleFields("opening hours", "x"), "ann", state="published")
    knowledge_base = KnowledgeBase(database, encoder)
    assert knowledge_base.search("opening hours", "en").answer == "x"
    assert knowledge_base.search("poem about the sea", "en").decision == "none"


def test_vectors_are_kept_between_starts(
    database: Database, shop: KnowledgeBase, shop_file: Path, tmp_path: Path
) -> None:
    first, second = FakeEncoder(), FakeEncoder()
    before = KnowledgeBase(database, first, cache=tmp_path)
    before.load()
    before.settle()
    assert first.encoded
    again = KnowledgeBase(database, second, cache=tmp_path)
    again.load()
    assert second.encoded == []
    assert again.search("return policy", "en").candidates == shop.search("return policy", "en").candidates
    next(tmp_path.glob("vectors-*.bin")).write_bytes(b"damaged")
    third = FakeEncoder()
    KnowledgeBase(database, third, cache=tmp_path).load()
    assert len(third.encoded) == len(first.encoded)


def test_several_threads_at_once(shop: KnowledgeBase) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shop.search("怎么退货", "zh-Hans").candidates[0].article_id, range(50)))
        pool.submit(shop.load)
    assert set(found) == {"return-an-item"}


@pytest.mark.parametrize("text", ["and that?", "what about sunday then, dear", "还有呢", "😀"])
def test_what_only_makes_sense_as_a_follow_up_is_never_answered_outright(shop: KnowledgeBase, text: str) -> None:
    if shop.search(text, "en").decision != "answer":
        assert shop.search(text, "en", context="how do I return an item").decision != "answer"


def test_a_follow_up_that_adds_nothing_does_not_repeat_the_old_answer(shop: KnowledgeBase) -> None:
    assert shop.search("tell me a joke", "en", context="how do I return an item").decision == "none"


def test_duplicates_are_found(database: Database, shop: KnowledgeBase) -> None:
    assert find_duplicates(shop.snapshot) == []
    with database.writing() as session:
        fields = ArticleFields("How do I return an item", "x")
        operations.create_article(session, "returns", "en", fields, "ann", state="published")
    shop.refresh()
    pairs = [(found.first, found.second) for found in find_duplicates(shop.snapshot)]
    assert pairs == [("return-an-item", "returns")]


@pytest.mark.fast
def test_lexical_search_alone_covers_no_text_with_vectors() -> None:
    assert not load_encoder("none").covers("text")
