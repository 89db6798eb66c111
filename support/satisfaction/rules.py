"""Which ratings there are and what they may say. Pure."""

from dataclasses import dataclass

SCALES: dict[str, tuple[int, int]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7), "helpful": (0, 1)}
LONGEST_COMMENT = 2000
MOST_REASONS = 10
LONGEST_REASON = 50
# Up to here somebody is dissatisfied, and from here on satisfied.
LOW = {"csat": 2, "ces": 3, "nps": 6}
GOOD = {"csat": 4, "ces": 5}


@dataclass
class RatingRefused(Exception):
    """A rating that cannot be taken. `code` names the reason, `values` fill its text."""

    code: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return self.code


def check_rating(kind: str, score: int, reasons: list[str], comment: str) -> None:
    """Check a rating against its scale.

    Raises:
        RatingRefused: `kind`, `score` or `comment`.
    """
    if kind not in SCALES:
        raise RatingRefused("kind", (("kinds", ", ".join(SCALES)),))
    low, high = SCALES[kind]
    if not low <= score <= high:
        raise RatingRefused("score", (("low", low), ("high", high)))
    if len(comment) > LONGEST_COMMENT:
        raise RatingRefused("comment", (("limit", LONGEST_COMMENT),))
    if len(reasons) > MOST_REASONS or any(len(reason) > LONGEST_REASON for reason in reasons):
        raise RatingRefused("reasons")


def is_low(kind: str, score: int) -> bool:
    """Whether a rating says that somebody is dissatisfied."""
    return kind in LOW and score <= LOW[kind]


def is_good(kind: str, score: int) -> bool:
    """Whether a rating is good enough to go on and ask for a recommendation."""
    return kind in GOOD and score >= GOOD[kind]
