"""The life of an article."""

import pytest

from knowledge_base.articles import operations, queries
from knowledge_base.articles.rules import (
    ArticleConflict,
    ArticleExists,
    ArticleFields,
    ArticleInvalid,
    ArticleNotFound,
    MoveNotAllowed,
)
from storage.engine import Database

FIELDS = ArticleFields("How do I return an item?", "In my orders.", ("return policy", "send back"), "returns", ("t",))


@pytest.fixture
def article(database: Database) -> Database:
    with database.writing() as session:
        operations.create_article(session, "return", "en", FIELDS, "ann", "first")
    return database


def counter(database: Database) -> int:
    with database.reading() as session:
        return queries.read_counter(session)


def test_create_writes_a_draft_and_its_first_version(article: Database) -> None:
    with article.reading() as session:
        found = queries.find_article(session, "return", "en")
        assert found is not None
        assert (found.state, found.revision, found.change, found.author) == ("draft", 1, 1, "ann")
        assert operations.fields_of(found) == FIELDS
        assert [version.reason for version in queries.list_versions(session, found.id)] == ["first"]
        assert queries.published_articles(session) == []


def test_the_same_key_and_language_twice(article: Database) -> None:
    with pytest.raises(ArticleExists), article.writing() as session:
        operations.create_article(session, "return", "en", FIELDS, "bob")
    with article.writing() as session:
        operations.create_article(session, "return", "zh-Hans", FIELDS, "bob")
    with article.reading() as session:
        assert [found.language for found in queries.list_translations(session, "return")] == ["en", "zh-Hans"]


def test_save_writes_a_version_and_bumps_the_counter(article: Database) -> None:
    shorter = ArticleFields("How can I return it?", "Like this.", ("send back",))
    before = counter(article)
    with article.writing() as session:
        saved = operations.save_article(session, "return", "en", shorter, "bob", expected_revision=1, reason="why")
        assert (saved.revision, saved.author) == (2, "bob")
    assert counter(article) == before + 1
    with article.reading() as session:
        found = queries.find_article(session, "return", "en")
        assert found is not None
        assert operations.fields_of(found) == shorter
        newest = queries.list_versions(session, found.id)[0]
        assert (newest.revision, newest.author, newest.reason) == (2, "bob", "why")


def test_saving_the_same_again_writes_no_version(article: Database) -> None:
    with article.writing() as session:
        assert operations.save_article(session, "return", "en", FIELDS, "bob", 1).revision == 1


def test_two_authors_at_once(article: Database) -> None:
    with article.writing() as session:
        operations.save_article(session, "return", "en", ArticleFields("q1", "a"), "bob", expected_revision=1)
    with pytest.raises(ArticleConflict) as conflict, article.writing() as session:
        operations.save_article(session, "return", "en", ArticleFields("q2", "a"), "cem", expected_revision=1)
    assert (conflict.value.found, conflict.value.author) == (2, "bob")
    with article.reading() as session:
        found = queries.find_article(session, "return", "en")
        assert found is not None
        assert found.question == "q1"


def test_bad_fields_are_named(article: Database) -> None:
    with pytest.raises(ArticleInvalid) as invalid, article.writing() as session:
        operations.save_article(session, "return", "en", ArticleFields("", ""), "bob", 1)
    assert invalid.value.problems == {"question": "article.question_empty", "answer": "article.answer_empty"}
    with pytest.raises(ArticleInvalid) as invalid, article.writing() as session:
        operations.create_article(session, "", "fr", FIELDS, "bob")
    assert set(invalid.value.problems) == {"key", "language"}


def test_publish_archive_and_moves_that_are_not_allowed(article: Database) -> None:
    with article.writing() as session:
        operations.change_state(session, "return", "en", "published", "ann")
        assert [found.key for found in queries.published_articles(session)] == ["return"]
    with article.writing() as session:
        operations.change_state(session, "return", "en", "archived", "ann", expected_revision=2)
        assert queries.published_articles(session) == []
    with pytest.raises(MoveNotAllowed), article.writing() as session:
        operations.change_state(session, "return", "en", "archived", "ann")
    with pytest.raises(ArticleNotFound), article.writing() as session:
        operations.change_state(session, "missing", "en", "published", "ann")


def test_restore_an_earlier_version(article: Database) -> None:
    with article.writing() as session:
        operations.save_article(session, "return", "en", ArticleFields("other", "a"), "bob", 1)
    with article.writing() as session:
        restored = operations.restore_version(session, "return", "en", 1, "ann", expected_revision=2)
        assert restored.revision == 3
        assert operations.fields_of(restored) == FIELDS
