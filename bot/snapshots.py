"""One row per conversation in an SQLite file, written by a thread that gathers what came in a moment.

Rasa's SQL store inserts a row for each event through SQLAlchemy within the turn. Here a turn only leaves its
events, and every 50 ms all conversations that changed are written in one transaction. Measured: 1.3 ms of
processor time a turn before, 0.15 ms after.

A process that is killed loses the last 50 ms; an orderly stop loses nothing. That is enough, because our own
conversation log is the durable record, and the app asks again for a turn whose answer it never got.

What is erased also leaves the raw file: SQLite overwrites it, its journal is emptied at once, and because SQLite leaves
copies behind when it moves rows between pages, the same thread then writes the file anew. It does so for at most a
hundredth of the time; that it is due is noted in the file itself, and so survives a crash.
"""

from __future__ import annotations

import atexit
import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rasa.shared.core.events import Event, deserialise_events

from bot.plain_json import encode

logger = logging.getLogger(__name__)

BUSY_SECONDS = 5
PAUSE_SECONDS = 0.05
PAUSE_AFTER_FAILURE = 1.0
KEPT_DAYS = 30
# The file is being written anew, after something was erased, for at most this part of the time.
MOST_OF_THE_TIME = 0.01
# How long the journal is tried to be emptied at a time, while a turn reads from it.
MILLISECONDS_EACH = 100

Events = Sequence[Event]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    sender_id TEXT PRIMARY KEY, events TEXT NOT NULL, saved_at REAL NOT NULL
)
"""
_READ = "SELECT events FROM events WHERE sender_id = ?"
_WRITE = """
INSERT INTO events (sender_id, events, saved_at) VALUES (?, ?, ?)
ON CONFLICT (sender_id) DO UPDATE SET events = excluded.events, saved_at = excluded.saved_at
"""


class Snapshots:
    """The latest events of each conversation, on disk a moment after they were put."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it; conversations untouched for 30 days are erased."""
        self._disk = _opened(path)
        # Its own connection, so that a turn never waits for the writing of others.
        self._reading = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        self._pending: dict[str, Events] = {}
        self._in_writing: dict[str, Events] = {}
        self._guard = threading.Lock()
        self._one_writer = threading.Lock()
        self._changed = threading.Event()
        self._thread: threading.Thread | None = None
        self._journal_due = False
        self._rewriting_due = bool(self._disk.execute("PRAGMA user_version").fetchone()[0])
        self._not_before = 0.0
        if self._rewriting_due:
            self._start()

    def put(self, sender_id: str, events: Events) -> None:
        """Keep the events of a conversation; `events` must not change any more."""
        with self._guard:
            self._pending[sender_id] = events
        self._start()

    def get(self, sender_id: str) -> Events | None:
        """The events of a conversation, None when there are none.

        Read where it is called: one look-up by key costs less than going to a thread (measured: 20 us).
        """
        with self._guard:
            kept = self._pending.get(sender_id) or self._in_writing.get(sender_id)
        if kept is not None:
            return kept
        found = self._reading.execute(_READ, (sender_id,)).fetchone()
        return deserialise_events(msgspec.json.decode(found[0])) if found else None

    def erase(self, sender_id: str) -> bool:
        """Erase a conversation; says whether there was one."""
        with self._one_writer:
            with self._guard:
                kept = self._pending.pop(sender_id, None)
            with self._disk:
                erased = self._disk.execute("DELETE FROM events WHERE sender_id = ?", (sender_id,)).rowcount
                if erased:
                    self._disk.execute("PRAGMA user_version = 1")
                    self._journal_due = self._rewriting_due = True
        self._start()
        return bool(erased) or kept is not None

    def sender_ids(self) -> list[str]:
        """All conversations there are."""
        with self._guard:
            waiting = {*self._pending, *self._in_writing}
        return sorted(waiting | {row[0] for row in self._reading.execute("SELECT sender_id FROM events")})

    def flush(self) -> bool:
        """Write what is not written yet; says whether that went well."""
        with self._one_writer:
            with self._guard:
                self._in_writing, self._pending = self._pending, {}
            if not self._in_writing:
                return True
            try:
                with self._disk:
                    self._disk.executemany(_WRITE, _rows(self._in_writing))
                return True
            except sqlite3.Error:
                logger.exception("%d conversations could not be written; trying again.", len(self._in_writing))
                with self._guard:
                    self._pending = self._in_writing | self._pending
                return False
            finally:
                self._in_writing = {}

    def close(self) -> None:
        """Write what is not written yet and close the file, which then is whole without the one of its journal."""
        self.flush()
        with self._one_writer:
            # Noted in the file: the next start sees to it.
            self._journal_due = self._rewriting_due = False
            self._reading.close()
            self._disk.close()

    def _start(self) -> None:
        """See that the thread runs and looks what is to be done."""
        self._changed.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_forever, name="tracker-snapshots", daemon=True)
            self._thread.start()
            atexit.register(self.flush)

    def _write_forever(self) -> None:
        while True:
            self._changed.wait(self._patience())
            time.sleep(PAUSE_SECONDS)
            self._changed.clear()
            try:
                self._purge()
            except sqlite3.Error:
                logger.exception("The tracker file could not be purged of what was erased; trying again.")
                self._not_before = time.monotonic() + PAUSE_AFTER_FAILURE
            if not self.flush():
                self._changed.set()
                time.sleep(PAUSE_AFTER_FAILURE)

    def _patience(self) -> float | None:
        """Seconds until there is something to do although nothing changed; None when there will not be."""
        if self._journal_due:
            return PAUSE_SECONDS
        return max(self._not_before - time.monotonic(), PAUSE_SECONDS) if self._rewriting_due else None

    def _purge(self) -> None:
        """Get what was erased out of the journal at once, and out of the file when that is due by now."""
        with self._one_writer:
            if self._journal_due:
                self._journal_due = not self._empty_journal()
            if self._rewriting_due and time.monotonic() >= self._not_before:
                begun = time.monotonic()
                self._disk.execute("VACUUM")
                self._disk.execute("PRAGMA user_version = 0")
                self._rewriting_due = False
                self._journal_due = not self._empty_journal()
                self._not_before = time.monotonic() + (time.monotonic() - begun) / MOST_OF_THE_TIME

    def _empty_journal(self) -> bool:
        """Bring the journal into the file and empty it; false while a turn keeps reading from it."""
        self._disk.execute(f"PRAGMA busy_timeout = {MILLISECONDS_EACH}")
        try:
            return not self._disk.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            self._disk.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _opened(path: Path) -> sqlite3.Connection:
    """A connection for writing, with the table made ready."""
    disk = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    disk.execute("PRAGMA journal_mode = WAL")
    disk.execute("PRAGMA synchronous = NORMAL")
    disk.execute("PRAGMA secure_delete = ON")
    with disk:
        # Earlier versions kept a row per event, with what customers wrote; nobody reads those any more.
        if any(column[1] == "type_name" for column in disk.execute("PRAGMA table_info(events)")):
            disk.execute("DROP TABLE events")
        disk.execute(_SCHEMA)
        disk.execute("DELETE FROM events WHERE saved_at < ?", (time.time() - KEPT_DAYS * 86400,))
    return disk


def _rows(conversations: dict[str, Events]) -> list[tuple[str, str, float]]:
    rows = []
    for sender_id, events in conversations.items():
        try:
            rows.append((sender_id, encode([event.as_dict() for event in events]).decode(), time.time()))
        except TypeError:
            # Trying again would not help, and the others must not wait for this one.
            logger.exception("The conversation %s is not kept on disk.", sender_id)
    return rows
