"""The rules of an article."""

import pytest

from knowledge_base.articles import rules
from knowledge_base.articles.rules import ArticleFields

pytestmark = pytest.mark.fast
GOOD = ArticleFields("How do I return an item?", "In my orders.", ("return policy",))


def test_good_fields_have_no_problem() -> None:
    assert rules.field_problems(GOOD) == {}
    assert rules.identity_problems("return-an-item", "zh-Hant") == {}


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        (ArticleFields(" ", "a"), "question", "article.question_empty"),
        (ArticleFields("q", ""), "answer", "article.answer_empty"),
        (ArticleFields("q" * 501, "a"), "question", "article.question_too_long"),
        (ArticleFields("q", "a" * 20_001), "answer", "article.answer_too_long"),
        (ArticleFields("q", "a", ("v" * 501,)), "variants", "article.variants_too_long"),
        (ArticleFields("q", "a", tuple(str(n) for n in range(201))), "variants", "article.variants_too_many"),
        (ArticleFields("q", "a", ("",)), "variants", "article.variants_empty"),
        (ArticleFields("退貨", "a", ("退货",)), "variants", "article.variants_repeated"),
        (ArticleFields("q", "a", ("My  Order", "my order")), "variants", "article.variants_repeated"),
        (ArticleFields("q", "a\0"), "answer", "article.answer_malformed"),
        (ArticleFields("q\ud800", "a"), "question", "article.question_malformed"),
        (ArticleFields("q", "a", category="c" * 101), "category", "article.category_too_long"),
    ],
)
def test_problems(fields: ArticleFields, field: str, message: str) -> None:
    assert rules.field_problems(fields) == {field: message}


def test_limits_themselves_are_allowed() -> None:
    fields = ArticleFields("q" * 500, "a" * 20_000, tuple(f"v{n}" for n in range(200)))
    assert rules.field_problems(fields) == {}


@pytest.mark.parametrize("key", ["return-an-item", "support.contacts - context:x", "really?", "退货", "0"])
def test_keys_of_other_systems_are_taken(key: str) -> None:
    assert rules.identity_problems(key, "en") == {}


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "article.key_empty"),
        (" a", "article.key_malformed"),
        ("a\nb", "article.key_malformed"),
        ("k" * 201, "article.key_too_long"),
    ],
)
def test_bad_keys(key: str, message: str) -> None:
    assert rules.identity_problems(key, "en") == {"key": message}


def test_unknown_language() -> None:
    assert rules.identity_problems("a", "zh-CN") == {"language": "article.language_unknown"}


def test_moves() -> None:
    assert rules.may_move("draft", "published")
    assert rules.may_move("archived", "draft")
    assert not rules.may_move("published", "published")
    assert not rules.may_move("published", "lost")


def test_cleaned_drops_blanks_and_empty_lines() -> None:
    fields = rules.cleaned(ArticleFields(" q ", "a\n", (" v ", ""), " c ", ("t", "t ", "")))
    assert fields == ArticleFields("q", "a", ("v",), "c", ("t",))
