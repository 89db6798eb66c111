"""The parts of run.py that only turn values into values."""

import os
from pathlib import Path

import pytest

from deploy.ports import PortTrouble
from deploy.processes import Alarm, LogFile, ending, last_words, pause_before_restart
from deploy.readiness import components_of, loading_words
from deploy.run import complete_environ, kept_secret, ready_text

pytestmark = pytest.mark.fast


def test_rasa_gets_the_port_five_above(tmp_path: Path) -> None:
    environ = complete_environ({"PORT": "8010"}, tmp_path)
    assert (environ["PORT"], environ["RASA_PORT"]) == ("8010", "8015")
    assert environ["HUILU_ACTIONS_URL"].startswith("http://127.0.0.1:8010/")
    assert environ["HUILU_HOME"] == str(tmp_path)


def test_what_a_person_set_is_kept(tmp_path: Path) -> None:
    chosen = {"HUILU_SECRET": "own", "HUILU_DEMO": "0", "HOST": "0.0.0.0", "OTHER": ""}
    environ = complete_environ(chosen, tmp_path)
    assert {name: environ[name] for name in chosen} == chosen
    assert not (tmp_path / "secret").exists()


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortTrouble, match="differ"):
        complete_environ({"PORT": "8010", "RASA_PORT": "8010"}, tmp_path)


def test_the_secret_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "home")
    assert len(first) == 64
    assert kept_secret(tmp_path / "home") == first
    assert os.stat(tmp_path / "home" / "secret").st_mode & 0o777 == 0o600


def test_addresses_and_sign_ins_are_shown(tmp_path: Path) -> None:
    (tmp_path / "demo-sign-ins.txt").write_text("agent  mei  password\n")
    text = ready_text("0.0.0.0", 8010, 14.2, tmp_path)
    for part in (
        "http://127.0.0.1:8010/desk",
        "http://127.0.0.1:8010/chat",
        "/setup",
        "/mail",
        "mei",
        "Ctrl-C",
        "(14 s)",
    ):
        assert part in text


def test_without_sign_ins_none_are_promised(tmp_path: Path) -> None:
    assert "sign-in" not in ready_text("127.0.0.1", 8000, 1, tmp_path)


def test_the_pause_grows_to_half_a_minute() -> None:
    assert [pause_before_restart(deaths) for deaths in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    assert pause_before_restart(500) == 30


def test_only_warnings_and_whole_tracebacks_reach_the_terminal() -> None:
    lines = {
        "2026 INFO rasa up": False,
        "2026 WARNING rasa slow": True,
        "x.py:1: DeprecationWarning: old": False,
        "Traceback (most recent call last):": True,
        "  File x": True,
        "KeyError: 'a'": True,
        "going on": False,
    }
    alarm = Alarm()
    assert [alarm.shows(line) for line in lines] == list(lines.values())
    assert Alarm(everything=True).shows("anything")


def test_endings_are_put_in_words() -> None:
    assert ending(3) == "stopped with exit code 3"
    assert ending(-9) == "was ended by SIGKILL"


def test_last_words_name_the_cause_once() -> None:
    cause = "    | sqlalchemy.exc.IntegrityError: UNIQUE constraint failed"
    assert last_words([("a", False), (cause, False), ("ERROR: startup failed. Exiting.", True)]) == [
        "sqlalchemy.exc.IntegrityError: UNIQUE constraint failed"
    ]
    assert last_words([("ValueError: no", True)]) == []
    assert last_words([(str(number), False) for number in range(9)]) == ["4", "5", "6", "7", "8"]
    assert last_words([("hello", False), ("ERROR: bad", True)]) == []


def test_a_log_is_cut_when_it_grows_too_long(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "app.log", limit=100)
    for number in range(20):
        log.write(f"line {number}")
    assert (tmp_path / "app.log").stat().st_size < 200
    assert "line 19" in (tmp_path / "app.log").read_text()
    assert (tmp_path / "app.log.1").exists()


def test_health_is_read_in_both_spellings() -> None:
    assert components_of(b'{"components": {"rasa": "starting", "database": {"status": "ok"}}}') == {
        "rasa": False,
        "database": True,
    }
    assert components_of(b"<html>") == components_of(b"[]") == components_of(b'{"components": 3}') == {}


def test_the_progress_line_names_what_is_missing() -> None:
    assert loading_words({"rasa": False, "database": True}) == "Rasa is loading"
    assert loading_words({"rasa": False, "database": False}) == "Rasa and the database are loading"
    assert loading_words(None) == "the application and Rasa are loading"
