"""Requests with numbers, times and characters that no database takes: refused on both, and never a failure of ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.engine import Database
from support.staff.operations import add_staff
from support.tickets.tables import Ticket
from tests.web.desk_fixtures import PASSWORD, Caller, Person, add_everybody, make_app, open_case
from web.api.paging import cursor_of
from web.numbers import message_number
from web.services import Services

HUGE = "9" * 25
EARLY = "0001-01-01T00:00:00+14:00"


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    app = make_app(tmp_path, database)
    with TestClient(app) as made:
        add_everybody(app.state.services)
        yield made


def person(client: TestClient[Litestar], name: str) -> Person:
    somebody = Person(client, name)
    somebody.sign_in()
    return somebody


def caller(client: TestClient[Litestar]) -> Caller:
    client.cookies.clear()
    answer = client.post("/api/sessions", json={"email": "mei@example.com", "password": PASSWORD})
    return Caller(client, answer.json()["token"])


def test_a_number_larger_than_any_database_counts_is_refused(client: TestClient[Litestar]) -> None:
    ticket = open_case(client)
    services: Services = client.app.state.services
    with services.database.reading() as session:
        chat = session.get_one(Ticket, ticket).conversation_id
    with services.database.writing() as session:
        add_staff(session, "root@example.com", "Root", "administrator", PASSWORD)
    boss, api = person(client, "root"), caller(client)
    for path in (
        f"/desk/feedback?page={HUGE}",
        f"/desk/tickets/{ticket}/conversation?after={HUGE}",
        f"/setup/mail?out={HUGE}",
        f"/setup/mail?came={HUGE}",
        f"/setup/webhooks/none?page={HUGE}",
        f"/setup/webhooks/none?count={HUGE}",
    ):
        assert boss.get(path).status_code == 400, path
    for path in (f"/api/feedback?page={HUGE}", f"/api/conversations/{chat}/messages?after={HUGE}"):
        assert api.call("GET", path).status_code == 400, path
    assert boss.get("/desk/feedback?page=1000000").status_code == 200


@pytest.mark.parametrize("after", [HUGE, "²", "", "-1", "9999999999"])
def test_a_form_that_names_no_message_gets_everything_and_what_was_sent_is_said(
    client: TestClient[Litestar], after: str
) -> None:
    ticket, mei = open_case(client), person(client, "mei")
    mei.post(f"/desk/tickets/{ticket}/take")
    answer = mei.post(f"/desk/tickets/{ticket}/replies", {"text": "It is under way.", "after": after}, htmx=True)
    assert answer.status_code == 200
    assert "It is under way." in answer.text and "Where is my parcel?" in answer.text


@pytest.mark.fast
def test_the_number_of_a_message_is_made_of_digits() -> None:
    assert [message_number(each) for each in ("12", "0", "²", "x", "", "9" * 5000)] == [12, 0, 0, 0, 0, 0]


def test_a_time_before_all_years_is_refused_in_the_address_and_in_a_cursor(client: TestClient[Litestar]) -> None:
    api = caller(client)
    early = EARLY.replace("+", "%2B")
    assert api.call("GET", f"/api/conversations?updated_since={early}").json()["code"] == "time"
    moment = type("Early", (), {"isoformat": lambda self: EARLY})()
    for path in ("/api/conversations", "/api/events"):
        answer = api.call("GET", f"{path}?after={cursor_of(moment, 'x')}")
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor")


def test_a_null_character_in_an_address_is_refused_before_any_database_sees_it(client: TestClient[Litestar]) -> None:
    mei, api = person(client, "mei"), caller(client)
    page = mei.get("/desk/tickets/%00")
    assert (page.status_code, "There is nothing at this address." in page.text) == (404, True)
    assert mei.get("/desk?q=%00").status_code == mei.get("/desk?tag=%00").status_code == 400
    assert api.call("GET", "/api/tickets/%00").status_code == 404
    for path in ("/api/conversations?status=%00", "/api/customers?email=%00", "/api/tickets?tag=%00"):
        answer = api.call("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (400, "null"), path


def test_reasons_and_notes_are_kept_without_what_nobody_sees(client: TestClient[Litestar]) -> None:
    ticket, api = open_case(client), caller(client)
    at = f"/api/tickets/{ticket}"
    told = api.call("POST", f"{at}/tags", {"name": "late", "why": "as\x00ked\x07 for"}).json()
    assert told["timeline"][-1]["details"]["why"] == "asked for"
    api.call("POST", f"{at}/take")
    assert api.call("POST", f"{at}/hand-back", {"note": "all\x00 told"}).status_code == 200
    assert api.call("POST", f"{at}/resolve", {"category": "delivery", "note": "\x00"}).status_code == 422
    told = api.call("POST", f"{at}/resolve", {"category": "delivery", "note": "sent\x00 anew"}).json()
    assert told["resolution_note"] == "sent anew"
    assert "all told" in [each["text"] for each in told["notes"]]


def test_what_only_the_database_refuses_is_told_as_the_callers_mistake(client: TestClient[Litestar]) -> None:
    ticket, api = open_case(client), caller(client)
    bodies = {"links": {"number": "T-\x00"}, "assign": {"staff_id": "\x00"}, "merge": {"number": "\x00"}}
    for step, body in bodies.items():
        answer = api.call("POST", f"/api/tickets/{ticket}/{step}", body)
        assert answer.status_code == 422, (step, answer.text)
