"""Programs with a token: what they may be given, and when it is of no use."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.base import now
from storage.engine import Database
from support.integrations import queries
from support.integrations.__main__ import main
from support.integrations.operations import IntegrationRefused, add_integration, revoke
from support.integrations.scopes import SCOPES, is_within
from support.integrations.tables import Integration
from support.staff.operations import add_staff, set_active, token_hash
from tests.support.conftest import staff


def test_a_token_is_shown_once_and_kept_only_as_a_hash(database: Database) -> None:
    with database.writing() as session:
        _, token = add_integration(session, " Warehouse ", staff(session), ["tickets:read"])
    assert token.startswith("huilu_")
    with database.reading() as session:
        found = queries.by_token(session, token_hash(token))
        assert found is not None
        integration, member = found
        kept = [str(value) for value in vars(integration).values()]
    assert (integration.name, member.name) == ("Warehouse", "Mei")
    assert not any(token in each for each in kept)


def test_a_revoked_or_run_out_token_and_one_of_a_colleague_who_left_open_nothing(database: Database) -> None:
    with database.writing() as session:
        mei, tom = staff(session), staff(session, "Tom")
        revoked, first = add_integration(session, "a", mei, ["tickets:read"])
        _, second = add_integration(session, "b", mei, ["tickets:read"], now() - timedelta(seconds=1))
        _, third = add_integration(session, "c", tom, ["tickets:read"])
        _, good = add_integration(session, "d", mei, ["tickets:read"], now() + timedelta(days=1))
        revoke(session, revoked)
        set_active(session, "tom@example.com", False)
    with database.reading() as session:
        for token in (first, second, third, "huilu_never"):
            assert queries.by_token(session, token_hash(token)) is None
        assert queries.by_token(session, token_hash(good)) is not None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "known"}, "taken"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["tickets:read", "everything"]}, "scopes"),
        ({"scopes": ["articles:write"]}, "role"),
        ({"member": None}, "colleague"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(database: Database, given: dict[str, object], code: str) -> None:
    with database.writing() as session:
        mei = staff(session)
        add_integration(session, "known", mei, ["tickets:read"])
        wanted: dict[str, object] = {"name": "new", "member": mei, "scopes": ["tickets:read"]} | given
        with pytest.raises(IntegrationRefused) as refused:
            add_integration(session, **wanted)  # type: ignore[arg-type]
        assert refused.value.code == code


def test_a_route_that_names_no_area_is_within_no_scope() -> None:
    assert not is_within(list(SCOPES), None, "GET")
    assert not is_within(list(SCOPES), "everything", "GET")
    assert is_within(["tickets:read"], "tickets", "GET")
    assert not is_within(["tickets:read"], "tickets", "POST")
    assert not is_within(["tickets:write"], "tickets", "GET")


def test_the_command_adds_lists_and_revokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'huilu.db'}"
    monkeypatch.setattr("support.integrations.__main__.settings", lambda: type("S", (), {"database_url": url}))
    database = Database(url)
    assert main(["list"]) == 0
    with database.writing() as session:
        add_staff(session, "mei@example.com", "Mei", "agent", "a long password")
    capsys.readouterr()
    assert main(["add", "shop", "--as", "mei@example.com", "--scope", "tickets:read", "--days", "30"]) == 0
    token = capsys.readouterr().out.strip()
    with database.reading() as session:
        assert queries.by_token(session, token_hash(token)) is not None
    assert main(["list"]) == 0
    assert "shop\tmei@example.com\ttickets:read\tin use\tnever used" in capsys.readouterr().out
    assert main(["add", "shop", "--as", "mei@example.com", "--scope", "tickets:read"]) == 1
    assert "already" in capsys.readouterr().err
    assert main(["revoke", "shop"]) == 0
    assert main(["revoke", "nothing"]) == 1
    with database.reading() as session:
        assert queries.by_token(session, token_hash(token)) is None
        assert session.query(Integration).count() == 1
    database.close()
