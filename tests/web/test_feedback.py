"""Feedback for staff, as a page and through the API, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.engine import Database
from support.conversations.opening import Visit, start
from support.feedback import operations, queries
from support.privacy.operations import erase_conversation
from support.staff.operations import open_session
from support.staff.tables import StaffMember
from tests.support.conftest import SECRETS
from tests.web.desk_fixtures import SCRIPT, Caller, Person, make_app
from web.staff_access import COOKIE


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(make_app(tmp_path, database)) as running:
        yield running


def token_of(database: Database, role: str) -> str:
    """A session of somebody in a role."""
    with database.writing() as session:
        # Nobody signs in with a password here, and hashing one takes half a second.
        member = StaffMember(email=f"{role}@example.com", name=role.title(), role=role, password_hash="none")
        session.add(member)
        session.flush()
        return open_session(session, member)


@pytest.fixture
def mei(client: TestClient[Litestar], database: Database) -> Person:
    return Person(client, "agent", {COOKIE: token_of(database, "agent")})


@pytest.fixture
def api(client: TestClient[Litestar], database: Database) -> Caller:
    return Caller(client, token_of(database, "supervisor"))


def tell(database: Database, *told: tuple[str, str], language: str = "en") -> str:
    """A customer leaves feedback, each a kind and words; returns the conversation."""
    with database.writing() as session:
        chat = start(session, Visit(language), SECRETS).conversation
        for kind, text in told:
            operations.keep(session, chat.id, kind, text, None)
        return chat.id


def test_without_feedback_the_page_says_so(mei: Person) -> None:
    page = mei.get("/desk/feedback")
    assert page.status_code == 200
    assert "There is no feedback yet." in page.text


def test_feedback_is_shown_newest_first_in_its_own_language(database: Database, mei: Person) -> None:
    tell(database, ("suggestion", "Open on Sundays,\nplease"))
    tell(database, ("praise", "客服很耐心"), language="zh-Hans")
    page = mei.get("/desk/feedback").text
    assert page.index("F-1002") < page.index("F-1001")
    assert '<p class="feedback-text" lang="zh-Hans">客服很耐心</p>' in page
    assert '<p class="feedback-text" lang="en">Open on Sundays,\nplease</p>' in page
    assert '<span class="tag">Praise</span>' in page
    assert '<span lang="zh-Hans">简体中文</span>' in page


def test_one_kind_is_shown_at_a_wish(database: Database, mei: Person) -> None:
    tell(database, ("suggestion", "Open on Sundays"), ("praise", "Lovely shop"))
    page = mei.get("/desk/feedback?kind=praise").text
    assert "Lovely shop" in page
    assert "Open on Sundays" not in page
    assert '<a href="/desk/feedback?kind=praise" aria-current="page">Praise</a>' in page
    assert "Open on Sundays" in mei.get("/desk/feedback?kind=strange").text


def test_the_navigation_leads_to_the_page_and_marks_it(mei: Person) -> None:
    assert '<a href="/desk/feedback">Feedback</a>' in mei.get("/desk").text
    page = mei.get("/desk/feedback").text
    assert '<a href="/desk/feedback" aria-current="page">Feedback</a>' in page
    assert '<a href="/desk">Desk</a>' in page


def test_feedback_is_shown_as_text(database: Database, mei: Person) -> None:
    tell(database, ("suggestion", SCRIPT))
    page = mei.get("/desk/feedback").text
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_much_feedback_is_shown_in_pages(database: Database, mei: Person, api: Caller) -> None:
    tell(database, *[("praise", f"Praise number {number}") for number in range(queries.PAGE + 1)])
    first, second = mei.get("/desk/feedback?kind=praise").text, mei.get("/desk/feedback?kind=praise&page=2").text
    assert first.count('class="feedback-text"') == queries.PAGE
    assert 'href="/desk/feedback?kind=praise&amp;page=2">Next</a>' in first
    assert second.count('class="feedback-text"') == 1
    assert "Praise number 0<" in second
    assert 'href="/desk/feedback?kind=praise&amp;page=1">Previous</a>' in second
    assert "Next</a>" not in second
    assert [api.call("GET", f"/api/feedback?page={page}").json()["more"] for page in (1, 2)] == [True, False]


def test_a_last_page_that_is_full_leads_nowhere(database: Database, api: Caller) -> None:
    tell(database, *[("praise", "Lovely shop")] * queries.PAGE)
    assert api.call("GET", "/api/feedback").json()["more"] is False


def test_erased_feedback_is_not_shown(database: Database, mei: Person) -> None:
    chat = tell(database, ("praise", "Lovely shop"))
    with database.writing() as session:
        erase_conversation(session, chat)
    assert "There is no feedback yet." in mei.get("/desk/feedback").text


def test_the_api_gives_the_same(database: Database, api: Caller) -> None:
    tell(database, ("suggestion", "Open on Sundays"), ("praise", "Lovely shop"))
    listed = api.call("GET", "/api/feedback").json()
    assert (listed["kind"], listed["page"], listed["more"]) == ("", 1, False)
    assert [each["number"] for each in listed["feedback"]] == ["F-1002", "F-1001"]
    (found,) = api.call("GET", "/api/feedback?kind=suggestion").json()["feedback"]
    assert found.pop("created_at")
    assert found == {"number": "F-1001", "kind": "suggestion", "text": "Open on Sundays", "language": "en"}


def test_the_api_refuses_a_kind_that_it_does_not_know(api: Caller) -> None:
    refused = api.call("GET", "/api/feedback?kind=complaint")
    assert (refused.status_code, refused.json()["code"]) == (400, "kind")
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert "suggestion, praise" in refused.json()["detail"]


def test_an_editor_may_not_see_feedback(client: TestClient[Litestar], database: Database) -> None:
    token = token_of(database, "editor")
    person = Person(client, "editor", {COOKIE: token})
    assert person.get("/desk/feedback", headers={"HX-Request": "true"}).status_code == 403
    assert "/desk/feedback" not in person.get("/editor").text
    assert Caller(client, token).call("GET", "/api/feedback").status_code == 403


def test_a_stranger_may_not_see_feedback(client: TestClient[Litestar]) -> None:
    assert Person(client, "nobody").get("/desk/feedback").headers["location"] == "/sign-in?next=/desk/feedback"
    assert client.get("/api/feedback").status_code == 401
