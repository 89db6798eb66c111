"""Getting what was erased out of SQLite's raw files as well.

SQLite overwrites what is deleted (`secure_delete`), but not the copies that it leaves behind when it moves rows from
one page to another (measured: up to 9 words of 60,000 were still found), and its log holds earlier states of pages.
So after an erasure the log is emptied at once, and the file is written anew soon after. Since writers wait for that,
it is done for at most a hundredth of the time, and a large file waits for a quiet moment (see quiet.py). That it is due
is noted in the file itself, and so survives a crash.

On PostgreSQL there is nothing to do here: its own vacuum frees the places, and they are overwritten as they are used.
"""

import asyncio
import contextlib
import logging
import time

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.engine import Database
from storage.quiet import may_rewrite

logger = logging.getLogger(__name__)

# The file is being written anew for at most this part of the time.
MOST_OF_THE_TIME = 0.01
TRIES = 50
PAUSE_SECONDS = 0.1
PAUSE_AFTER_FAILURE = 60.0
# How often it is looked whether a quiet moment has come.
LOOK_AGAIN_SECONDS = 60.0


def note_erasure(session: Session) -> None:
    """Note in the file, as part of the transaction that erases, that it has to be written anew."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA user_version=1"))


def rewriting_is_due(session: Session) -> bool:
    """Whether something was erased since the file was last written anew."""
    return session.get_bind().dialect.name == "sqlite" and session.scalar(text("PRAGMA user_version")) == 1


class Purge:
    """Purges the raw files of a database in the background, after each request to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked = asyncio.Event()
        self._due = False
        self._not_before = 0.0
        self._rewritten_at = float("-inf")

    def request(self) -> None:
        """Something was erased."""
        self._asked.set()

    async def run_forever(self) -> None:
        """Purge whenever that was requested, and at first when a crash kept it from being done."""
        if not self._database.is_sqlite:
            return
        if await self._database.read(rewriting_is_due):
            # What the log holds did not leave it either.
            self._asked.set()
        while True:
            pause = max(0.0, self._not_before - time.monotonic()) if self._due else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), pause)
            try:
                await self._purge()
            except Exception:
                logger.exception("The database file could not be purged of what was erased; it will be tried again.")
                self._due, self._not_before = True, time.monotonic() + PAUSE_AFTER_FAILURE

    async def _purge(self) -> None:
        if self._asked.is_set():
            self._asked.clear()
            self._due = True
            await self._empty_log()
        if not self._due or time.monotonic() < self._not_before:
            return
        begun = time.monotonic()
        if not await self._is_quiet(begun):
            self._not_before = begun + LOOK_AGAIN_SECONDS
            return
        await asyncio.to_thread(self._database.rewrite)
        await self._empty_log()
        self._due = False
        self._rewritten_at = time.monotonic()
        self._not_before = self._rewritten_at + (self._rewritten_at - begun) / MOST_OF_THE_TIME

    async def _is_quiet(self, moment: float) -> bool:
        size = await asyncio.to_thread(self._database.file_size)
        return may_rewrite(size, time.localtime().tm_hour, self._database.idle_seconds, moment - self._rewritten_at)

    async def _empty_log(self) -> None:
        """Empty the log; readers who hold an older state keep it for a moment."""
        for _ in range(TRIES):
            if await asyncio.to_thread(self._database.empty_log):
                return
            await asyncio.sleep(PAUSE_SECONDS)
        raise TimeoutError("somebody keeps reading an older state of the database")
