"""The API for programs: held to scopes on every route, refused once revoked, limited, and described."""

import re

from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select, update

from support.integrations.operations import revoke
from support.integrations.scopes import SCOPES, is_within
from support.integrations.tables import Integration
from support.staff.operations import add_staff
from support.staff.queries import by_email
from tests.web.desk_fixtures import PASSWORD, Person, client
from tests.web.program_fixtures import database_of, program
from web.programs import SCOPE

# Fixtures are found by being imported.
__all__ = ["client"]

# Open to everybody, or to whoever has a conversation's own token.
OPEN = r"/api/(chat|sessions)\b"


def routes(app: Litestar) -> list[tuple[str, str, object]]:
    """Every method and path of the API beside the chat's, with the area that it names."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if route.path.startswith("/api/") and not re.match(OPEN, route.path):
                path = re.sub(r"\{[^}]+\}", "something", route.path)
                methods = handler.http_methods - {"OPTIONS", "HEAD"}
                found += [(str(method), path, handler.opt.get(SCOPE)) for method in methods]
    return sorted(set(found), key=str)


def test_every_route_says_to_which_area_it_belongs(client: TestClient[Litestar]) -> None:
    assert len(routes(client.app)) >= 15
    without = [(method, path) for method, path, area in routes(client.app) if area is None]
    assert without == [], 'say opt={"scope": "<area>"} (see web/programs.py); until then no program gets in'


def test_a_token_opens_the_routes_of_its_scope_and_no_other(client: TestClient[Litestar]) -> None:
    with database_of(client).writing() as session:
        add_staff(session, "root@example.com", "Root", "administrator", PASSWORD)
    for scope in SCOPES:
        caller = program(client, scope, email="root@example.com")
        for method, path, area in routes(client.app):
            answer = caller.call(method, path, None if method == "GET" else {})
            within = is_within([scope], area, method)
            assert (answer.status_code not in {401, 403}) is within, f"{scope} {method} {path}: {answer.status_code}"
            if not within:
                assert answer.json()["code"] == "scope"


def test_a_route_that_names_no_area_is_closed_to_every_program(client: TestClient[Litestar]) -> None:
    handler = next(
        handler
        for route in client.app.routes
        if route.path == "/api/tickets"
        for handler in getattr(route, "route_handlers", [])
        if "GET" in handler.http_methods
    )
    caller, named = program(client, *[each for each in SCOPES if "articles" not in each]), handler.opt.pop(SCOPE)
    try:
        answer = caller.call("GET", "/api/tickets")
    finally:
        handler.opt[SCOPE] = named
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This is not open to programs."
    assert caller.call("GET", "/api/tickets").status_code == 200


def test_scopes_give_no_more_than_the_colleagues_role(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:read")
    with database_of(client).writing() as session:
        yun = by_email(session, "yun@example.com")
        assert yun is not None
        session.execute(update(Integration).values(staff_id=yun.id).where(Integration.scopes == ["tickets:read"]))
    answer = caller.call("GET", "/api/tickets")
    assert answer.status_code == 403
    assert answer.json()["code"] == "role"


def test_a_token_opens_no_page_no_chat_and_makes_no_session(client: TestClient[Litestar]) -> None:
    caller = program(client, *[each for each in SCOPES if "articles" not in each])
    headers = {"Authorization": f"Bearer {caller.token}"}
    client.cookies.clear()
    assert client.get("/desk", headers=headers, follow_redirects=False).headers["location"] == "/sign-in?next=/desk"
    assert Person(client, "x", {"huilu_session": caller.token}).get("/desk").status_code in {302, 307}
    chat = client.post("/api/chat/conversations", json={"language": "en"}).json()
    assert caller.call("GET", f"/api/chat/conversations/{chat['id']}/messages").status_code == 404
    body = {"email": "mei@example.com", "password": PASSWORD}
    assert caller.call("POST", "/api/sessions", body).status_code == 403


def test_a_revoked_token_is_refused_at_once_and_when_it_was_used_is_kept(client: TestClient[Litestar]) -> None:
    caller = program(client, "tickets:read")
    assert caller.call("GET", "/api/tickets").status_code == 200
    with database_of(client).writing() as session:
        known = session.scalars(select(Integration).order_by(Integration.created_at.desc()).limit(1)).one()
        used = known.used_at
        assert used is not None
    caller.call("GET", "/api/tickets")
    with database_of(client).writing() as session:
        known = session.get_one(Integration, known.id)
        assert known.used_at == used, "noted once a minute, so that reading does not become writing"
        revoke(session, known)
    answer = caller.call("GET", "/api/tickets")
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_a_program_that_calls_too_often_is_told_when_to_come_again_and_others_are_served(
    client: TestClient[Litestar],
) -> None:
    greedy, other = program(client, "tickets:read"), program(client, "tickets:read")
    answers = [greedy.call("GET", "/api/tickets/none") for _ in range(70)]
    refused = [each for each in answers if each.status_code == 429]
    if not refused:
        # So slow a machine that sixty calls took longer than two seconds; the longer window is there as well.
        answers = [greedy.call("GET", "/api/tickets/none") for _ in range(600)]
        refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].json()["code"] == "too_many"
    assert other.call("GET", "/api/tickets/none").status_code == 404


def test_every_operation_is_described(client: TestClient[Litestar]) -> None:
    described = client.get("/schema/openapi.json").json()
    checked = 0
    for path, operations in described["paths"].items():
        if not path.startswith("/api/") or re.match(OPEN, path):
            continue
        for method, operation in operations.items():
            checked += 1
            assert operation.get("summary"), (method, path)
            assert operation.get("description"), (method, path)
            assert operation.get("tags"), (method, path)
            assert operation.get("security") == [{"staff": []}], (method, path)
    assert checked >= 15
    assert described["components"]["securitySchemes"]["staff"]["scheme"] == "bearer"
