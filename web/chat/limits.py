"""Counting requests, and saying when one too many may come again."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from web.chat.addresses import LOCAL, site_of
from web.chat.figures import RULES, WRONG_TOKENS, Rule
from web.chat.windows import MemoryWindows
from web.problems import TooMany

logger = logging.getLogger(__name__)

# A store that does not answer at once must not hold up customers, nor be waited for at every request.
STORE_SECONDS = 0.25
PAUSE_SECONDS = 5.0
# Longer ids than ours are none; they shall not fill the memory.
LONGEST_NAME = 64

Answer = TypeVar("Answer")


class Limits:
    """Who has done how much lately.

    Args:
        store: A Redis URL, to count together with other processes; empty for this process's memory.
        on: Whether anything is limited at all.

    Raises:
        ValueError: When the store cannot be used; one that merely does not answer now is no reason.
    """

    def __init__(self, store: str = "", on: bool = True) -> None:
        self._on = on
        self._limiter = MovingWindowRateLimiter(_shared(store) if store else MemoryWindows())
        self._patience = STORE_SECONDS if store else None
        self._paused_until = 0.0
        self._items = {window: RateLimitItemPerSecond(*window) for window in _all_windows()}

    async def admit(self, kind: str, network: str, conversation: str = "", cost: int = 1, *, program: str = "") -> None:
        """Count a request.

        Args:
            kind: A key of RULES.
            network: Whom it comes from (see addresses.py).
            conversation: The conversation it is about, if any.
            cost: As how many it counts.
            program: The program that calls, if it is one.

        Raises:
            TooMany: When that is one too many.
        """
        names = {"address": network, "conversation": conversation, "program": program, "all": "everybody"}
        for rule in RULES[kind]:
            if names[rule.by]:
                await self._count(rule, kind, names[rule.by], network, cost)

    async def admit_guess(self, network: str) -> None:
        """See whether this visitor may show one more token that is not known to be right.

        Raises:
            TooMany: When too many of theirs were wrong.
        """
        for item, name in self._counters(WRONG_TOKENS, network, network):
            keys = ("wrong", name)
            if await self._ask(lambda item=item, keys=keys: self._limiter.test(item, *keys)) is False:  # type: ignore[misc]
                raise TooMany(WRONG_TOKENS.detail, await self._wait(item, *keys))

    async def note_wrong_token(self, network: str) -> None:
        """Count a token that opened nothing."""
        for item, name in self._counters(WRONG_TOKENS, network, network):
            await self._ask(lambda item=item, name=name: self._limiter.hit(item, "wrong", name))  # type: ignore[misc]

    async def _count(self, rule: Rule, kind: str, name: str, network: str, cost: int) -> None:
        for item, counted in self._counters(rule, name, network):
            keys = (kind, rule.by, counted[:LONGEST_NAME])
            if await self._ask(lambda item=item, keys=keys: self._limiter.hit(item, *keys, cost=cost)) is False:  # type: ignore[misc]
                raise TooMany(rule.detail, await self._wait(item, *keys))

    def _counters(self, rule: Rule, name: str, network: str) -> list[tuple[RateLimitItem, str]]:
        """Each window that counts, with the name of what is counted in it."""
        if not self._on or (rule.by == "all" and network == LOCAL):
            return []
        if rule.by != "address":
            return [(self._items[window], name) for window in rule.windows]
        windows = rule.local if network == LOCAL else rule.windows
        site = site_of(network)
        around = rule.of_site if site else ()
        return [
            *((self._items[window], network) for window in windows),
            *((self._items[window], site) for window in around),
        ]

    async def _wait(self, item: RateLimitItem, *keys: str) -> int:
        """Whole seconds until one more is possible."""
        stats = await self._ask(lambda: self._limiter.get_window_stats(item, *keys))
        return max(1, math.ceil(stats.reset_time - time.time())) if stats else item.get_expiry()

    async def _ask(self, call: Callable[[], Awaitable[Answer]]) -> Answer | None:
        """What the store says; None when it fails: the door then stays open, as a chat is worth more than a count."""
        if self._paused_until > time.monotonic():
            return None
        try:
            if self._patience is None:
                return await call()
            return await asyncio.wait_for(call(), self._patience)
        except Exception as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("Requests are not counted for %.0f s: the store of limits fails: %r", PAUSE_SECONDS, error)
            return None


def _all_windows() -> set[tuple[int, int]]:
    rules = [WRONG_TOKENS, *(rule for rules in RULES.values() for rule in rules)]
    return {window for rule in rules for window in (*rule.windows, *rule.local, *rule.of_site)}


def _shared(url: str) -> Storage:
    try:
        made = storage_from_string(f"async+{url}", implementation="redispy", key_prefix="huilu")
    except ConfigurationError as error:
        raise ValueError(f"HUILU_LIMITS_STORE cannot be used: {error}") from None
    assert isinstance(made, Storage)
    return made
