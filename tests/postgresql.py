"""A PostgreSQL server for the tests: the one HUILU_TEST_POSTGRESQL names, else one of our own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


class NoPostgreSQL(Exception):
    """No server was named and none can be started."""


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Yield the URL of a server (without a database) on which databases may be made.

    Raises:
        NoPostgreSQL: When there is none; the message says what is missing.
    """
    named = os.environ.get("HUILU_TEST_POSTGRESQL")
    if named:
        yield named.rstrip("/")
        return
    with _own_server(_programs()) as url:
        yield url


def make_database(server: str, name: str, template: str | None = None) -> str:
    """Make a database, a copy of `template` if given, and return its URL."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        copied = f' TEMPLATE "{template}"' if template else ""
        connection.execute(f'CREATE DATABASE "{name}"{copied}')
    return f"{server}/{name}"


def drop_database(server: str, name: str) -> None:
    """Remove a database with whoever is still connected."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def empty_database(url: str) -> None:
    """Delete every row, with whoever is still connected sent away; a fresh copy of the template costs ten times this.

    The schema is left as it is, and so is the mark of its version.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        connection.execute(_EMPTY)


def schema_of(url: str) -> str:
    """A mark that changes with any table, column, index or sequence of a database."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_SCHEMA).fetchone()
        assert row is not None
        return str(row[0])


# Deleting from a table without rows is ten times as quick as truncating it.
_EMPTY = """
DO $$
DECLARE named text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR named IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', named);
    END LOOP;
END $$
"""

_SCHEMA = """
SELECT md5(string_agg(told, ' ' ORDER BY told)) FROM (
    SELECT concat_ws(' ', relname, relkind::text, attname, atttypid::text) AS told
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE nspname = 'public'
) AS everything
"""


def _programs() -> Path:
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgreSQL("PostgreSQL is not installed (initdb was not found) and HUILU_TEST_POSTGRESQL is not set")


@contextmanager
def _own_server(programs: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="huilu-postgresql-"))
    # initdb refuses to run as root, which is what containers often are.
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    port = _free_port()
    data = folder / "data"
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"

    def call(*words: str) -> None:
        subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **as_user)

    try:
        call(str(programs / "initdb"), "-D", str(data), "-U", "huilu", "-A", "trust", "-E", "UTF8", "--no-sync")
        call(str(programs / "pg_ctl"), "-D", str(data), "-o", settings, "-l", str(folder / "log"), "-w", "start")
    except subprocess.CalledProcessError as error:
        raise NoPostgreSQL(f"PostgreSQL did not start: {error.stderr.decode()[-500:]}") from error
    try:
        yield f"postgresql://huilu@127.0.0.1:{port}"
    finally:
        call(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
