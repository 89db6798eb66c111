"""Where a customer's ratings go: better, worse or the same. Pure."""

from collections.abc import Sequence
from typing import Literal

from support.satisfaction.rules import SCALES

Trend = Literal["better", "worse", "same"]
# Less than this part of the scale is no difference.
_LEAST = 0.1


def trend_of(kind: str, scores: Sequence[int]) -> Trend | None:
    """How the latest score of a kind is beside the average of those before; None when there is nothing to compare.

    Args:
        scores: Newest first.
    """
    if len(scores) < 2:
        return None
    low, high = SCALES[kind]
    better = (scores[0] - sum(scores[1:]) / (len(scores) - 1)) / (high - low)
    if abs(better) < _LEAST:
        return "same"
    return "better" if better > 0 else "worse"
