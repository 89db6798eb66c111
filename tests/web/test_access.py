"""Least privilege on every route: the whole route table, walked as each role and as a stranger."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from storage.settings import read_settings
from support.staff.operations import add_staff, open_session
from support.staff.roles import ROLES, may
from web.app import create_app
from web.staff_access import COOKIE

# Everybody may call these; the chat's routes ask for the conversation's own token.
OPEN = (
    r"/$|/chat$|/help/|/widget\.js$|/widget/|/health$|/ready$|/assets/|/schema|/sign-in$|/sign-out$|/api/sessions$"
    r"|/api/chat/conversations|/files/|/mail$"
)
NEEDED = {
    "/desk": "serve_customers",
    "/api/tickets": "serve_customers",
    "/api/feedback": "serve_customers",
    "/api/macros": "serve_customers",
    "/api/offers": "serve_customers",
    "/api/presence": "serve_customers",
    "/editor": "edit_articles",
    "/api/articles": "edit_articles",
    "/api/search": "edit_articles",
    "/website": "manage_website",
    "/setup": "oversee",
    "/setup/integrations": "administer",
    "/setup/webhooks": "administer",
    "/api/conversations": "serve_customers",
    "/api/customers": "serve_customers",
    "/api/events": "serve_customers",
}
# An open stream never ends by itself; its refusals are walked all the same.
STREAMS = ("/desk/events",)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    chosen = read_settings(
        {
            "HUILU_HOME": str(tmp_path_factory.mktemp("access")),
            "HUILU_SECRET": "secret-of-the-tests",
            "HUILU_ENCODER": "none",
            "HUILU_RASA_URL": "http://127.0.0.1:9",
        }
    )
    with TestClient(create_app(chosen)) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(client: TestClient[Litestar]) -> dict[str, str]:
    """A session token of each role."""
    database = client.app.state.services.database
    with database.writing() as session:
        return {
            role: open_session(session, add_staff(session, f"{role}@example.com", role, role, "a long password"))
            for role in ROLES
        }


def staff_routes(app: Litestar) -> list[tuple[str, str]]:
    """Every method and path that is not open to everybody, with something in the places of the path."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if not re.match(OPEN, route.path):
                path = re.sub(r"\{[^}]+\}", "something", route.path)
                found += [(str(method), path) for method in handler.http_methods - {"OPTIONS", "HEAD"}]
    return sorted(set(found))


def permission_of(path: str) -> str:
    """What a path needs; a new area must be named here, so that nobody forgets to decide."""
    matching = [start for start in NEEDED if path == start or path.startswith(start + "/")]
    assert matching, f"say in NEEDED who may use {path}"
    return NEEDED[max(matching, key=len)]


def call(client: TestClient[Litestar], method: str, path: str, token: str | None) -> int:
    client.cookies.clear()
    client.get("/sign-in")
    csrf = client.cookies["csrftoken"]
    client.cookies.clear()
    client.cookies.set("csrftoken", csrf)
    headers = {"x-csrftoken": csrf}
    if token and path.startswith("/api/"):
        headers["Authorization"] = f"Bearer {token}"
    elif token:
        client.cookies.set(COOKIE, token)
    body = {"json": {}} if path.startswith("/api/") and method != "GET" else {"data": {}} if method != "GET" else {}
    return client.request(method, path, headers=headers, follow_redirects=False, **body).status_code


def test_there_are_routes_to_walk(client: TestClient[Litestar]) -> None:
    assert len(staff_routes(client.app)) >= 25


def test_a_stranger_gets_in_nowhere(client: TestClient[Litestar]) -> None:
    for method, path in staff_routes(client.app):
        # Pages send to the sign-in page, the API says 401.
        assert call(client, method, path, None) in ({401} if path.startswith("/api/") else {302, 303, 307}), path


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_where_it_should_and_nowhere_else(
    client: TestClient[Litestar], tokens: dict[str, str], role: str
) -> None:
    for method, path in staff_routes(client.app):
        allowed = may(role, permission_of(path))  # type: ignore[arg-type]
        if allowed and path in STREAMS:
            continue
        status = call(client, method, path, tokens[role])
        assert (status not in {401, 403}) is allowed, f"{role} {method} {path}: {status}"
        assert status < 500, f"{role} {method} {path}: {status}"


def test_a_form_without_the_pages_token_is_refused(client: TestClient[Litestar], tokens: dict[str, str]) -> None:
    for method, path in staff_routes(client.app):
        if method == "GET" or path.startswith("/api/"):
            continue
        client.cookies.clear()
        client.cookies.set(COOKIE, tokens["administrator"])
        assert client.request(method, path, data={}, follow_redirects=False).status_code == 403, path


def test_a_session_cookie_opens_no_api_and_so_needs_no_token_there(
    client: TestClient[Litestar], tokens: dict[str, str]
) -> None:
    client.cookies.clear()
    client.cookies.set(COOKIE, tokens["administrator"])
    assert client.get("/api/tickets").status_code == 401


def test_every_answer_carries_the_security_headers(client: TestClient[Litestar]) -> None:
    client.cookies.clear()
    for path in ("/chat", "/sign-in", "/health", "/widget.js", "/widget/en", "/nothing", "/assets/staff.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_no_template_holds_an_inline_script_or_style() -> None:
    templates = Path(__file__).parent.parent.parent / "web" / "templates"
    for path in templates.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on|js:", source), path.name


def test_the_api_is_described(client: TestClient[Litestar]) -> None:
    described = client.get("/schema").json()
    assert "/api/chat/conversations/{conversation}/messages" in described["paths"]


def test_a_conversation_can_be_opened_with_nothing_said_about_it(client: TestClient[Litestar]) -> None:
    assert client.post("/api/chat/conversations").status_code == 201
    assert client.post("/api/chat/conversations", json={}).json()["language"] == "en"


def test_what_other_sites_load_and_call_sets_no_cookie(client: TestClient[Litestar]) -> None:
    client.cookies.clear()
    for answer in (
        client.get("/widget.js"),
        client.post("/api/chat/conversations", json={"language": "en"}),
        client.get("/assets/public.css"),
    ):
        assert answer.status_code < 300
        assert "set-cookie" not in answer.headers
