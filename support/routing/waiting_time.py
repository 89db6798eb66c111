"""How long somebody in the queue has to wait, told from how long others waited. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)
# Fewer waits than this say nothing.
LEAST_WAITS = 5
# How many waits are looked at, the latest ones.
MOST_WAITS = 30
LONG_AT_LEAST_SECONDS = 180
# For whom no time could be told.
LONG_WITHOUT_TOLD_SECONDS = 300


@dataclass(frozen=True)
class Wait:
    """A wait that ended with a person in the chat.

    Attributes:
        seconds: How long it was.
        place: The place in the queue at its beginning, 1 for the next.
        free: How many customers could have been served at once then.
    """

    seconds: float
    place: int
    free: int

    @property
    def crowded(self) -> bool:
        """Whether there was nobody free for this customer yet."""
        return self.free < self.place


def minutes_to_wait(place: int, free: int, waits: Sequence[Wait]) -> int | None:
    """About how many minutes it takes until a person joins, as one of STEPS (60: an hour or longer).

    Waits in like circumstances are compared: with somebody free for everybody ahead, or not. With more people ahead
    than could be served the time grows with the place, and is never less than the usual one.

    Args:
        free: How many customers could be served at once now.
        waits: The latest waits that ended with a person.

    Returns:
        None when too little is known to tell.
    """
    crowded = free < place
    known = [each.seconds for each in waits if each.crowded == crowded]
    if len(known) < LEAST_WAITS:
        # Waits of quiet hours would promise too much in a busy one; the other way round nobody is disappointed.
        if crowded or len(waits) < LEAST_WAITS:
            return None
        known = [each.seconds for each in waits]
    usual = median(known)
    if not crowded:
        return honest_step(usual)
    pace = median(each.seconds / max(1, each.place) for each in waits if each.crowded)
    return honest_step(max(usual, pace * place))


def honest_step(seconds: float) -> int:
    """Minutes, rounded up to a step that promises no precision there is not."""
    return next((step for step in STEPS if seconds <= step * 60), STEPS[-1])


def is_long(waited_seconds: float, told_minutes: int | None) -> bool:
    """Whether somebody has waited so much longer than they were told that they deserve a word."""
    if told_minutes is None:
        return waited_seconds > LONG_WITHOUT_TOLD_SECONDS
    return waited_seconds > max(LONG_AT_LEAST_SECONDS, 2 * told_minutes * 60)
