"""Ours beside others on a set of questions."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import retrieval
from benchmarks.retrieval import beside, measure, sets_in, show, thinned
from benchmarks.rivals import LeftOut, Phrasing, Ranking
from knowledge_base.evaluate import Question
from storage.settings import settings

pytestmark = pytest.mark.fast

QUESTIONS = [Question("send it back", frozenset("a"), "en"), Question("write a poem", frozenset(), "en")]


def first_article(phrasings: Sequence[Phrasing], queries: Sequence[str]) -> list[Ranking]:
    return [Ranking((phrasings[0].key,), 1 / number, 2.0) for number, _ in enumerate(queries, 1)]


def too_slow(phrasings: Sequence[Phrasing], queries: Sequence[str]) -> list[Ranking]:
    raise LeftOut("over 10 minutes of training")


def test_sets_are_found_by_name_packed_or_not(tmp_path: Path) -> None:
    names = ["a.articles.jsonl.gz", "a.questions.jsonl.gz", "b.articles.jsonl", "b.questions.jsonl"]
    for name in (*names, "alone.articles.jsonl"):
        (tmp_path / name).touch()
    assert [name for name, _, _ in sets_in([tmp_path])] == ["a", "b"]


def test_fewer_questions_are_spread_over_the_file() -> None:
    questions = [Question(str(number), frozenset(), "en") for number in range(10)]
    assert [question.query for question in thinned(questions, 4)] == ["0", "2", "5", "7"]
    assert thinned(questions, None) == thinned(questions, 20) == questions


def test_a_rival_is_measured_by_its_own_score() -> None:
    found = beside(first_article, [Phrasing("a", "return it")], QUESTIONS)
    assert (found["hit@1"], found["refused_at_5pct_false"], found["coverage_at_95pct_precision"]) == (1, 1, 1)
    assert (found["ms_median"], found["intervals"]["hit@1"]) == (2.0, [0.2065, 1.0])
    assert "calibration_error" not in found


def test_a_rival_that_was_left_out_says_why() -> None:
    assert beside(too_slow, [], QUESTIONS) == {"left_out": "over 10 minutes of training"}


def figures(hit: float | None, **more: object) -> dict[str, object]:
    refused = {"refused_at_5pct_false": None, "refused_at_10pct_false": 0.75}
    intervals = {"hit@1": None if hit is None else [0.25, 0.75], "hit@3": [0.3, 0.8]}
    return {
        "hit@1": hit,
        "hit@3": 0.6,
        **refused,
        "coverage_at_95pct_precision": 0.4,
        "ms_median": 2.25,
        "intervals": intervals,
        **more,
    }


def test_a_set_has_a_table_with_ours_first_and_says_who_was_left_out() -> None:
    languages = {"en": figures(0.5), "zh-Hans": figures(None)}
    rivals = {"bm25": figures(0.25), "selector": {"left_out": "over 10 minutes of training"}}
    text = show({"demo": figures(0.5, questions=5, answerable=4, languages=languages, rivals=rivals)})
    lines = text.splitlines()
    assert lines[0] == "demo: 5 questions, 4 of them with an article that fits"
    assert " ".join(lines[2].split()) == "ours 50.0 % (25.0-75.0) 60.0 % - 75.0 % 40.0 % 2.2 ms"
    assert [line.split("  ")[0] for line in lines[3:6]] == ["BM25", "ours, en", "ours, zh-Hans"]
    assert lines[6] == "ResponseSelector: left out, over 10 minutes of training"


def test_our_own_figures_of_all_sets_stand_side_by_side() -> None:
    one = figures(0.5, questions=5, answerable=4, languages={"en": {}})
    text = show({"demo": one, "bank": one | {"hit@1": None}})
    assert text.splitlines()[-3].split() == ["ours", "demo", "bank"]
    assert text.splitlines()[-2].split() == ["hit@1", "50.0", "%", "-"]


def test_a_small_set_is_measured_from_files_to_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUILU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUILU_ENCODER", "none")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    articles, questions = tmp_path / "shop.articles.jsonl", tmp_path / "shop.questions.jsonl"
    articles.write_text(
        '{"id": "a", "language": "en", "question": "return an item", "variants": ["send it back"], "answer": "Yes."}\n'
        '{"id": "b", "language": "zh-Hans", "question": "可以微信支付吗", "variants": [], "answer": "可以。"}\n',
        encoding="utf-8",
    )
    questions.write_text(
        '{"query": "how to send an item back", "expected": ["a"]}\n{"query": "微信付款", "expected": ["b"]}\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(retrieval, "DEMO_ARTICLES", articles)
    monkeypatch.setattr(retrieval, "DEMO_QUESTIONS", questions)
    try:
        found = measure(argparse.Namespace(data=[], questions=None, rivals=["bm25"], rival_minutes=1))
    finally:
        settings.cache_clear()
    assert (found["demo"]["hit@1"], found["demo"]["rivals"]["bm25"]["hit@1"]) == (1, 1)
    assert "BM25" in show(found)
