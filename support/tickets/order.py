"""In which order a list shows its cases. Pure.

Each order is described once, as steps that are compared one after the other: the smaller comes first. The database
sorts by the same steps (see listing.py), and a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Sortable:
    """What decides where a case stands."""

    id: str
    priority: str
    chat: str
    waiting_since: datetime | None
    queued_at: datetime | None
    created_at: datetime
    updated_at: datetime


# Where somebody sits at their screen and waits for people.
LIVE = ("queued", "agent")

ORDERS: dict[str, tuple[str, ...]] = {
    # What needs an answer first: red, then who waits in the chat, then who has waited longest; last come the cases
    # in which it is the customer's turn.
    "urgent": ("customers_turn", "less_than_red", "not_in_the_chat", "waiting_since", "oldest", "id"),
    "newest": ("newest", "id"),
    "oldest": ("oldest", "id"),
    "changed": ("latest_change", "id"),
}

STEPS: dict[str, Callable[[Sortable], object]] = {
    "customers_turn": lambda case: case.waiting_since is None,
    "less_than_red": lambda case: case.priority != "red",
    "not_in_the_chat": lambda case: case.chat not in LIVE,
    "waiting_since": lambda case: (case.queued_at or case.waiting_since or case.created_at).timestamp(),
    "oldest": lambda case: case.created_at.timestamp(),
    "newest": lambda case: -case.created_at.timestamp(),
    "latest_change": lambda case: -case.updated_at.timestamp(),
    "id": lambda case: case.id,
}


def place(order: str, case: Sortable) -> tuple[object, ...]:
    """What a case is sorted by in an order."""
    return tuple(STEPS[step](case) for step in ORDERS[order])
