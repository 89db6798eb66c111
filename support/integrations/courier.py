"""Carries calls out of the outbox to their receivers, beside everything else that the app does."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from storage.base import now
from storage.engine import Database
from support.integrations.delivery import Answer, Call, claim, find_due, settle
from support.integrations.webhooks import clear_old, has_old

logger = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 1.0
PAUSE_AFTER_FAILURE = 5.0
CLEAR_SECONDS = 3600.0


class Sends(Protocol):
    """Makes calls."""

    async def send(self, call: Call) -> Answer:
        """Make one; never fails."""

    async def close(self) -> None:
        """Make no more."""


class Courier:
    """Delivers at least once: a call whose end could not be noted is made again.

    Several processes may carry from the same outbox.
    """

    def __init__(self, database: Database, sender: Sends, clock: Callable[[], datetime] = now) -> None:
        self._database = database
        self._sender = sender
        self._clock = clock
        self._open: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._ended = asyncio.Event()

    async def run_forever(self) -> None:
        """Deliver whatever is due; looks again every second, and as soon as a call has ended."""
        try:
            while True:
                self._ended.clear()
                try:
                    await self.begin_due()
                except Exception:
                    logger.exception("Webhooks could not be looked after; it will be tried again.")
                    await asyncio.sleep(PAUSE_AFTER_FAILURE)
                try:
                    await asyncio.wait_for(self._ended.wait(), LOOK_AGAIN_SECONDS)
                except TimeoutError:
                    continue
        finally:
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            await self._sender.close()

    async def clear_forever(self) -> None:
        """Forget what happened long ago, now and every hour."""
        while True:
            try:
                if await self._database.read(lambda session: has_old(session, self._clock())):
                    await self._database.write(lambda session: clear_old(session, self._clock()))
            except Exception:
                logger.exception("Old webhook calls could not be cleared; it will be tried again.")
            await asyncio.sleep(CLEAR_SECONDS)

    async def begin_due(self) -> list[asyncio.Task[None]]:
        """Begin all calls that are due, as far as their webhooks have room."""
        at = self._clock()
        found = await self._database.read(lambda session: find_due(session, at, self._busy))
        if not found:
            return []
        calls = await self._database.write(lambda session: claim(session, found, at))
        return [self._begin(call) for call in calls]

    def _begin(self, call: Call) -> asyncio.Task[None]:
        self._busy[call.webhook_id] += 1
        task = asyncio.create_task(self._carry(call))
        self._open.add(task)
        task.add_done_callback(partial(self._end, call.webhook_id))
        return task

    def _end(self, webhook_id: str, task: asyncio.Task[None]) -> None:
        self._open.discard(task)
        self._busy[webhook_id] -= 1
        self._ended.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # It is made again once its lease has run out.
            logger.error("What became of a webhook call could not be noted.", exc_info=error)

    async def _carry(self, call: Call) -> None:
        answer = await self._sender.send(call)
        at = self._clock()
        await self._database.write(lambda session: settle(session, call, answer, at))
        told = {"webhook": call.webhook_id, "delivery": call.id, "attempt": call.attempt, "status": answer.status}
        logger.info("webhook called" if answer.taken else "webhook call failed", extra={"fields": told})
