"""Edits taken into the index: only what changed is read, and what comes of it is what a fresh start would find."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread

import pytest
from sqlalchemy import delete, event

from knowledge_base import index, service
from knowledge_base.articles import operations
from knowledge_base.articles.importing import ImportedArticle, import_checked, import_text
from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.articles.rules import ArticleFields
from knowledge_base.articles.tables import Article
from knowledge_base.index import IndexSnapshot
from knowledge_base.segments import Base
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from tests.knowledge_base.fakes import FakeEncoder

KEYS = [f"key-{number:02}" for number in range(40)]
QUERIES = ("return 7 things", "发票 12", "pay the invoice 12", "怎么退货", "zebra")


def fields(number: int, *more: str) -> ArticleFields:
    return ArticleFields(
        f"How to pay invoice {number}", "x", (f"发票 {number} 怎么付", f"return {number} things", *more)
    )


def create(database: Database, *keys: str, more: str = "zebra") -> None:
    with database.writing() as session:
        for key in keys:
            number = int(key[-2:])
            operations.create_article(session, key, "en", fields(number, more), "ann", state="published")


def archive(database: Database, key: str) -> None:
    with database.writing() as session:
        operations.change_state(session, key, "en", "archived", "ann")


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every knowledge base counts as big; merging is left to the tests."""
    monkeypatch.setattr(index, "SMALL", 0)
    monkeypatch.setattr(KnowledgeBase, "_merge_if_worn", lambda _: None)


@pytest.fixture
def shop(database: Database) -> KnowledgeBase:
    """A loaded knowledge base of 40 articles with 4 phrasings each."""
    with database.writing() as session:
        articles = [ImportedArticle(key, "en", fields(number, "zebra")) for number, key in enumerate(KEYS)]
        import_checked(session, (articles, ()), "ann", "")
    made = KnowledgeBase(database, FakeEncoder())
    made.load()
    return made


def merge(knowledge_base: KnowledgeBase) -> None:
    knowledge_base._merge(knowledge_base.snapshot, knowledge_base._features)


def found(knowledge_base: KnowledgeBase, query: str) -> list[tuple[str, str, float | None]]:
    result = knowledge_base.search(query, "en")
    return sorted((each.article_id, each.variant, each.dense) for each in result.candidates)


