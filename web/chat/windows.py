"""Moving windows in this process's memory, for the library `limits`.

The library's own memory store looks through every key, each in a thread of its own, after every request: measured with
1,000 visitors, that alone keeps a processor busy. This one drops what is over as it goes along.
"""

import time
from collections import OrderedDict, deque

from limits.aio.storage import MovingWindowSupport, Storage

# Addresses are plenty in a flood. Of each length of window so many are kept (about a kilobyte each); past that the one
# that did nothing for the longest time is forgotten.
MOST_KEYS = 20_000


class MemoryWindows(Storage, MovingWindowSupport):
    """When each key was used, as far back as its window reaches; costs the same however many keys there are."""

    STORAGE_SCHEME = ["async+huilu-memory"]

    def __init__(self, most: int = MOST_KEYS) -> None:
        super().__init__()
        self._most = most
        # By length of window, and in each the key used longest ago first: so what is over stands in front.
        self._times: dict[int, OrderedDict[str, deque[float]]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library may wrap; nothing here raises it."""
        return ValueError

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Note `amount` uses, unless that would be more than `limit` in `expiry` seconds."""
        moment = time.monotonic()
        keys = self._times.setdefault(expiry, OrderedDict())
        times = keys.setdefault(key, deque())
        keys.move_to_end(key)
        while times and times[0] <= moment - expiry:
            times.popleft()
        self._forget(keys, moment - expiry)
        if len(times) + amount > limit:
            return False
        times.extend([moment] * amount)
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest use within the window was (Unix seconds), and how many there are."""
        moment = time.monotonic()
        keys = self._times.get(expiry, OrderedDict[str, deque[float]]())
        times = keys.get(key, deque[float]())
        counted = [each for each in times if each > moment - expiry]
        return time.time() - (moment - counted[0] if counted else 0.0), len(counted)

    async def check(self) -> bool:
        """Whether the store works: memory does."""
        return True

    async def reset(self) -> int:
        """Forget everything; returns how many keys that were."""
        count = sum(len(keys) for keys in self._times.values())
        self._times.clear()
        return count

    async def clear(self, key: str) -> None:
        """Forget a key."""
        for keys in self._times.values():
            keys.pop(key, None)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    async def get(self, key: str) -> int:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    async def get_expiry(self, key: str) -> float:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    def _forget(self, keys: OrderedDict[str, deque[float]], before: float) -> None:
        """Drop up to two keys that are over: a request brings one at most, so this keeps up."""
        for _ in range(2):
            key, times = next(iter(keys.items()))
            over = not times or times[-1] <= before
            if len(keys) == 1 or not (over or len(keys) > self._most):
                return
            del keys[key]
