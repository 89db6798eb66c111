"""The figures, worked by hand."""

import pytest

from knowledge_base import metrics
from knowledge_base.decision import Kind
from knowledge_base.metrics import Outcome

pytestmark = pytest.mark.fast


def outcome(expected: str, found: str, probability: float, decision: Kind = "answer", offered: int = 1) -> Outcome:
    return Outcome(frozenset(expected), tuple(found), probability, decision, offered, 1.0)


OUTCOMES = [
    outcome("a", "abc", 0.95),
    outcome("b", "abc", 0.75),
    outcome("c", "abc", 0.45, "choices", 3),
    outcome("d", "abc", 0.15, "none", 0),
    outcome("", "abc", 0.85),
    outcome("", "", 0.0, "none", 0),
]


def share(name: str, outcomes: list[Outcome]) -> float | None:
    return metrics.shares(outcomes)[name].value


def test_finding() -> None:
    assert share("hit@1", OUTCOMES) == 1 / 4
    assert share("hit@3", OUTCOMES) == 3 / 4
    assert metrics.mean_reciprocal_rank(OUTCOMES) == pytest.approx((1 + 1 / 2 + 1 / 3 + 0) / 4)


def test_a_right_article_beyond_the_tenth_place_counts_as_not_found() -> None:
    assert metrics.mean_reciprocal_rank([outcome("j", "abcdefghij", 0.9)]) == pytest.approx(1 / 10)
    assert metrics.mean_reciprocal_rank([outcome("k", "abcdefghijk", 0.9)]) == 0


def test_deciding() -> None:
    assert share("answered", OUTCOMES) == 3 / 6
    assert share("answer_precision", OUTCOMES) == 1 / 3
    assert share("refused_rightly", OUTCOMES) == 1 / 2
    assert share("refused_wrongly", OUTCOMES) == 1 / 4
    assert share("helped", OUTCOMES) == 2 / 4


def test_any_expected_article_is_right() -> None:
    assert share("hit@1", [outcome("xb", "b", 0.9)]) == 1


def test_refused_at_false_rate() -> None:
    answerable = [outcome("a", "a", 0.01 * number) for number in range(1, 101)]
    # Five of a hundred lie below 0.06, so the threshold is 0.06.
    unanswerable = [outcome("", "a", value) for value in (0.0, 0.03, 0.055, 0.06, 0.5)]
    assert metrics.refused_at_false_rate([*answerable, *unanswerable]) == 3 / 5
    assert metrics.refused_at_false_rate([*answerable, *unanswerable], 0.1) == 4 / 5


def test_refused_at_false_rate_with_few_questions_refuses_none_of_the_answerable() -> None:
    few = [outcome("a", "a", 0.4), outcome("a", "a", 0.8), outcome("", "a", 0.3), outcome("", "a", 0.4)]
    assert metrics.refused_at_false_rate(few) == 1 / 2


def test_coverage_at_precision() -> None:
    outcomes = [
        outcome("a", "a", 0.9),
        outcome("a", "a", 0.8),
        outcome("b", "a", 0.7),
        outcome("a", "a", 0.6),
        outcome("", "a", 0.5),
        outcome("a", "b", 0.1),
    ]
    assert metrics.coverage_at_precision(outcomes, 0.95) == 2 / 5
    assert metrics.coverage_at_precision(outcomes, 0.75) == 3 / 5
    assert metrics.coverage_at_precision([outcome("a", "b", 0.9)]) == 0


def test_coverage_takes_equal_probabilities_together() -> None:
    assert metrics.coverage_at_precision([outcome("a", "a", 0.9), outcome("b", "a", 0.9)]) == 0


def test_a_threshold_gives_all_answers_of_one_probability_at_once() -> None:
    outcomes = [outcome("a", "a", 0.5), outcome("a", "a", 0.9), outcome("b", "a", 0.5), outcome("a", "", 0.0)]
    assert metrics.thresholds(outcomes) == [(1, 1), (3, 2)]


def test_a_score_that_is_no_probability_ranks_just_as_well() -> None:
    outcomes = [outcome("a", "a", 17.5), outcome("a", "a", 9.0), outcome("b", "a", -2.0), outcome("", "a", -3.0)]
    assert metrics.coverage_at_precision(outcomes) == 2 / 3
    assert metrics.refused_at_false_rate(outcomes) == 1


def test_calibration_error() -> None:
    # Class 0.9: one right, |0.95 - 1|. Class 0.6: two, one right, |1.3 - 1|. In all 0.35 of three questions.
    outcomes = [outcome("a", "a", 0.95), outcome("a", "a", 0.65), outcome("b", "a", 0.65)]
    assert metrics.calibration_error(outcomes) == pytest.approx(0.35 / 3)
    assert metrics.calibration_error([outcome("a", "a", 1.0)]) == 0


def test_percentile() -> None:
    assert metrics.percentile([5, 1, 4, 2, 3], 0.95) == 5
    assert metrics.percentile([5, 1, 4, 2, 3], 0.4) == 2
    assert metrics.percentile([], 0.5) is None


def test_nothing_to_count_is_none_not_a_crash() -> None:
    assert set(metrics.all_metrics([]).values()) == {None}
    assert metrics.all_metrics([outcome("a", "a", 0.9)])["refused_rightly"] is None


def test_the_names_of_the_figures_are_a_contract() -> None:
    assert list(metrics.all_metrics(OUTCOMES)) == [
        "hit@1",
        "hit@3",
        "mrr@10",
        "answered",
        "answer_precision",
        "helped",
        "refused_rightly",
        "refused_wrongly",
        "refused_at_5pct_false",
        "refused_at_10pct_false",
        "coverage_at_95pct_precision",
        "calibration_error",
        "ms_median",
        "ms_p95",
    ]
