"""The database: one engine, and units of work that read or write."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

WRITING = "huilu_writing"
BUSY_SECONDS = 30
# A database server works on many units at once; SQLite lets one writer in, so that one thread queues for it.
SERVER_THREADS = 16
READING_THREADS = 4
# PostgreSQL's codes for a serialization failure and a deadlock; of two units only one fails, so the next try goes well.
_IN_EACH_OTHERS_WAY = {"40001", "40P01"}
TIMES_AGAIN = 2

Result = TypeVar("Result")


class Database:
    """Hands out units of work on SQLite or PostgreSQL.

    `reading()` sees one consistent state and must not write. `writing()` commits when its block ends
    and rolls back when it raises; on SQLite it takes the write lock at once (`BEGIN IMMEDIATE`),
    because a transaction that reads first and writes later fails at once when another commit came between.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # What every unit of work is told about the surroundings, as its `session.info`.
        self.told: dict[Any, Any] = {}
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _server_engine(url)
        self._writing_engine = self.engine.execution_options(**{WRITING: True})
        # SQLite lets one writer in at a time and makes the others poll; a lock lets them queue instead.
        self._one_writer = threading.Lock() if self.is_sqlite else nullcontext()
        # Threads of their own: writers that wait for the database must not hold up those who read or search.
        writing, reading = (1, READING_THREADS) if self.is_sqlite else (SERVER_THREADS, SERVER_THREADS)
        self._writers = ThreadPoolExecutor(writing, "write")
        self._readers = ThreadPoolExecutor(reading, "read")
        self._waiting: dict[int, float] = {}
        self._written_at = time.monotonic()
        # Seconds for which writers waited because the file was written anew, and since when they do.
        self._rewriting_seconds = 0.0
        self._rewriting_since: float | None = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A unit of work that only reads."""
        with Session(self.engine, expire_on_commit=False, autoflush=False, info=self.told) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A unit of work that writes; committed as a whole at the end of the block, or not at all."""
        with (
            self._one_writer,
            Session(self._writing_engine, expire_on_commit=False, info=self.told) as session,
            session.begin(),
        ):
            yield session
        self._written_at = time.monotonic()

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run one reading unit of work in a thread, off the event loop."""

        def unit() -> Result:
            with self.reading() as session:
                return work(session)

        return await _in_thread(self._readers, unit)

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run one writing unit of work in a thread; committed when `work` returns.

        `work` may run more than once: when PostgreSQL ends it because two units waited for each other, nothing of it
        was kept, and it is done again.
        """

        def once() -> Result:
            with self.writing() as session:
                return work(session)

        def unit() -> Result:
            for _ in range(TIMES_AGAIN):
                try:
                    return once()
                except OperationalError as error:
                    if getattr(error.orig, "sqlstate", None) not in _IN_EACH_OTHERS_WAY:
                        raise
            return once()

        ticket = id(unit)
        self._waiting[ticket] = self._writers_time()
        try:
            return await _in_thread(self._writers, unit)
        finally:
            del self._waiting[ticket]

    @property
    def longest_write(self) -> float:
        """For how many seconds the oldest unit of work that is not committed yet has waited; 0 when there is none.

        Waiting for the file to be written anew is not counted: that ends, and says nothing about the database's health.
        """
        return max(0.0, self._writers_time() - min(self._waiting.values())) if self._waiting else 0.0

    @property
    def idle_seconds(self) -> float:
        """For how many seconds nothing was written."""
        return time.monotonic() - self._written_at

    def file_size(self) -> int:
        """How large SQLite's file is, in bytes; 0 on a database server."""
        if not self.is_sqlite:
            return 0
        with self.engine.connect() as connection:
            pages, each = (connection.scalar(text(f"PRAGMA {name}")) for name in ("page_count", "page_size"))
        return int(pages) * int(each)

    def check(self) -> None:
        """Ask the database for nothing, to see that it answers; raises what the driver raises."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def empty_log(self) -> bool:
        """Bring SQLite's log into the file and make it empty, so that nothing erased is left in it.

        Returns:
            False while somebody still reads an older state out of it; true at once on a database server.
        """
        if not self.is_sqlite:
            return True
        with self._writers_held_up() as connection:
            connection.execute("PRAGMA busy_timeout=100")
            try:
                (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            return not busy

    def rewrite(self) -> None:
        """Write SQLite's file anew with what is kept, and nothing else; does nothing on a database server.

        Readers go on meanwhile, writers wait.
        """
        if not self.is_sqlite:
            return
        with self._writers_held_up() as connection:
            # A full-text index only notes that words were taken out, until its parts are joined.
            found = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%fts5%'"
            for (name,) in connection.execute(found).fetchall():
                # The name stands in the schema; nobody outside chooses it.
                connection.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")  # noqa: S608
            connection.execute("VACUUM")
            # Nobody could erase anything in between (see storage/purging.py).
            connection.execute("PRAGMA user_version=0")

    @contextmanager
    def _writers_held_up(self) -> Iterator[Any]:
        """A connection of the driver, because SQLAlchemy would begin a transaction first; meanwhile nobody writes."""
        with self._one_writer:
            began = self._rewriting_since = time.monotonic()
            connection = self.engine.raw_connection()
            try:
                yield connection.driver_connection
            finally:
                connection.close()
                self._rewriting_seconds += time.monotonic() - began
                self._rewriting_since = None

    def _writers_time(self) -> float:
        """A clock that stands while writers are held up; compared with itself only."""
        since = self._rewriting_since
        return (time.monotonic() if since is None else since) - self._rewriting_seconds

    def close(self) -> None:
        """Close every pooled connection, once the units of work that began have ended."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()


async def _in_thread(pool: ThreadPoolExecutor, unit: Callable[[], Result]) -> Result:
    """Run in a pool, with the caller's context variables, as asyncio.to_thread does in its own pool."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, unit)


def _server_engine(url: str) -> Engine:
    # Values of statements are what customers said: they do not belong into logs.
    return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True, hide_parameters=True)


def _sqlite_engine(url: str) -> Engine:
    file = make_url(url).database
    if file and file != ":memory:":
        # What customers say lies here: nobody else on the machine may look into a folder that we make.
        Path(file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=20,
        max_overflow=20,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        # The driver's own transaction handling would begin deferred transactions behind our back.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is erased is overwritten, instead of only taken out of the lists.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
