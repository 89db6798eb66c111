"""Figures pooled over rounds, and ratios, worked by hand. No time is asserted."""

import pytest

from benchmarks.load import Turn
from benchmarks.outcomes import Kind, Outcome
from benchmarks.pooling import Sample, added, pooled, quality, ratios

pytestmark = pytest.mark.fast


def turn(seconds: float | None, kind: Kind = "answer", right: bool = True, language: str = "en") -> Turn:
    error = "nothing came" if kind == "error" else ""
    return Turn(language, "words", frozenset("a"), seconds, Outcome(kind, (), right), error)


def test_turns_a_second_are_all_turns_over_all_seconds() -> None:
    quick = Sample([turn(0.1)] * 30, 1.0, {"rasa": 0.3}, {"rasa": 1024}, 0.0)
    slow = Sample([turn(0.5)] * 10, 9.0, {"rasa": 0.5}, {"rasa": 4096}, 0.5)
    figures = pooled([quick, slow])
    assert figures["turns_per_second"] == 4.0
    assert figures["turns_per_second_by_round"] == [30.0, 1.11]
    assert (figures["ms_median"], figures["ms_p95"], figures["ms_max"]) == (100.0, 500.0, 500.0)
    assert figures["cpu_ms_per_turn"] == {"rasa": 20.0}
    assert figures["memory_mib"] == {"rasa": 4}
    assert figures["elsewhere"] == 0.25


def test_only_answering_turns_count_and_errors_are_told() -> None:
    asked = [turn(0.1), turn(0.1, "refused"), turn(0.1, "dialogue act"), turn(None, "error"), turn(None, "error")]
    figures = pooled([Sample(asked, 2.0, {}, {})])
    assert (figures["turns"], figures["answering_turns"], figures["turns_per_second"]) == (5, 2, 1.0)
    assert figures["errors"] == {"nothing came": 2}
    assert figures["count"] == 2
    assert (figures["elsewhere"], figures["memory_mib"]) == (None, {})


def test_a_process_started_again_is_left_out_of_that_round() -> None:
    rounds = [Sample([turn(0.1)] * 10, 1.0, {"app": -3.0}, {}), Sample([turn(0.1)] * 5, 1.0, {"app": 0.1}, {})]
    assert pooled(rounds)["cpu_ms_per_turn"] == {"app": 20.0}


def test_what_was_answered_is_told_for_english_and_chinese() -> None:
    asked = [
        turn(0.1),
        turn(0.1, right=False),
        turn(0.1, "choices", language="zh-Hans"),
        turn(0.1, "choices", right=False, language="zh-Hant"),
        turn(0.1, "refused", right=False, language="zh-Hant"),
    ]
    figures = quality(asked)
    assert figures["English"] == {"asked": 2, "right": 1, "right_choice": 0, "wrong": 1, "no_answer": 0}
    assert figures["Chinese"] == {"asked": 3, "right": 0, "right_choice": 1, "wrong": 1, "no_answer": 1}
    assert added([figures, quality([turn(0.1)])])["English"]["right"] == 2


def level(speed: float, p95: float | None) -> dict[str, float | None]:
    return {"turns_per_second": speed, "ms_median": 10.0, "ms_p95": p95}


def test_ours_stands_over_the_others() -> None:
    found = ratios({"peer": level(10.0, 400.0), "ours": level(25.0, 100.0), "limit": level(50.0, 80.0)})
    assert found == {
        "ours/peer turns_per_second": 2.5,
        "ours/peer ms_median": 1.0,
        "ours/peer ms_p95": 0.25,
        "ours/limit turns_per_second": 0.5,
        "ours/limit ms_p95": 1.25,
    }


def test_a_figure_that_is_missing_has_no_ratio() -> None:
    assert ratios({"peer": level(0.0, None), "ours": level(25.0, 100.0)}) == {
        "ours/peer turns_per_second": None,
        "ours/peer ms_median": 1.0,
        "ours/peer ms_p95": None,
    }
    assert ratios({"ours": level(1.0, 1.0)}) == {}
