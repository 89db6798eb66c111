"""Making the first account of an installation without the demo, from the shell."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.engine import Database
from support.staff.operations import (
    SignInRefused,
    add_staff,
    check_password,
    open_session,
    set_active,
    set_password,
    token_hash,
)
from support.staff.queries import by_session


def command(home: Path, *words: str, password: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HUILU_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "support.staff", *words],
        input=password + "\n", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_accounts_are_made_listed_and_refused_with_a_reason(tmp_path: Path) -> None:
    made = command(tmp_path, "add", "Mei@Example.com", "--name", "Mei", "--role", "agent", password="a long password")
    assert made.returncode == 0, made.stderr
    short = command(tmp_path, "add", "tom@example.com", "--name", "Tom", "--role", "agent", password="short")
    assert (short.returncode, "10 characters" in short.stderr) == (1, True)
    again = command(tmp_path, "add", "mei@example.com", "--name", "Mei", "--role", "agent", password="a long password")
    assert (again.returncode, "already an account" in again.stderr) == (1, True)
    assert command(tmp_path, "off", "nobody@example.com").returncode == 1
    assert command(tmp_path, "off", "mei@example.com").returncode == 0
    assert command(tmp_path, "list").stdout == "mei@example.com\tagent\tMei\toff\n"


def test_a_password_is_hashed_slowly_enough_to_be_worth_stealing_for_nobody(tmp_path: Path) -> None:
    made = command(tmp_path, "add", "mei@example.com", "--name", "Mei", "--role", "agent", password="a long password")
    assert made.returncode == 0, made.stderr
    with closing(sqlite3.connect(tmp_path / "huilu.db")) as connection:
        ((kept,),) = connection.execute("SELECT password_hash FROM staff_member").fetchall()
    # RFC 9106, section 4, the second recommended option: 64 MiB, three passes, four lanes.
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize("change", ["password", "off"])
def test_a_new_password_and_switching_off_end_every_session(database: Database, change: str) -> None:
    with database.writing() as session:
        token = open_session(session, add_staff(session, "mei@example.com", "Mei", "agent", "a long password"))
    with database.writing() as session:
        if change == "off":
            set_active(session, "mei@example.com", False)
        else:
            set_password(session, "mei@example.com", "another password")
    with database.reading() as session:
        assert by_session(session, token_hash(token)) is None
        with pytest.raises(SignInRefused):
            check_password(session, "mei@example.com", "a long password")
