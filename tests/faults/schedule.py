"""Which fault comes when: planned from a seed, so that a run can be told and tried again. Pure.

The moments are counted in conversations that have ended, not in seconds: on a slow machine, too, most of the time
something runs that can be broken, and a run has the same faults however long it takes.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.faults.proxy import ACTION_FAULTS

KILL, STOP_AND_GO, RESTART, LOCK = "kill -9", "stop for a while", "restart", "lock"
# Faults of the servers by turns: each round holds all of these once, shuffled.
ROUND = (
    (KILL, "app", 0.0),
    (KILL, "app", 0.0),
    (RESTART, "app", 0.0),
    (STOP_AND_GO, "app", 4.0),
    (KILL, "rasa", 0.0),
    (RESTART, "rasa", 0.0),
    (STOP_AND_GO, "rasa", 8.0),
    (LOCK, "database", 5.0),
    (LOCK, "database", 5.0),
)
CONVERSATIONS_A_FAULT = 30
# So often the next fault does not wait for conversations but comes at once, while the last one still lasts.
CLOSE = 0.2
# The supervisor waits longer after each death of a process that did not run for a minute: 1, 2, 4, 8 s, and so on.
DEATHS_IN_A_ROW, REST_SECONDS = 4, 75.0
WINDOW_PAUSE, WINDOW_SECONDS = (1.5, 5.0), (2.5, 4.5)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong once so many conversations have ended, for so many seconds.

    Attributes:
        close_before: Whether the next fault may come while this one still lasts.
    """

    after: int
    what: str
    where: str
    seconds: float = 0.0
    close_before: bool = False

    def __str__(self) -> str:
        lasting = f" for {self.seconds:.0f} s" if self.seconds else ""
        return f"{self.what} {self.where}{lasting}"


@dataclass(frozen=True)
class Window:
    """A time in which most calls of actions meet a fault, and the pause before it."""

    pause: float
    fault: str
    seconds: float


def plan(seed: int, conversations: int) -> list[Fault]:
    """All faults of the servers, in order."""
    dice = random.Random(f"servers {seed}")
    planned: list[Fault] = []
    waiting: list[tuple[str, str, float]] = []
    after = CONVERSATIONS_A_FAULT * dice.uniform(0.2, 0.6)
    while after < conversations:
        waiting = waiting or dice.sample(ROUND, len(ROUND))
        close = dice.random() < CLOSE
        planned.append(Fault(int(after), *waiting.pop(), close_before=close))
        after += 0 if close else CONVERSATIONS_A_FAULT * dice.uniform(0.5, 1.5) / (1 - CLOSE)
    return planned


def windows(seed: int) -> Iterator[Window]:
    """The windows of failing actions, without end."""
    dice = random.Random(f"windows {seed}")
    while True:
        for fault in dice.sample(ACTION_FAULTS, len(ACTION_FAULTS)):
            yield Window(dice.uniform(*WINDOW_PAUSE), fault, dice.uniform(*WINDOW_SECONDS))


def too_often(deaths: Sequence[float], now: float) -> bool:
    """Whether a process that ended at these moments has to run for a while before it ends once more."""
    latest = [*deaths[-DEATHS_IN_A_ROW:], now]
    return len(deaths) >= DEATHS_IN_A_ROW and all(
        later - earlier <= REST_SECONDS for earlier, later in pairwise(latest)
    )
