"""The set-up pages for programs: tokens and secrets are shown once, and what was typed is never lost."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from litestar.testing import TestClient

from storage.engine import Database
from support.staff.operations import add_staff
from support.staff.queries import by_email
from tests.web.desk_fixtures import PASSWORD, Caller, Person, add_everybody, make_app
from web.setup.webhook_labels import TICKET_EVENTS

SUPPORT = Path(__file__).parents[2] / "support"


@dataclass
class Shown:
    """What a page with something shown once holds."""

    text: str

    @property
    def value(self) -> str:
        found = re.search(r'once-value" id="\w+" value="([^"]+)"', self.text)
        assert found
        return found[1]


@pytest.fixture(scope="module")
def boss(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """An administrator at a browser, in an app of their own."""
    app = make_app(Path(tmp_path_factory.mktemp("boss")))
    with TestClient(app) as running:
        add_everybody(app.state.services)
        with app.state.services.database.writing() as session:
            add_staff(session, "boss@example.com", "Boss", "administrator", PASSWORD)
        person = Person(running, "boss")
        person.sign_in()
        yield person


def test_an_administrator_makes_a_token_sees_it_once_and_takes_it_away(boss: Person) -> None:
    database: Database = boss.client.app.state.services.database
    with database.reading() as session:
        colleague = by_email(session, "mei@example.com")
    assert colleague is not None
    form = {"name": "<b>Shop</b>", "staff_id": colleague.id, "scopes": ["tickets:read", "tickets:write"], "days": "30"}
    made = boss.post("/setup/integrations", form)  # type: ignore[arg-type]
    token = Shown(made.text).value
    assert made.headers["cache-control"] == "no-store"
    assert "<b>Shop" not in made.text
    assert Caller(boss.client, token).call("GET", "/api/tickets").status_code == 200
    listed = boss.get("/setup/integrations").text
    assert token not in listed
    assert "last used" in listed
    again = boss.post("/setup/integrations", form)  # type: ignore[arg-type]
    assert again.status_code == 422
    assert 'value="&lt;b&gt;Shop&lt;/b&gt;"' in again.text, "nothing typed is lost"
    (revoking,) = re.findall(r'action="(/setup/integrations/[^"]+/revoke)"', listed)
    assert boss.post(revoking).status_code == 303
    assert Caller(boss.client, token).call("GET", "/api/tickets").status_code == 401
    assert boss.post("/setup/integrations/none/revoke").status_code == 404


def test_a_webhooks_secret_is_shown_when_made_and_on_no_page_after(boss: Person) -> None:
    form = {"name": "Shop", "url": "https://shop.example/huilu", "events": ["ticket.*"]}
    made = boss.post("/setup/webhooks", form)  # type: ignore[arg-type]
    secret = Shown(made.text).value
    assert secret.startswith("whsec_")
    (where,) = set(re.findall(r"/setup/webhooks/[0-9a-f-]{36}(?=/ping)", made.text))
    assert secret not in boss.get(where).text + boss.get("/setup/webhooks").text
    twin = boss.post("/setup/webhooks", form)  # type: ignore[arg-type]
    assert (twin.status_code, "There is a webhook of that name already." in twin.text) == (422, True)
    assert "ticket.woke_up" in made.text
    assert "ticket.woke_up_by_itself" not in made.text and "ticket.woke_up_customer" not in made.text
    rolled = Shown(boss.post(f"{where}/secret").text).value
    assert rolled != secret
    assert rolled not in boss.get(where).text
    assert boss.post(f"{where}/ping").status_code == 303
    assert "ping" in boss.get(where).text
    refused = boss.post(where, form | {"url": "http://10.0.0.1/", "name": "Kept", "active": "yes"})  # type: ignore[arg-type]
    assert refused.status_code == 422
    assert 'value="Kept"' in refused.text
    assert boss.post(f"{where}/remove").headers["location"] == "/setup/webhooks?done=removed"
    assert boss.get(where).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"url": "http://10.0.0.1/"}, "url"), ({"url": "ftp://x.example/"}, "url"), ({"name": " "}, "name")],
)
def test_the_refused_field_of_a_webhook_is_marked_and_told_why(boss: Person, wrong: dict[str, str], field: str) -> None:
    form = {"name": "Marked", "url": "https://shop.example/huilu", "events": ["ticket.*"]}
    refused = boss.post("/setup/webhooks", form | wrong)  # type: ignore[arg-type,operator]
    assert refused.status_code == 422
    marked = re.findall(r"<input[^>]* aria-invalid=[^>]*>", refused.text)
    assert [re.findall(r' id="(\w+)"', each) for each in marked] == [[field]]
    assert re.search(r'aria-describedby="[^"]*\bproblem\b', marked[0])
    assert refused.text.count('id="problem"') == 1


def test_a_webhook_without_an_event_marks_the_choices(boss: Person) -> None:
    refused = boss.post("/setup/webhooks", {"name": "Marked", "url": "https://shop.example/huilu"})
    assert refused.status_code == 422
    assert re.search(r'<fieldset[^>]* aria-describedby="problem"', refused.text)


def test_a_webhook_that_is_switched_off_says_why_it_makes_no_call_again(boss: Person) -> None:
    form = {"name": "Shop", "url": "https://shop.example/huilu", "events": ["ticket.*"]}
    made = boss.post("/setup/webhooks", form)  # type: ignore[arg-type]
    (where,) = set(re.findall(r"/setup/webhooks/[0-9a-f-]{36}(?=/ping)", made.text))
    assert boss.post(f"{where}/replay", {"hours": "24"}).status_code == 303
    assert boss.post(where, form).status_code == 303  # type: ignore[arg-type]
    for refused in (boss.post(f"{where}/replay", {"hours": "24"}), boss.post(f"{where}/calls/none/replay")):
        assert refused.status_code == 409
        assert "This webhook is switched off" in refused.text


def noted_kinds() -> set[str]:
    """Every kind of line that the code adds to a timeline: `change.note(session, KIND, ...)` and `note_event`."""
    found: set[str] = set()
    for file in SUPPORT.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func)
            place = {"note_event": 2, "change.note": 1}.get(name)
            if place is not None:
                told = call.args[place]
                words = [told.body, told.orelse] if isinstance(told, ast.IfExp) else [told]
                found |= {each.value for each in words if isinstance(each, ast.Constant)}  # type: ignore[misc]
    return found


@pytest.mark.fast
def test_a_webhook_can_choose_exactly_the_lines_that_are_noted_in_timelines() -> None:
    assert sorted(TICKET_EVENTS) == sorted(f"ticket.{kind}" for kind in noted_kinds())
