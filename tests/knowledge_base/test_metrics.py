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


def test_finding() -> None:
    assert metrics.hit_rate(OUTCOMES, 1) == 1 / 4
    assert metrics.hit_rate(OUTCOMES, 3) == 3 / 4
    assert metrics.mean_reciprocal_rank(OUTCOMES) == pytest.approx((1 + 1 / 2 + 1 / 3 + 0) / 4)


def test_deciding() -> None:
    assert metrics.answered(OUTCOMES) == 3 / 6
    assert metrics.answer_precision(OUTCOMES) == 1 / 3
    assert metrics.refused(OUTCOMES, answerable=False) == 1 / 2
    assert metrics.refused(OUTCOMES, answerable=True) == 1 / 4
    assert metrics.helped(OUTCOMES) == 2 / 4


def test_any_expected_article_is_right() -> None:
    assert metrics.hit_rate([outcome("xb", "b", 0.9)], 1) == 1


def test_refused_at_false_rate() -> None:
    answerable = [outcome("a", "a", 0.01 * number) for number in range(1, 101)]
    # Five of a hundred lie below 0.06, so the threshold is 0.06.
    unanswerable = [outcome("", "a", value) for value in (0.0, 0.03, 0.055, 0.06, 0.5)]
    assert metrics.refused_at_false_rate([*answerable, *unanswerable]) == 3 / 5


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
