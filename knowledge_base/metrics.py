"""Figures for how good finding and deciding are. Pure: each works on plain values.

An answerable question has expected articles; an unanswerable one has none, and should be refused.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from knowledge_base.decision import Kind

FALSE_REFUSALS = 0.05
MORE_FALSE_REFUSALS = 0.10
PRECISION = 0.95
RANKS = 10
BINS = 10


@dataclass(frozen=True)
class Outcome:
    """What became of one question.

    Attributes:
        expected: Keys of the right articles; empty when nothing fits.
        found: Keys of the candidates, best first.
        probability: Of the best candidate; 0 when there was none. A rival that has none gives its own score: all
            figures but the calibration error only ask which of two is higher.
        offered: How many of the candidates were shown to the customer.
    """

    expected: frozenset[str]
    found: tuple[str, ...]
    probability: float
    decision: Kind
    offered: int
    milliseconds: float

    @property
    def answerable(self) -> bool:
        """Whether a right article exists."""
        return bool(self.expected)

    @property
    def right(self) -> bool:
        """Whether the best candidate is a right article."""
        return bool(self.found) and self.found[0] in self.expected

    @property
    def helped(self) -> bool:
        """Whether a right article was spoken or offered."""
        return self.finds(self.offered)

    @property
    def reciprocal_rank(self) -> float:
        """1 / place of the first right article; 0 when it is not among the first ten."""
        ranks = (1 / place for place, key in enumerate(self.found[:RANKS], 1) if key in self.expected)
        return next(ranks, 0.0)

    def finds(self, depth: int) -> bool:
        """Whether a right article is among the first `depth`."""
        return any(key in self.expected for key in self.found[:depth])


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    count: int
    total: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of nothing."""
        return self.count / self.total if self.total else None


def shares(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    """The figures that count questions.

    Returns:
        hit@1, hit@3: Answerable questions with a right article first, among the first three.
        answered: Of all questions, those answered (not offered choices, not refused).
        answer_precision: Of the answers, those that were right; any answer to an unanswerable question is wrong.
        helped: Answerable questions to which a right article was spoken or offered.
        refused_rightly, refused_wrongly: Unanswerable and answerable questions to which nothing was said or offered.
    """
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.answerable]
    answers = [outcome for outcome in outcomes if outcome.decision == "answer"]
    return {
        "hit@1": _counted(outcome.finds(1) for outcome in answerable),
        "hit@3": _counted(outcome.finds(3) for outcome in answerable),
        "answered": Share(len(answers), len(outcomes)),
        "answer_precision": _counted(outcome.right for outcome in answers),
        "helped": _counted(outcome.helped for outcome in answerable),
        "refused_rightly": _counted(outcome.decision == "none" for outcome in unanswerable),
        "refused_wrongly": _counted(outcome.decision == "none" for outcome in answerable),
    }


def mean_reciprocal_rank(outcomes: Sequence[Outcome]) -> float | None:
    """Mean of 1 / place of the first right article among ten, 0 beyond, over answerable questions."""
    ranks = [outcome.reciprocal_rank for outcome in outcomes if outcome.answerable]
    return sum(ranks) / len(ranks) if ranks else None


def refused_at_false_rate(outcomes: Sequence[Outcome], rate: float = FALSE_REFUSALS) -> float | None:
    """Share of unanswerable questions refused at the threshold that refuses `rate` of the answerable ones.

    The threshold is the highest probability below which at most that share of answerable questions lies; a
    question is refused when its best candidate's probability is below it. None when either kind is missing.
    """
    answerable = sorted(outcome.probability for outcome in outcomes if outcome.answerable)
    unanswerable = [outcome.probability for outcome in outcomes if not outcome.answerable]
    if not answerable or not unanswerable:
        return None
    threshold = answerable[min(math.floor(rate * len(answerable)), len(answerable) - 1)]
    return _counted(probability < threshold for probability in unanswerable).value


def coverage_at_precision(outcomes: Sequence[Outcome], precision: float = PRECISION) -> float | None:
    """Share of answerable questions answered rightly at the lowest threshold whose answers are `precision` right.

    0 when no threshold is good enough, None without answerable questions.
    """
    answerable = sum(outcome.answerable for outcome in outcomes)
    if not answerable:
        return None
    return max((step.right for step in thresholds(outcomes) if step.right >= precision * step.given), default=0) / (
        answerable
    )


class Step(NamedTuple):
    """What answering from a threshold on would give: so many answers, so many of them right."""

    given: int
    right: int


def thresholds(outcomes: Sequence[Outcome]) -> list[Step]:
    """What every possible threshold would give, the strictest first.

    Every question whose best candidate's probability reaches the threshold counts as answered, unanswerable ones
    included (their answers are wrong).
    """
    ranked = sorted((outcome for outcome in outcomes if outcome.found), key=lambda outcome: -outcome.probability)
    steps = []
    right = 0
    for given, outcome in enumerate(ranked, start=1):
        right += outcome.right
        if given == len(ranked) or ranked[given].probability != outcome.probability:
            steps.append(Step(given, right))
    return steps


def calibration_error(outcomes: Sequence[Outcome], bins: int = BINS) -> float | None:
    """Expected calibration error: how far probability and share of right best candidates lie apart.

    Questions fall into `bins` equally wide classes of probability; each class counts by its size. A question
    without candidate counts as probability 0.
    """
    if not outcomes:
        return None
    classes: list[list[Outcome]] = [[] for _ in range(bins)]
    for outcome in outcomes:
        classes[min(int(outcome.probability * bins), bins - 1)].append(outcome)
    gaps = [abs(sum(outcome.probability - outcome.right for outcome in group)) for group in classes]
    return sum(gaps) / len(outcomes)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of all values do not exceed (nearest rank)."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def all_metrics(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Every figure by its name in the contract; None where there is nothing to count."""
    counted = {name: share.value for name, share in shares(outcomes).items()}
    times = [outcome.milliseconds for outcome in outcomes]
    return {
        "hit@1": counted.pop("hit@1"),
        "hit@3": counted.pop("hit@3"),
        "mrr@10": mean_reciprocal_rank(outcomes),
        **counted,
        "refused_at_5pct_false": refused_at_false_rate(outcomes),
        "refused_at_10pct_false": refused_at_false_rate(outcomes, MORE_FALSE_REFUSALS),
        "coverage_at_95pct_precision": coverage_at_precision(outcomes),
        "calibration_error": calibration_error(outcomes),
        "ms_median": median(times) if times else None,
        "ms_p95": percentile(times, 0.95),
    }


def _counted(values: Iterable[bool]) -> Share:
    listed = list(values)
    return Share(sum(listed), len(listed))