def assert_as_after_a_fresh_start(knowledge_base: KnowledgeBase, database: Database) -> None:
    fresh = KnowledgeBase(database, FakeEncoder())
    fresh.load()
    one, other = knowledge_base.snapshot, fresh.snapshot
    assert one.version == other.version
    assert one.entries == other.entries
    assert one.keys == other.keys
    assert one.article_of.tolist() == other.article_of.tolist()
    assert one.articles == other.articles
    for entry in one.entries:
        assert (entry.text in one.vectors) == (entry.text in other.vectors)
    for query in QUERIES:
        scores = one.lexical.scores(query)
        assert scores.shape == (len(one.entries),)
        # How rare words are is counted anew when the base is: the best stay the best.
        assert {one.entries[place].text for place in (scores > 0.99).nonzero()[0]} == {
            other.entries[place].text for place in (other.lexical.scores(query) > 0.99).nonzero()[0]
        }
        assert one.lexical.unknown_share(query) == pytest.approx(other.lexical.unknown_share(query), abs=0.05)
        if one.dense and other.dense:
            vector = FakeEncoder().encode([query])
            assert one.dense.nearest(vector, 500)[1] == pytest.approx(other.dense.nearest(vector, 500)[1], abs=1e-5)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """The SQL that was run."""
    seen: list[str] = []

    def see(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", see)
    yield seen
    event.remove(database.engine, "before_cursor_execute", see)


@pytest.mark.usefixtures("big")
class TestOfABigKnowledgeBase:
    def test_a_new_article_is_found(self, database: Database, shop: KnowledgeBase) -> None:
        create(database, "key-77", more="a giraffe")
        shop.refresh()
        assert shop.search("a giraffe", "en").candidates[0].article_id == "key-77"
        assert_as_after_a_fresh_start(shop, database)

    def test_an_article_between_others_moves_their_numbers_and_nothing_else(
        self, database: Database, shop: KnowledgeBase
    ) -> None:
        with database.writing() as session:
            new = ArticleFields("giraffe", "x")
            operations.create_article(session, "key-00-and-a-half", "en", new, "ann", state="published")
        shop.refresh()
        assert shop.snapshot.keys[1] == "key-00-and-a-half"
        for number, key in enumerate(KEYS):
            best = shop.search(f"return {number} things", "en").candidates[0]
            assert (best.article_id, best.variant) == (key, f"return {number} things")
        assert_as_after_a_fresh_start(shop, database)

    def test_an_edited_article_is_found_by_its_new_words_only(self, database: Database, shop: KnowledgeBase) -> None:
        with database.writing() as session:
            operations.save_article(session, "key-07", "en", fields(7, "giraffe"), "ann", expected_revision=1)
        shop.refresh()
        assert shop.search("giraffe", "en").candidates[0].article_id == "key-07"
        assert ("key-07", "zebra") not in [each[:2] for each in found(shop, "zebra")]
        assert_as_after_a_fresh_start(shop, database)

    def test_an_archived_article_is_found_no_more(self, database: Database, shop: KnowledgeBase) -> None:
        archive(database, "key-07")
        shop.refresh()
        assert "key-07" not in [each[0] for each in found(shop, "return 7 things")]
        assert_as_after_a_fresh_start(shop, database)

    def test_articles_that_come_and_go_and_come_again(self, database: Database, shop: KnowledgeBase) -> None:
        for _ in range(3):
            archive(database, "key-07")
            shop.refresh()
            with database.writing() as session:
                operations.change_state(session, "key-07", "en", "draft", "ann")
                operations.change_state(session, "key-07", "en", "published", "ann")
            shop.refresh()
        assert shop.search("return 7 things", "en").candidates[0].article_id == "key-07"
        assert_as_after_a_fresh_start(shop, database)

    def test_a_restored_version_is_found(self, database: Database, shop: KnowledgeBase) -> None:
        with database.writing() as session:
            operations.save_article(session, "key-07", "en", fields(7, "giraffe"), "ann", expected_revision=1)
        shop.refresh()
        with database.writing() as session:
            operations.restore_version(session, "key-07", "en", 1, "ann", expected_revision=2)
        shop.refresh()
        assert "giraffe" not in [entry.text for entry in shop.snapshot.entries]
        assert_as_after_a_fresh_start(shop, database)

    def test_an_import_is_found(self, database: Database, shop: KnowledgeBase) -> None:
        lines = '{"id": "key-07", "language": "en", "question": "giraffe", "answer": "y"}\n'
        lines += '{"id": "new", "language": "zh-Hans", "question": "长颈鹿", "answer": "z"}\n'
        with database.writing() as session:
            import_text(session, lines)
        shop.refresh()
        assert shop.search("giraffe", "en").candidates[0].article_id == "key-07"
        assert shop.search("长颈鹿", "zh-Hans").candidates[0].article_id == "new"
        assert_as_after_a_fresh_start(shop, database)

    def test_everything_may_go(self, database: Database, shop: KnowledgeBase) -> None:
        for key in KEYS:
            archive(database, key)
        shop.refresh()
        assert shop.snapshot.entries == ()
        assert shop.search("return 7 things", "en").decision == "none"
        merge(shop)
        create(database, "key-77")
        shop.refresh()
        assert shop.search("return 77 things", "en").candidates[0].article_id == "key-77"
        merge(shop)
        assert_as_after_a_fresh_start(shop, database)

    def test_edits_are_merged_into_the_base(self, database: Database, shop: KnowledgeBase) -> None:
        create(database, "key-77", more="giraffe")
        archive(database, "key-07")
        shop.refresh()
        calibration, naive = shop.snapshot.calibration, shop.snapshot.naive
        assert len(shop.snapshot.segments.delta.block) == 4
        merge(shop)
        assert len(shop.snapshot.segments.delta.block) == 0
        assert len(shop.snapshot.segments.base.block) == len(shop.snapshot.entries)
        assert (shop.snapshot.calibration, shop.snapshot.naive) == (calibration, naive)
        assert_as_after_a_fresh_start(shop, database)

    def test_edits_made_while_it_is_merged_are_kept(
        self, database: Database, shop: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create(database, "key-77", more="giraffe")
        shop.refresh()
        whole = service.merged_base

        def slowly(snapshot: IndexSnapshot, *others: object) -> Base:
            base = whole(snapshot, *others)
            create(database, "key-78", more="okapi")
            archive(database, "key-07")
            assert shop.refresh()
            assert shop.search("okapi", "en").candidates[0].article_id == "key-78"
            return base

        monkeypatch.setattr(service, "merged_base", slowly)
        merge(shop)
        assert len(shop.snapshot.segments.delta.block) == 4
        assert shop.search("okapi", "en").candidates[0].article_id == "key-78"
        assert "key-07" not in [each[0] for each in found(shop, "return 7 things")]
        assert_as_after_a_fresh_start(shop, database)

    def test_a_merge_that_was_begun_before_a_load_is_dropped(
        self, database: Database, shop: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = service.merged_base

        def slowly(snapshot: IndexSnapshot, *others: object) -> Base:
            shop.load()
            return whole(snapshot, *others)

        monkeypatch.setattr(service, "merged_base", slowly)
        merge(shop)
        assert shop.snapshot.segments.base.block.first.keys() == set(shop.snapshot.held.values())

    def test_only_what_changed_is_read_and_encoded(
        self, database: Database, shop: KnowledgeBase, statements: list[str]
    ) -> None:
        before = shop.snapshot
        create(database, "key-77", more="giraffe")
        statements.clear()
        shop.refresh()
        selects = [each for each in statements if each.startswith("SELECT")]
        assert all("change >" in each or "count(" in each or "counter" in each for each in selects)
        after = shop.snapshot
        assert all(after.articles[name] is article for name, article in before.articles.items())
        assert after.segments.base is before.segments.base

    def test_a_search_goes_on_with_the_snapshot_it_began_with(self, database: Database, shop: KnowledgeBase) -> None:
        before = shop.snapshot
        scores = before.lexical.scores("zebra").tolist()
        entries = before.entries
        for key in KEYS[:20]:
            archive(database, key)
            shop.refresh()
        merge(shop)
        assert before.lexical.scores("zebra").tolist() == scores
        assert before.entries == entries
        assert before.dense is not None
        assert before.dense.nearest(FakeEncoder().encode(["return 7 things"]), 1)[1] == pytest.approx([1])


def test_a_draft_that_changes_leaves_the_index_as_it_is(database: Database, shop: KnowledgeBase) -> None:
    before = shop.snapshot
    with database.writing() as session:
        operations.create_article(session, "draft", "en", fields(1), "ann")
    assert shop.refresh()
    assert shop.snapshot == replace(before, version=before.version + 1)


def test_articles_that_somebody_deleted_from_the_tables_go_with_the_next_edit(
    database: Database, shop: KnowledgeBase
) -> None:
    with database.writing() as session:
        session.execute(delete(Article).where(Article.key == "key-07"))
    create(database, "key-77")
    shop.refresh()
    assert shop.article("key-07", "en") is None
    assert_as_after_a_fresh_start(shop, database)


def test_an_older_state_of_the_database_is_read_as_a_whole(database: Database, shop: KnowledgeBase) -> None:
    version = shop.version
    shop._snapshot = replace(shop.snapshot, version=version + 5)
    assert shop.refresh()
    assert shop.version == version
    assert_as_after_a_fresh_start(shop, database)


def test_a_small_knowledge_base_is_always_as_after_a_fresh_start(database: Database, shop: KnowledgeBase) -> None:
    create(database, "key-77", more="giraffe")
    shop.refresh()
    fresh = KnowledgeBase(database, FakeEncoder())
    fresh.load()
    for query in QUERIES:
        assert shop.snapshot.lexical.scores(query) == pytest.approx(fresh.snapshot.lexical.scores(query), abs=1e-6)
    assert not shop.snapshot.worn


def test_a_worn_index_is_merged_behind_the_scenes_while_searches_and_edits_go_on(
    database: Database, shop: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "SMALL", 0)
    whole, begun, go_on = service.merged_base, Event(), Event()

    def slowly(*those: object) -> Base:
        begun.set()
        assert go_on.wait(60)
        return whole(*those)

    monkeypatch.setattr(service, "merged_base", slowly)
    create(database, *(f"key-{number}" for number in range(70, 80)), more="giraffe")
    shop.refresh()
    assert begun.wait(60)
    create(database, "key-80", more="okapi")
    shop.refresh()
    assert shop.search("okapi", "en").candidates[0].article_id == "key-80"
    go_on.set()
    shop.settle()
    assert len(shop.snapshot.segments.delta.block) == 4
    assert_as_after_a_fresh_start(shop, database)


def test_a_merge_that_fails_leaves_the_index_as_it_is_and_is_not_tried_again_at_once(
    database: Database, shop: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(index, "SMALL", 0)
    tried: list[int] = []

    def failing(*_: object) -> Base:
        tried.append(1)
        raise MemoryError

    monkeypatch.setattr(service, "merged_base", failing)
    create(database, *(f"key-{number}" for number in range(70, 80)), more="giraffe")
    for _ in range(3):
        shop.refresh()
        shop.settle()
    assert len(tried) == 1
    assert "could not be merged" in caplog.text
    assert_as_after_a_fresh_start(shop, database)


def test_searches_of_other_threads_see_one_state_or_the_other(database: Database, shop: KnowledgeBase) -> None:
    over, wrong = Event(), list[object]()

    def search() -> None:
        while not over.is_set():
            try:
                candidates = shop.search("return 7 things", "en").candidates
                assert candidates[0].article_id == "key-07"
            except Exception as error:
                wrong.append(error)

    threads = [Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(50, 65):
        create(database, f"key-{number}")
        shop.refresh()
        merge(shop)
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.fast
def test_the_naive_head_of_too_many_articles_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "NAIVE_ARTICLES", 1)
    articles = [PublishedArticle(key, "en", f"return {key}", "x", "", (), ()) for key in ("one", "two")]
    made = index.build_snapshot(1, articles, FakeEncoder(), {})
    assert made.naive.scores("return one").tolist() == [0, 0]
    assert made.naive.scores_without("return one", 0).tolist() == [0, 0]
