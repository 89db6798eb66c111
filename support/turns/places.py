"""The places in which turns are answered, and the line before them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from support.turns.admission import Group, Who, next_in


class Places:
    """So many places as turns are answered at once; who gets one is decided in admission.py."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._arrivals = count()
        self._waiting: dict[Who, deque[tuple[int, asyncio.Future[None]]]] = {"known": deque(), "newcomer": deque()}
        self._held: dict[Who, int] = {"known": 0, "newcomer": 0}

    @asynccontextmanager
    async def place(self, newcomer: bool) -> AsyncIterator[None]:
        """Wait for a place, and hold it."""
        who: Who = "newcomer" if newcomer else "known"
        await self._enter(who)
        try:
            yield
        finally:
            self._leave(who)

    async def _enter(self, who: Who) -> None:
        called = asyncio.get_running_loop().create_future()
        waiter = (next(self._arrivals), called)
        self._waiting[who].append(waiter)
        self._admit()
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                # The place was given in the same moment.
                self._leave(who)
            elif waiter in self._waiting[who]:
                self._waiting[who].remove(waiter)
            raise

    def _leave(self, who: Who) -> None:
        self._held[who] -= 1
        self._admit()

    def _admit(self) -> None:
        while (who := next_in(self._group("known"), self._group("newcomer"), self._places)) is not None:
            _, called = self._waiting[who].popleft()
            if not called.done():
                self._held[who] += 1
                called.set_result(None)

    def _group(self, who: Who) -> Group:
        waiting = self._waiting[who]
        return Group(len(waiting), self._held[who], waiting[0][0] if waiting else 0)
