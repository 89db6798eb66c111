"""Import and export of JSON lines."""

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.articles import queries
from knowledge_base.articles.exporting import export_text
from knowledge_base.articles.importing import (
    FileUnreadable,
    ImportRefused,
    ImportReport,
    check_lines,
    import_file,
    import_text,
    read_text,
)
from knowledge_base.articles.operations import change_state
from storage.engine import Database


def line(**changes: Any) -> str:
    fields = {"id": "a", "language": "en", "question": "q", "variants": [], "answer": "x", "category": "", "tags": []}
    return json.dumps({name: value for name, value in (fields | changes).items() if value is not ...})


def reasons(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ImportRefused) as refused:
        check_lines(text)
    return [(problem.line, problem.reason) for problem in refused.value.problems]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "not a JSON object"),
        (line(answer=...), '"answer" is missing'),
        (line(id=7), '"id" must be a text'),
        (line(variants="v"), '"variants" must be a list of texts'),
        (line(tags=[1]), '"tags" must be a list of texts'),
        (line(related="b"), '"related" must be a list of texts'),
        (line(related=[" "]), "the id of a related article is empty"),
        (line(related=["b" * 201]), "the id of a related article is longer than 200"),
        (line(related=["b"] * 11), "there are more than 10 related articles"),
        (line(language="zh-CN"), "unknown language"),
        (line(question="  "), "the question is empty"),
        (line(question="q" * 501), "the question is longer than 500"),
        (line(answer="x" * 20_001), "the answer is longer than 20000"),
        (line(variants=["v" * 501]), "a variant is longer than 500"),
        (line(answer="\0"), "cannot be stored"),
        (line(answer="\ud800"), "cannot be stored"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(bad: str, words: str) -> None:
    found = reasons(f"{line(id='first')}\n{bad}\n")
    assert [number for number, _ in found] == [2]
    assert words in found[0][1]


@pytest.mark.fast
def test_every_problem_is_reported() -> None:
    found = reasons("\n".join([line(), "{", line(answer=..., question=...), line(), line(id="b")]))
    assert [number for number, _ in found] == [2, 3, 3, 4]
    assert "already on line 1" in found[3][1]


@pytest.mark.fast
def test_blank_lines_optional_fields_and_unknown_fields() -> None:
    bare = line(variants=..., category=..., tags=..., url="x")
    articles, ignored = check_lines(f"\n{bare}\r\n\n")
    assert articles[0].fields.variants == ()
    assert ignored == ("url",)


@pytest.mark.fast
def test_a_line_separator_inside_a_text_is_no_line_end() -> None:
    text = json.dumps({"id": "a", "language": "en", "question": "q", "answer": "one\u2028two"}, ensure_ascii=False)
    assert check_lines(text)[0][0].fields.answer == "one\u2028two"


@pytest.mark.fast
def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes(b"{}\ncaf\xe9")
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(gzip.compress(b"x" * 5000)[:-20])
    fake = tmp_path / "fake.gz"
    fake.write_bytes(b"{}")
    cases = (
        (tmp_path / "none.jsonl", "no file"),
        (tmp_path, "is a folder"),
        (latin, "not UTF-8 text (line 2)"),
        (broken, "gzip"),
        (fake, "gzip"),
    )
    for path, words in cases:
        with pytest.raises(FileUnreadable) as problem:
            read_text(path)
        assert words in str(problem.value)


@pytest.mark.fast
def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "bom.jsonl"
    path.write_bytes(b"\xef\xbb\xbf{}")
    assert read_text(path) == "{}"


def test_import_counts_new_changed_and_unchanged(database: Database, shop_file: Path) -> None:
    text = shop_file.read_text(encoding="utf-8")
    with database.writing() as session:
        assert import_text(session, text) == ImportReport(9, 0, 0)
    with database.writing() as session:
        assert import_text(session, text) == ImportReport(0, 0, 9)
    with database.writing() as session:
        assert import_text(session, text.replace("Three days.", "Four days.")) == ImportReport(0, 1, 8)
        article = queries.find_article(session, "refund-time", "en")
        assert article is not None
        assert (article.answer, article.revision, len(article.variants)) == ("Four days.", 2, 3)
        assert [version.revision for version in queries.list_versions(session, article.id)] == [2, 1]


def test_an_archived_article_comes_back(database: Database) -> None:
    with database.writing() as session:
        import_text(session, line())
        change_state(session, "a", "en", "archived", "ann")
    with database.writing() as session:
        assert import_text(session, line()) == ImportReport(0, 1, 0)
        assert len(queries.published_articles(session)) == 1


def test_a_single_bad_line_changes_nothing(database: Database) -> None:
    with pytest.raises(ImportRefused), database.writing() as session:
        import_text(session, f"{line()}\n{{\n")
    with database.reading() as session:
        assert queries.published_articles(session) == []
        assert queries.read_counter(session) == 0


def test_export_comes_back_byte_for_byte(database: Database, tmp_path: Path) -> None:
    awkward = {"question": " blanks \t", "answer": 'line\r\nend \u2028 \\ " 😀 帳', "variants": ["v", "V", "v"]}
    texts = [
        json.dumps({"id": key, "language": "en", "category": "c", "tags": ["t"]} | awkward) for key in ("b", "a b?")
    ]
    with database.writing() as session:
        import_text(session, "\n".join(texts))
        first = export_text(session)
    path = tmp_path / "export.jsonl.gz"
    path.write_bytes(gzip.compress(first.encode()))
    with database.writing() as session:
        assert import_file(session, path) == ImportReport(0, 0, 2)
        assert export_text(session) == first
    assert first.index('"a b?"') < first.index('"b"')


def test_related_articles_come_back_as_they_went_in(database: Database) -> None:
    text = line(id="a", related=["c", "b"]) + "\n" + line(id="b")
    with database.writing() as session:
        assert import_text(session, text) == ImportReport(2, 0, 0)
        first, second = queries.published_articles(session)
        assert (first.related, second.related) == (("c", "b"), ())
        exported = export_text(session)
        assert import_text(session, exported) == ImportReport(0, 0, 2)
        assert export_text(session) == exported
    told = [json.loads(each) for each in exported.splitlines()]
    assert told[0]["related"] == ["c", "b"]
    assert "related" not in told[1], "a file without them comes back as it went in"


def test_other_related_articles_are_a_change(database: Database) -> None:
    with database.writing() as session:
        import_text(session, line(related=["b"]))
        assert import_text(session, line(related=["c"])) == ImportReport(0, 1, 0)
        assert import_text(session, line()) == ImportReport(0, 1, 0)
        article = queries.find_article(session, "a", "en")
        assert article is not None and (list(article.related), article.revision) == ([], 3)


def test_three_thousand_articles_take_seconds(database: Database) -> None:
    text = "\n".join(line(id=f"article-{n}", variants=[f"first {n}", f"second {n}"]) for n in range(3_000))
    started = time.perf_counter()
    with database.writing() as session:
        assert import_text(session, text).new == 3_000
    assert time.perf_counter() - started < 20
