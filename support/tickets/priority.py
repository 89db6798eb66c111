"""How urgent a case is, in four colours, and by when somebody looks at it. Pure.

The hours are the product's defaults for the first response: red 24 h, yellow 48 h, green 72 h, blue a week.
"""

PRIORITIES = ("red", "yellow", "green", "blue")
FIRST_RESPONSE_HOURS = {"red": 24, "yellow": 48, "green": 72, "blue": 168}
# By the reason a case was opened for; what is not named is green.
_BY_REASON = {"safety": "red", "complaint": "yellow", "low_rating": "yellow"}


def priority_for(reason: str) -> str:
    """The colour of a case that was opened for a reason."""
    return _BY_REASON.get(reason, "green")


def more_urgent(priority: str, other: str) -> str:
    """The more urgent of two colours."""
    return min(priority, other, key=PRIORITIES.index)


def one_higher(priority: str) -> str:
    """The next more urgent colour, for a case that comes back; red stays red."""
    return PRIORITIES[max(0, PRIORITIES.index(priority) - 1)]
