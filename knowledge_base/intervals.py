"""How far a figure may be off because only so many questions were asked: 95 % intervals. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from knowledge_base.metrics import (
    BINS,
    FALSE_REFUSALS,
    MORE_FALSE_REFUSALS,
    PRECISION,
    Outcome,
    Share,
    calibration_error,
    coverage_at_precision,
    mean_reciprocal_rank,
    refused_at_false_rate,
    shares,
)

CONFIDENCE = 0.95
RESAMPLES = 500
_SEED = 20_240_607

Interval = tuple[float, float]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def wilson(share: Share, confidence: float = CONFIDENCE) -> Interval | None:
    """The interval of a share, by the score method; None of nothing.

    Unlike the estimate plus and minus, it stays within 0 to 1 and is not empty when all or none were right.
    Source: E. B. Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    if not share.total:
        return None
    deviations = NormalDist().inv_cdf((1 + confidence) / 2)
    value, total, square = share.count / share.total, share.total, deviations**2
    middle = (value + square / (2 * total)) / (1 + square / total)
    half = deviations * math.sqrt(value * (1 - value) / total + square / (4 * total**2)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def all_intervals(outcomes: Sequence[Outcome]) -> dict[str, Interval | None]:
    """The interval of each figure of `all_metrics` but the times; None where there is nothing to count.

    Plain shares have Wilson's; for the others the questions are drawn anew (`resampled`).
    """
    return {name: wilson(share) for name, share in shares(outcomes).items()} | resampled(outcomes)


def resampled(outcomes: Sequence[Outcome], times: int = RESAMPLES) -> dict[str, Interval | None]:
    """Intervals by the bootstrap: the figures of as many questions drawn with replacement, `times` times over.

    The draws are the same each time. Figures that pick a threshold, or sum up distances, come out a little higher or
    lower for a draw than for the questions themselves; the interval is moved by that bias, which keeps the figure
    inside. Source: B. Efron and R. Tibshirani (1993), An Introduction to the Bootstrap, chapters 10 and 13.

    Where every draw gives the same, as when all of a few questions were refused, that would be an interval of no
    width; shares at a threshold have at least the width they would have were the threshold given.
    """
    if not outcomes:
        return dict.fromkeys(_RESAMPLED)
    asked = Asked.of(outcomes)
    drawn = draws(len(outcomes), times)
    answerable = int(asked.answerable.sum())
    return {
        name: _interval(each.value(outcomes), each.sample(asked, drawn), each.total(answerable, len(outcomes)))
        for name, each in _RESAMPLED.items()
    }


@dataclass(frozen=True)
class Asked:
    """Outcomes as columns, one row a question."""

    answerable: NDArray[np.bool_]
    right: NDArray[np.bool_]
    found: NDArray[np.bool_]
    rank: Floats
    probability: Floats

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Asked":
        """The columns of some outcomes."""
        return cls(
            np.array([outcome.answerable for outcome in outcomes], dtype=bool),
            np.array([outcome.right for outcome in outcomes], dtype=bool),
            np.array([bool(outcome.found) for outcome in outcomes], dtype=bool),
            np.array([outcome.reciprocal_rank for outcome in outcomes], dtype=np.float64),
            np.array([outcome.probability for outcome in outcomes], dtype=np.float64),
        )


def draws(questions: int, times: int) -> Counts:
    """How often each question is in each draw, shape (times, questions): the same numbers at every call."""
    generator = np.random.default_rng(_SEED)
    return generator.multinomial(questions, np.full(questions, 1 / questions), size=times)


def mean_ranks(asked: Asked, drawn: Counts) -> Floats:
    """`mean_reciprocal_rank` of each draw, shape (times,); NaN for a draw without answerable questions."""
    return _ratio(drawn @ np.where(asked.answerable, asked.rank, 0.0), drawn @ asked.answerable)


def refusals(asked: Asked, drawn: Counts, rate: float) -> Floats:
    """`refused_at_false_rate` of each draw, shape (times,); NaN for a draw without one of the two kinds."""
    answerable = np.flatnonzero(asked.answerable)
    answerable = answerable[np.argsort(asked.probability[answerable], kind="stable")]
    unanswerable = np.flatnonzero(~asked.answerable)
    unanswerable = unanswerable[np.argsort(asked.probability[unanswerable], kind="stable")]
    if not len(answerable) or not len(unanswerable):
        return np.full(len(drawn), np.nan)
    # The threshold is the probability of the first answerable question up to which more than `rate` lie.
    upto = np.cumsum(drawn[:, answerable], axis=1)
    allowed = np.floor(rate * upto[:, -1:])
    threshold = asked.probability[answerable[np.argmax(upto > allowed, axis=1)]]
    below = np.searchsorted(asked.probability[unanswerable], threshold, side="left")
    refused = np.cumsum(drawn[:, unanswerable], axis=1)
    counted = np.where(below > 0, refused[np.arange(len(drawn)), np.maximum(below - 1, 0)], 0)
    return np.where(upto[:, -1] > 0, _ratio(counted, refused[:, -1]), np.nan)


def coverages(asked: Asked, drawn: Counts, precision: float = PRECISION) -> Floats:
    """`coverage_at_precision` of each draw, shape (times,); NaN for a draw without answerable questions."""
    answerable = drawn @ asked.answerable
    ranked = np.flatnonzero(asked.found)
    if not len(ranked):
        return _ratio(np.zeros(len(drawn)), answerable)
    ranked = ranked[np.argsort(-asked.probability[ranked], kind="stable")]
    given = np.cumsum(drawn[:, ranked], axis=1)
    right = np.cumsum(drawn[:, ranked] * asked.right[ranked], axis=1)
    sorted_probability = asked.probability[ranked]
    threshold = np.append(sorted_probability[1:] != sorted_probability[:-1], True)
    enough = threshold & (right >= precision * given)
    return _ratio(np.where(enough, right, 0).max(axis=1), answerable)


def calibration_errors(asked: Asked, drawn: Counts) -> Floats:
    """`calibration_error` of each draw, shape (times,)."""
    classes = np.minimum((asked.probability * BINS).astype(np.int64), BINS - 1)
    gaps = np.zeros((len(classes), BINS))
    gaps[np.arange(len(classes)), classes] = asked.probability - asked.right
    return np.asarray(np.abs(drawn @ gaps).sum(axis=1) / drawn.sum(axis=1), dtype=np.float64)


def _interval(value: float | None, sample: Floats, total: int) -> Interval | None:
    """See `resampled`; `total` is what the figure is a share of, 0 when it is none."""
    known = sample[~np.isnan(sample)]
    if value is None or not len(known):
        return None
    low, middle, high = np.quantile(known, [(1 - CONFIDENCE) / 2, 0.5, (1 + CONFIDENCE) / 2])
    bias = float(middle) - value
    plain = wilson(Share(round(value * total), total)) or (value, value)
    return max(0.0, min(float(low) - bias, plain[0])), min(1.0, max(float(high) - bias, plain[1]))


def _ratio(parts: NDArray[np.generic], wholes: NDArray[np.generic]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.true_divide(parts, wholes), dtype=np.float64)


@dataclass(frozen=True)
class _Resampled:
    """A figure: of the outcomes, of each draw, and what it is a share of by the answerable questions and all."""

    value: Callable[[Sequence[Outcome]], float | None]
    sample: Callable[[Asked, Counts], Floats]
    total: Callable[[int, int], int] = lambda answerable, questions: 0


def _refused_at(rate: float) -> _Resampled:
    return _Resampled(
        lambda outcomes: refused_at_false_rate(outcomes, rate),
        lambda asked, drawn: refusals(asked, drawn, rate),
        lambda answerable, questions: questions - answerable,
    )


_RESAMPLED = {
    "mrr@10": _Resampled(mean_reciprocal_rank, mean_ranks),
    "refused_at_5pct_false": _refused_at(FALSE_REFUSALS),
    "refused_at_10pct_false": _refused_at(MORE_FALSE_REFUSALS),
    "coverage_at_95pct_precision": _Resampled(
        coverage_at_precision, coverages, lambda answerable, questions: answerable
    ),
    "calibration_error": _Resampled(calibration_error, calibration_errors),
}
