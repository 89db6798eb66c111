"""Who is writing right now, in this process's memory: it is over after a few seconds, and nobody needs it later."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

# Somebody who writes says so every three seconds; a call that got lost on the way is forgiven.
LASTS_SECONDS = 6.0
# Far more than in which somebody writes at once; past it the one silent for the longest time is forgotten.
MOST_CONVERSATIONS = 10_000


class Typing:
    """Who writes in which conversation.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        # Requests begin and end it, and threads that read for a page look.
        self._lock = Lock()
        # By conversation: the writer's id of staff (empty for the customer), until when, and under which name.
        self._writers: dict[str, dict[str, tuple[float, str]]] = {}

    def begin(self, conversation_id: str, staff_id: str = "", name: str = "") -> bool:
        """Note that somebody writes; whether that is news.

        Args:
            staff_id: The colleague who does; empty for the customer.
        """
        with self._lock:
            writers = self._now(conversation_id)
            news = staff_id not in writers
            # Last in line, so that the first is whoever has been silent for the longest time.
            self._writers.pop(conversation_id, None)
            if len(self._writers) >= MOST_CONVERSATIONS:
                del self._writers[next(iter(self._writers))]
            self._writers[conversation_id] = writers | {staff_id: (self._clock() + LASTS_SECONDS, name)}
            return news

    def end(self, conversation_id: str, staff_id: str = "") -> None:
        """Note that somebody has sent what they wrote."""
        with self._lock:
            self._writers.get(conversation_id, {}).pop(staff_id, None)

    def customer_writes(self, conversation_id: str) -> bool:
        """Whether the customer of a conversation writes."""
        with self._lock:
            return "" in self._now(conversation_id)

    def person_writing(self, conversation_id: str, besides: str = "") -> str | None:
        """The name of a colleague who writes to the customer of a conversation; None when none does.

        Args:
            besides: A colleague who is not meant, by their id.
        """
        with self._lock:
            writers = self._now(conversation_id)
        return next((name for staff_id, (_, name) in writers.items() if staff_id not in {"", besides}), None)

    def _now(self, conversation_id: str) -> dict[str, tuple[float, str]]:
        moment = self._clock()
        writers = {who: told for who, told in self._writers.get(conversation_id, {}).items() if told[0] > moment}
        if not writers:
            self._writers.pop(conversation_id, None)
        return writers
