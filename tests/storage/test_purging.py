"""What was erased leaves SQLite's raw files too."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import text

from storage.base import new_id
from storage.engine import Database
from storage.purging import Purge, note_erasure, rewriting_is_due
from storage.quiet import MEGABYTE, may_rewrite
from support.customers.tables import Customer

WORD, OTHER = b"Sesamoeffner", b"Xylophonkasten"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_a_server = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def file(database: Database, tmp_path: Path) -> Path:
    """The file of the database, with rows that grew and moved."""
    chance = random.Random(7)
    ids = [(new_id(), (WORD if number % 5 == 0 else OTHER).decode()) for number in range(300)]
    with database.writing() as session:
        session.add_all(Customer(id=each, external_id=f"{word}{number}") for number, (each, word) in enumerate(ids))
    for _ in range(10):
        with database.writing() as session:
            grown = [{"own": each, "name": word * chance.randint(1, 8)} for each, word in chance.sample(ids, 60)]
            session.connection().execute(text("UPDATE customer SET name = :name WHERE id = :own"), grown)
    return tmp_path / "huilu.db"


def raw(file: Path) -> bytes:
    return b"".join(each.read_bytes() for each in file.parent.glob("huilu.db*"))


def erase(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("DELETE FROM customer WHERE external_id LIKE 'Sesam%'"))
        note_erasure(session)


@asynccontextmanager
async def running(purge: Purge) -> AsyncIterator[None]:
    task = asyncio.create_task(purge.run_forever())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def gone(file: Path, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while WORD in raw(file) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    return WORD not in raw(file)


@on_sqlite
async def test_what_was_erased_is_soon_in_no_raw_file_and_the_rest_is(database: Database, file: Path) -> None:
    purge = Purge(database)
    assert WORD in raw(file)
    async with running(purge):
        erase(database)
        purge.request()
        assert await gone(file)
    assert OTHER in raw(file)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM customer")).scalar() == 240
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"


@on_sqlite
async def test_a_reader_who_holds_an_older_state_is_waited_for(database: Database, file: Path) -> None:
    purge = Purge(database)
    async with running(purge):
        with database.reading() as session:
            session.execute(text("SELECT count(*) FROM customer"))
            erase(database)
            purge.request()
            await asyncio.sleep(0.5)
            assert WORD in raw(file)
        assert await gone(file)


@on_sqlite
async def test_what_a_crash_kept_from_being_purged_is_purged_at_the_next_start(database: Database, file: Path) -> None:
    erase(database)
    with database.reading() as session:
        assert rewriting_is_due(session)
    async with running(Purge(database)):
        assert await gone(file)
    with database.reading() as session:
        assert not rewriting_is_due(session)


@on_sqlite
async def test_an_erasure_that_failed_leaves_nothing_to_do(database: Database, file: Path) -> None:
    with suppress(RuntimeError), database.writing() as session:
        note_erasure(session)
        raise RuntimeError
    with database.reading() as session:
        assert not rewriting_is_due(session)


@on_sqlite
async def test_the_file_is_not_written_anew_all_the_time(database: Database, file: Path) -> None:
    purge = Purge(database)
    with patch.object(database, "rewrite", side_effect=lambda: time.sleep(0.01)) as rewrite:
        async with running(purge):
            for _ in range(10):
                purge.request()
                await asyncio.sleep(0.05)
    assert rewrite.call_count == 1


@on_sqlite
async def test_a_failure_is_logged_and_tried_again(database: Database, file: Path) -> None:
    purge = Purge(database)
    with (
        patch("storage.purging.PAUSE_AFTER_FAILURE", 0.05),
        patch.object(database, "rewrite", side_effect=[OSError("disk full"), None]) as rewrite,
    ):
        async with running(purge):
            purge.request()
            await asyncio.sleep(0.5)
    assert rewrite.call_count == 2


@pytest.mark.fast
@pytest.mark.parametrize(
    ("megabytes", "hour", "idle", "since_last", "may"),
    [
        (200, 12, 0, 0, True),
        (201, 12, 0, 1e6, False),
        (201, 12, 599, 1e6, False),
        (201, 12, 600, 0, True),
        (201, 2, 0, 1e6, True),
        (201, 4, 0, 1e6, True),
        (201, 5, 0, 1e6, False),
        (201, 3, 0, 3 * 3600, False),
        (20_000, 3, 0, 23 * 3600, True),
    ],
)
def test_a_large_file_waits_for_the_night_or_for_an_idle_moment(
    megabytes: int, hour: int, idle: float, since_last: float, may: bool
) -> None:
    assert may_rewrite(megabytes * MEGABYTE, hour, idle, since_last) is may


@on_sqlite
async def test_a_large_file_is_looked_at_again_and_its_log_is_emptied_at_once(database: Database, file: Path) -> None:
    purge = Purge(database)
    answers = iter([False, False, True])
    with (
        patch("storage.purging.LOOK_AGAIN_SECONDS", 0.3),
        patch("storage.purging.may_rewrite", side_effect=lambda *_: next(answers)),
        patch.object(database, "rewrite", wraps=database.rewrite) as rewrite,
    ):
        async with running(purge):
            erase(database)
            purge.request()
            await asyncio.sleep(0.2)
            assert file.with_name("huilu.db-wal").stat().st_size == 0
            assert rewrite.call_count == 0
            await asyncio.sleep(1)
    assert rewrite.call_count == 1
    assert WORD not in raw(file)


@on_sqlite
async def test_after_a_crash_the_log_is_emptied_at_once_however_large_the_file(database: Database, file: Path) -> None:
    erase(database)
    assert file.with_name("huilu.db-wal").stat().st_size > 0
    with patch("storage.purging.may_rewrite", return_value=False):
        async with running(Purge(database)):
            await asyncio.sleep(0.3)
            assert file.with_name("huilu.db-wal").stat().st_size == 0


@on_sqlite
async def test_who_waits_for_the_file_to_be_written_anew_finds_no_fault_with_the_database(
    database: Database, file: Path
) -> None:
    with database._writers_held_up():
        waiting = asyncio.create_task(database.write(lambda session: session.execute(text("SELECT 1"))))
        await asyncio.sleep(0.4)
        assert database.longest_write < 0.1
    await waiting
    database._one_writer.acquire()  # type: ignore[union-attr]
    waiting = asyncio.create_task(database.write(lambda session: session.execute(text("SELECT 1"))))
    await asyncio.sleep(0.4)
    assert database.longest_write > 0.3
    database._one_writer.release()  # type: ignore[union-attr]
    await waiting
    assert database.longest_write == 0
    assert database.idle_seconds < 5
    assert database.file_size() >= file.stat().st_size > 0


@on_a_server
async def test_on_a_server_there_is_nothing_to_do(database: Database) -> None:
    erase(database)
    assert database.empty_log()
    database.rewrite()
    assert database.file_size() == 0
    await asyncio.wait_for(Purge(database).run_forever(), 1)
