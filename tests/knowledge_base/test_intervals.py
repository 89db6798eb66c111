"""Intervals: Wilson's against published values, drawn ones against the figures of each draw."""

from random import Random

import numpy as np
import pytest

from knowledge_base import intervals, metrics
from knowledge_base.intervals import Asked, all_intervals, draws, wilson
from knowledge_base.metrics import Outcome, Share

pytestmark = pytest.mark.fast


def some_outcomes(number: int, unanswerable: float = 0.3) -> list[Outcome]:
    """Outcomes of all kinds, many of them with the same probability, the same every time."""
    random = Random(5)
    made = []
    for _ in range(number):
        expected = frozenset() if random.random() < unanswerable else frozenset(random.choice("ab"))
        found = () if random.random() < 0.1 else tuple(random.sample("abcd", 3))
        probability = random.randrange(20) / 20 if found else 0.0
        made.append(Outcome(expected, found, probability, "answer", 1, 1.0))
    return made


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_of_a_share_is_wilsons(count: int, total: int, low: float, high: float) -> None:
    assert wilson(Share(count, total)) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_share_of_nothing_has_no_interval() -> None:
    assert wilson(Share(0, 0)) is None


def test_more_questions_make_an_interval_narrower() -> None:
    few, many = wilson(Share(9, 10)), wilson(Share(900, 1000))
    assert few and many
    assert few[0] < many[0] < 0.9 < many[1] < few[1]


def test_the_figures_of_all_draws_at_once_are_those_of_each_draw() -> None:
    outcomes = some_outcomes(60)
    asked, drawn = Asked.of(outcomes), draws(60, 40)
    found = {
        "rank": intervals.mean_ranks(asked, drawn),
        "5 %": intervals.refusals(asked, drawn, 0.05),
        "10 %": intervals.refusals(asked, drawn, 0.10),
        "coverage": intervals.coverages(asked, drawn, 0.5),
        "calibration": intervals.calibration_errors(asked, drawn),
    }
    for number, counts in enumerate(drawn):
        draw = [outcome for outcome, count in zip(outcomes, counts, strict=True) for _ in range(count)]
        wanted = {
            "rank": metrics.mean_reciprocal_rank(draw),
            "5 %": metrics.refused_at_false_rate(draw, 0.05),
            "10 %": metrics.refused_at_false_rate(draw, 0.10),
            "coverage": metrics.coverage_at_precision(draw, 0.5),
            "calibration": metrics.calibration_error(draw),
        }
        assert {name: sample[number] for name, sample in found.items()} == pytest.approx(wanted)


def test_a_draw_without_one_kind_of_question_counts_for_nothing() -> None:
    asked = Asked.of(
        [Outcome(frozenset("a"), ("a",), 0.9, "answer", 1, 1.0), Outcome(frozenset(), (), 0, "none", 0, 1)]
    )
    drawn = np.array([[2, 0], [0, 2], [1, 1]])
    assert np.isnan(intervals.refusals(asked, drawn, 0.05)).tolist() == [True, True, False]
    assert np.isnan(intervals.coverages(asked, drawn)).tolist() == [False, True, False]
    assert np.isnan(intervals.mean_ranks(asked, drawn)).tolist() == [False, True, False]


def test_every_figure_lies_within_its_interval() -> None:
    outcomes = some_outcomes(80)
    figures = metrics.all_metrics(outcomes)
    found = all_intervals(outcomes)
    assert found.keys() == figures.keys() - {"ms_median", "ms_p95"}
    for name, interval in found.items():
        value = figures[name]
        assert interval and value is not None
        assert 0 <= interval[0] <= value <= interval[1] <= 1, name


def test_the_same_questions_have_the_same_intervals_every_time() -> None:
    assert all_intervals(some_outcomes(50)) == all_intervals(some_outcomes(50))


def test_without_unanswerable_questions_refusing_has_no_interval() -> None:
    found = all_intervals(some_outcomes(30, unanswerable=0))
    assert found["refused_rightly"] is found["refused_at_5pct_false"] is found["refused_at_10pct_false"] is None
    assert found["coverage_at_95pct_precision"] is not None


def test_without_questions_nothing_has_an_interval() -> None:
    assert set(all_intervals([]).values()) == {None}


def test_few_questions_that_were_all_refused_prove_little() -> None:
    sure = [Outcome(frozenset("a"), ("a",), 0.9, "answer", 1, 1.0)] * 20
    refused = [Outcome(frozenset(), ("a",), 0.1, "none", 0, 1.0)] * 5
    low, high = all_intervals([*sure, *refused])["refused_at_5pct_false"] or (0, 0)
    assert (low, high) == wilson(Share(5, 5))
    assert low < 0.6
