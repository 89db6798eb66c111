"""How many new conversations a known customer gets in an hour. Pure.

Nobody needs that many, and going on with one is always possible. Whoever is not known is limited by their address.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

MOST_NEW = 20
WITHIN = timedelta(hours=1)


class TooManyConversations(Exception):
    """The customer opened too many conversations lately; `seconds` is the time until one more can be opened."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"one more in {seconds} seconds")
        self.seconds = seconds


def check_may_open(opened: Sequence[datetime], moment: datetime) -> None:
    """See that a customer may open one more conversation.

    Args:
        opened: When their last ones were opened, newest first.
        moment: The present.

    Raises:
        TooManyConversations: When there were MOST_NEW of them within the last hour.
    """
    lately = [each for each in opened if each > moment - WITHIN]
    if len(lately) >= MOST_NEW:
        wait = lately[MOST_NEW - 1] + WITHIN - moment
        raise TooManyConversations(max(1, math.ceil(wait.total_seconds())))
