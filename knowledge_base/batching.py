"""Single texts: those of the same moment are encoded together, and recent ones are not encoded again."""

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from threading import Event, Lock

from knowledge_base.encoders import Vectors

MOST_TOGETHER = 32
_RECENT_TEXTS = 2_000


class _Asked:
    """One text that is waited for. Whoever `leads` encodes for all that wait, and then names the next to do so."""

    __slots__ = ("failure", "leads", "text", "vectors", "woken")

    def __init__(self, text: str) -> None:
        self.text = text
        self.leads = False
        self.woken = Event()
        self.vectors: Vectors | None = None
        self.failure: Exception | None = None


class Together:
    """Encodes single texts: at once while the model is free, and all that came meanwhile in one go when it was not.

    There is no thread of its own and no waiting for more to come: one of those who wait encodes for the others.

    Args:
        encode: See `Encoder.encode`.
        at_once: How many calls of `encode` may run side by side.
        most: How many texts one call may get.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Vectors], at_once: int = 1, most: int = MOST_TOGETHER) -> None:
        self._encode = encode
        self._at_once = at_once
        self._most = most
        self._lock = Lock()
        self._leaders = 0
        self._waiting: deque[_Asked] = deque()

    def encode(self, text: str) -> Vectors:
        """The vector of one text, shape (1, dimension).

        Raises:
            Exception: What `encode` raised, for every text that it was given.
        """
        own = _Asked(text)
        try:
            with self._lock:
                own.leads = self._leaders < self._at_once
                if own.leads:
                    self._leaders += 1
                else:
                    self._waiting.append(own)
            if not own.leads:
                own.woken.wait()
            if own.leads:
                self._lead(own)
        except BaseException:
            self._leave(own)
            raise
        if own.failure is not None:
            raise own.failure
        assert own.vectors is not None
        return own.vectors

    def _lead(self, own: _Asked) -> None:
        batch = [own]
        # What the others are told when this thread is ended from outside.
        failure: Exception | None = RuntimeError("The thread that was encoding for several has ended.")
        try:
            with self._lock:
                while self._waiting and len(batch) < self._most:
                    batch.append(self._waiting.popleft())
            vectors = self._encode([asked.text for asked in batch])
            for row, asked in enumerate(batch):
                # A copy, because a part would keep the whole in memory.
                asked.vectors = vectors[row : row + 1].copy()
            failure = None
        except Exception as error:
            failure = error
        finally:
            for asked in batch:
                asked.failure = failure
                asked.woken.set()
            self._hand_over(own)

    def _hand_over(self, own: _Asked) -> None:
        with self._lock:
            own.leads = False
            if self._waiting:
                following = self._waiting.popleft()
                following.leads = True
                following.woken.set()
            else:
                self._leaders -= 1

    def _leave(self, own: _Asked) -> None:
        """See that nobody waits for a thread that was ended while it waited or was about to lead."""
        with self._lock:
            if own in self._waiting:
                self._waiting.remove(own)
        # Nobody can name it any more: those who wait are the only ones that are named.
        if own.leads:
            self._hand_over(own)


class RecentVectors:
    """Keeps the vectors of recent texts, for a question is looked up again with the next one as its context.

    Texts that are asked for while the model is busy are encoded together.

    Args:
        encode: Makes the vectors that are not kept.
        at_once: How many calls of `encode` may run side by side; as many as there are cores, unless said otherwise.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Vectors], at_once: int = 0) -> None:
        self._together = Together(encode, at_once or cores())
        self._lock = Lock()
        self._kept: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, text: str) -> Vectors:
        """The vector of one text, shape (1, dimension); not to be changed. Raises what `encode` does."""
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
        vectors = self._together.encode(text)
        with self._lock:
            self._kept[text] = vectors
            if len(self._kept) > _RECENT_TEXTS:
                self._kept.popitem(last=False)
        return vectors


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
