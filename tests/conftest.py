"""What all tests share: databases of both kinds, the app in memory, and the real servers."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from storage.engine import Database
from storage.migrate import upgrade
from storage.settings import read_settings
from support.staff import operations as staff
from tests.postgresql import (
    NoPostgreSQL,
    drop_database,
    empty_database,
    make_database,
    postgresql_server,
    schema_of,
)
from tests.running import RunningServers, StartFailed, start_servers

REQUIRE_ALL = os.environ.get("HUILU_TEST_REQUIRE_ALL") == "1"


def leave_out(reason: str) -> None:
    """Skip what cannot be tested here, and say so; where all is required, fail instead."""
    if REQUIRE_ALL:
        pytest.fail(f"left out although everything is required: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Passwords of accounts made in the tests' own process are hashed at the least cost.

    A hash as it should be takes a quarter of a second on two busy cores, and a thousand tests make accounts. The
    servers started as `make run` starts them hash as they should.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "huilu.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server with an empty template database of the newest schema."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgresql_server())
        except NoPostgreSQL as reason:
            leave_out(str(reason))
        url = make_database(server, _template())
        database = Database(read_settings({"DATABASE_URL": url, "HUILU_SECRET": "x"}).database_url)
        upgrade(database)
        database.close()
        yield server


def _template() -> str:
    """Name of the template: each process that runs tests has its own, also on a server that they share."""
    return "huilu_template_" + os.environ.get("PYTEST_XDIST_WORKER", "alone")


@pytest.fixture(scope="session")
def postgresql_database(postgresql: str) -> Iterator[Callable[[], str]]:
    """A function that gives the URL of an empty PostgreSQL database with the newest schema, each time the same one."""
    kept: list[str] = []
    schema = ""

    def give() -> str:
        nonlocal schema
        if kept:
            empty_database(kept[0])
            if schema_of(kept[0]) == schema:
                return kept[0]
            drop_database(postgresql, kept.pop().rsplit("/", 1)[1])
        kept.append(make_database(postgresql, f"huilu_{uuid.uuid4().hex[:12]}", template=_template()))
        schema = schema_of(kept[0])
        return kept[0]

    yield give
    for url in kept:
        drop_database(postgresql, url.rsplit("/", 1)[1])


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the newest schema, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "huilu.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        given = request.getfixturevalue("postgresql_database")()
        url = read_settings({"DATABASE_URL": given, "HUILU_SECRET": "x"}).database_url
    made = Database(url)
    yield made
    made.close()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServers]:
    """The real app and the real dialogue server with the demo shop, started once for all tests."""
    try:
        running = start_servers(tmp_path_factory.mktemp("servers"))
    except StartFailed as reason:
        pytest.fail(str(reason))
    yield running
    assert len(running.processes()) >= 2
    assert running.stop() == [], "Ctrl-C must leave no process behind"
