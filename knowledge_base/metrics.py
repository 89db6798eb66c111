"""Figures for how good finding and deciding are. Pure: each works on plain values.

An answerable question has expected articles; an unanswerable one has none, and should be refused.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from knowledge_base.decision import Kind

FALSE_REFUSALS = 0.05
PRECISION = 0.95
BINS = 10


@dataclass(frozen=True)
class Outcome:
    """What became of one question.

    Attributes:
        expected: Keys of the right articles; empty when nothing fits.
        found: Keys of the candidates, best first.
        probability: Of the best candidate; 0 when there was none.
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
        return any(key in self.expected for key in self.found[: self.offered])


def hit_rate(outcomes: Sequence[Outcome], depth: int) -> float | None:
    """Share of answerable questions with a right article among the first `depth`; None without any."""
    answerable = [outcome for outcome in outcomes if outcome.answerable]
    return _share([any(key in outcome.expected for key in outcome.found[:depth]) for outcome in answerable])


def mean_reciprocal_rank(outcomes: Sequence[Outcome], depth: int = 10) -> float | None:
    """Mean of 1 / place of the first right article, 0 beyond `depth`, over answerable questions."""
    ranks = [
        next((1 / place for place, key in enumerate(outcome.found[:depth], 1) if key in outcome.expected), 0.0)
        for outcome in outcomes
        if outcome.answerable
    ]
    return sum(ranks) / len(ranks) if ranks else None


def answered(outcomes: Sequence[Outcome]) -> float | None:
    """Share of all questions that were answered (not offered choices, not refused)."""
    return _share([outcome.decision == "answer" for outcome in outcomes])


def answer_precision(outcomes: Sequence[Outcome]) -> float | None:
    """Share of the answers given that were right; any answer to an unanswerable question is wrong."""
    return _share([outcome.right for outcome in outcomes if outcome.decision == "answer"])


def refused(outcomes: Sequence[Outcome], answerable: bool) -> float | None:
    """Share of the answerable (or unanswerable) questions to which nothing was said or offered."""
    return _share([outcome.decision == "none" for outcome in outcomes if outcome.answerable is answerable])


def helped(outcomes: Sequence[Outcome]) -> float | None:
    """Share of answerable questions to which a right article was spoken or offered."""
    return _share([outcome.helped for outcome in outcomes if outcome.answerable])


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
    return _share([probability < threshold for probability in unanswerable])


def coverage_at_precision(outcomes: Sequence[Outcome], precision: float = PRECISION) -> float | None:
    """Share of answerable questions answered rightly at the lowest threshold whose answers are `precision` right.

    Every question whose best candidate's probability reaches the threshold counts as answered, unanswerable ones
    included (their answers are wrong). 0 when no threshold is good enough, None without answerable questions.
    """
    answerable = sum(outcome.answerable for outcome in outcomes)
    if not answerable:
        return None
    ranked = sorted((outcome for outcome in outcomes if outcome.found), key=lambda outcome: -outcome.probability)
    best = rights = 0
    for count, outcome in enumerate(ranked, start=1):
        rights += outcome.right
        tied = count < len(ranked) and ranked[count].probability == outcome.probability
        if not tied and rights >= precision * count:
            best = rights
    return best / answerable


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
    times = [outcome.milliseconds for outcome in outcomes]
    return {
        "hit@1": hit_rate(outcomes, 1),
        "hit@3": hit_rate(outcomes, 3),
        "mrr@10": mean_reciprocal_rank(outcomes),
        "answered": answered(outcomes),
        "answer_precision": answer_precision(outcomes),
        "helped": helped(outcomes),
        "refused_rightly": refused(outcomes, answerable=False),
        "refused_wrongly": refused(outcomes, answerable=True),
        "refused_at_5pct_false": refused_at_false_rate(outcomes),
        "coverage_at_95pct_precision": coverage_at_precision(outcomes),
        "calibration_error": calibration_error(outcomes),
        "ms_median": median(times) if times else None,
        "ms_p95": percentile(times, 0.95),
    }


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
