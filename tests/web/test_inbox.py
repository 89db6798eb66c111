"""The inbox as pages and for programs: lists by address, chips, kept lists, unread marks, search and its keys."""

import asyncio
import html
import re
import time
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from support.conversations.queries import locked, transcript
from support.conversations.writing import add_message
from support.satisfaction.tables import Rating
from support.staff.queries import by_email
from support.staff.tables import Team, TeamMember
from support.tickets.tables import Ticket, TicketTag
from tests.web.desk_fixtures import SCRIPT, Caller, Person, api, client, mei, open_case, tom
from web.desk.indexing import catch_up
from web.desk.labels import label
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei", "tom"]


def change(client: TestClient[Litestar], ticket_id: str, **fields: object) -> str:
    """Set fields of a case; its number."""
    services: Services = client.app.state.services
    with services.database.writing() as session:
        ticket = session.get_one(Ticket, ticket_id)
        for name, value in fields.items():
            setattr(ticket, name, value)
        return ticket.number


def indexed(client: TestClient[Litestar]) -> None:
    asyncio.run(catch_up(client.app.state.services.database))


def numbers(text: str) -> set[str]:
    return set(re.findall(r'class="row-number">(T-\d+)<', text))


def test_an_address_says_what_the_list_shows(client: TestClient[Litestar], mei: Person) -> None:
    red = change(client, open_case(client), priority="red", category="payment")
    plain = change(client, open_case(client))
    assert numbers(mei.get("/desk?view=all&priority=red&category=payment").text) == {red}
    assert {red, plain} <= numbers(mei.get("/desk?view=open").text), "the list's former name still leads there"
    part = mei.get("/desk/list?view=all&priority=red&category=payment", headers={"HX-Request": "true"})
    assert numbers(part.text) == {red}


def test_filters_are_chips_that_can_be_taken_off_one_by_one(client: TestClient[Litestar], mei: Person) -> None:
    page = mei.get("/desk?view=all&priority=red&owner=nobody&sort=newest").text
    chips = {name: html.unescape(link) for name, link in re.findall(r'id="chip-(\w+)" href="/desk\?([^"]+)"', page)}
    assert chips == {
        "priority": "view=all&owner=nobody&sort=newest",
        "owner": "view=all&priority=red&sort=newest",
        "sort": "view=all&priority=red&owner=nobody",
    }
    assert "Priority: Red: first of all" in page
    assert 'name="priority"' in page


@pytest.mark.parametrize("asked", ["priority=purple", "page=0", "sort=x", "page=99999999999999999999", "team=a%0Ab"])
def test_a_value_that_no_list_knows_is_refused_with_a_reason(mei: Person, api: Caller, asked: str) -> None:
    assert mei.get(f"/desk?{asked}").status_code == 422
    answer = api.call("GET", f"/api/tickets?{asked}")
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_an_unknown_view_leads_to_the_queue_on_pages_and_is_refused_for_programs(mei: Person, api: Caller) -> None:
    assert mei.get("/desk?view=nothing").status_code == 200
    answer = api.call("GET", "/api/tickets?view=nothing")
    assert (answer.status_code, answer.json()["code"]) == (422, "view")


def test_a_case_opens_beside_a_list_that_fits_it_when_its_address_names_one_that_there_is_not(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    page = mei.get(f"/desk/tickets/{ticket}?view=all&priority=purple")
    assert (page.status_code, 'hx-get="/desk/list?view=queue&amp;ticket=' in page.text) == (200, True)


def test_a_ratings_link_to_an_earlier_message_keeps_the_list_also_once_the_facts_are_renewed(
    client: TestClient[Litestar], mei: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = open_case(client)
    services: Services = client.app.state.services
    with services.database.writing() as session:
        chat = session.get_one(Ticket, ticket).conversation_id
        first = transcript(session, chat)[0]
        for _ in range(3):
            add_message(session, locked(session, chat), "agent", "One moment.")
        rated = {"kind": "helpful", "subject_type": "message", "subject_id": first.id, "score": 1}
        session.add(Rating(conversation_id=chat, **rated))
    monkeypatch.setattr("web.desk.pages.SHOWN_MESSAGES", 1)
    here, shown = f"/desk/tickets/{ticket}", "view=found&q=parcel"
    page = mei.get(f"{here}?{shown}").text
    part = mei.get(f"{here}/conversation?after=1", headers={"HX-Current-URL": f"http://desk{here}?{shown}&done=tagged"})
    link = f'href="{here}?{html.escape(shown)}&amp;earlier=yes#entry-1" id="rating-1"'
    assert link in page and link in part.text
    for address in ("", f"http://desk{here}?view=all&priority=purple", "http://["):
        part = mei.get(f"{here}/conversation?after=1", headers={"HX-Current-URL": address})
        assert f'href="{here}?earlier=yes#entry-1"' in part.text, address


def test_programs_get_the_same_lists(client: TestClient[Litestar], mei: Person, api: Caller) -> None:
    ticket = open_case(client, "About the Glockenspiel", name="Api Person")
    number = change(client, ticket, priority="blue")
    indexed(client)
    found = api.call("GET", "/api/tickets?q=glockenspiel&priority=blue&sort=newest").json()
    assert (found["view"], found["q"], found["filters"], found["sort"]) == (
        "found", "glockenspiel", {"priority": "blue"}, "newest",
    )  # fmt: skip
    (row,) = found["tickets"]
    assert (row["number"], row["customer"], row["unread"]) == (number, "Api Person", 1)
    assert {"text": "Glockenspiel", "marked": True} in row["found"]
    assert api.call("GET", "/api/tickets?view=open").json()["view"] == "all"
    counts = api.call("GET", "/api/tickets").json()["counts"]
    assert counts["open"] == counts["all"] >= counts["queue"] > 0


def test_the_schema_tells_programs_what_lists_take(client: TestClient[Litestar]) -> None:
    schema = client.get("/schema/openapi.json").json()
    named = {each["name"] for each in schema["paths"]["/api/tickets"]["get"]["parameters"]}
    assert {"view", "q", "priority", "tag", "team", "owner", "waiting", "sort", "page", "written_in"} <= named


def test_a_search_shows_where_the_words_stand_and_nothing_of_it_is_markup(
    client: TestClient[Litestar], mei: Person
) -> None:
    number = change(client, open_case(client, f"wolpertinger {SCRIPT} behind"))
    indexed(client)
    page = mei.get("/desk?q=wolpertinger").text
    assert numbers(page) == {number}
    assert "<mark>wolpertinger</mark>" in page
    assert SCRIPT not in page
    hostile = mei.get("/desk", params={"q": f'{SCRIPT}"*-NEAR('})
    assert hostile.status_code == 200
    assert SCRIPT not in hostile.text
    assert mei.get("/desk", params={"q": "x" * 4000}).status_code == 200


def test_what_was_just_said_is_found_within_two_seconds(client: TestClient[Litestar], mei: Person) -> None:
    number = change(client, open_case(client, "the zugspitze is cold today"))
    deadline = time.monotonic() + 2
    while (found := numbers(mei.get("/desk?q=zugspitze").text)) != {number} and time.monotonic() < deadline:
        pass
    assert found == {number}


def test_unread_messages_are_counted_until_the_case_is_shown(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    ticket = open_case(client)
    number = change(client, ticket)

    def is_unread(person: Person) -> bool:
        listed = person.get("/desk/list?view=all&sort=newest").text
        row = re.search(rf'id="row-{ticket}".*?</a>', listed, re.DOTALL)
        assert row is not None
        assert number in row.group()
        return 'class="unread"' in row.group()

    assert is_unread(mei)
    assert mei.get(f"/desk/tickets/{ticket}").status_code == 200
    assert not is_unread(mei)
    assert is_unread(tom)
    assert tom.post(f"/desk/tickets/{ticket}/read").status_code == 204
    assert not is_unread(tom)
    assert tom.post("/desk/tickets/nothing/read").status_code == 404


def test_a_list_is_kept_under_a_name_and_shared_by_supervisors(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    ada = Person(client, "ada")
    ada.sign_in()
    kept = ada.post("/desk/views", {"name": SCRIPT, "query": "view=all&priority=red", "shared": "yes"})
    assert (kept.status_code, kept.headers["location"]) == (303, "/desk?view=all&priority=red")
    page = tom.get("/desk").text
    (view_id,) = re.findall(r'id="view-([0-9a-f-]{36})" href="/desk\?view=all&amp;priority=red"', page)
    assert SCRIPT not in page
    assert tom.post(f"/desk/views/{view_id}/remove").status_code == 403
    assert "Remove the list" not in tom.get("/desk?view=all&priority=red").text
    assert "Remove the list" in ada.get("/desk?view=all&priority=red").text
    assert ada.post(f"/desk/views/{view_id}/remove").status_code == 303
    assert view_id not in tom.get("/desk").text
    assert mei.post("/desk/views", {"name": "", "query": ""}).status_code == 422
    assert mei.post("/desk/views", {"name": "x", "query": "priority=purple"}).status_code == 422
    assert mei.post("/desk/views", {"name": "x", "query": "&".join("a=b" for _ in range(99))}).status_code == 422


def test_a_row_tells_who_waits_and_says_nothing_of_waiting_once_it_was_answered(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client, name="Patient Person")
    services: Services = client.app.state.services
    with services.database.writing() as session:
        member = by_email(session, "mei@example.com")
        assert member is not None
        session.add(Team(id="returns", name="Returns team"))
        session.flush()
        session.add(TeamMember(team_id="returns", staff_id=member.id))
        session.add(TicketTag(ticket_id=ticket, name="vip-parcel"))
        session.get_one(Ticket, ticket).team_id = "returns"

    def row() -> str:
        found = re.search(rf'id="row-{ticket}".*?</a>', mei.get("/desk/list?view=team").text, re.DOTALL)
        assert found is not None
        return found.group()

    assert all(words in row() for words in ("Patient Person", "Returns team", "vip-parcel", "Waiting since"))
    mei.post(f"/desk/tickets/{ticket}/take")
    mei.post(f"/desk/tickets/{ticket}/replies", {"text": "On its way"})
    assert "Waiting since" not in row()
    assert "The customer&#39;s turn" in row()
    assert "Mei" in row()


@pytest.mark.fast
def test_an_offline_case_says_no_more_than_that_nobody_is_in_the_chat() -> None:
    assert label("en", "chat", "offline") == "Not in the chat"


ASSETS = Path(__file__).parents[2] / "web"


@pytest.mark.fast
def test_one_script_alone_listens_for_keys_of_the_desk() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (ASSETS / "assets" / "desk").glob("*.js")}
    assert "[data-key]" in scripts["inbox.js"]
    assert [name for name, code in scripts.items() if "dataset.key" in code] == ["inbox.js"]


def test_keys_are_listed_in_a_dialog_and_can_be_switched_off(client: TestClient[Litestar], mei: Person) -> None:
    page = mei.get(f"/desk/tickets/{open_case(client)}").text
    assert '<dialog class="keys" id="keys" aria-labelledby="keys-title"' in page
    assert 'id="keys-single"' in page
    keys = re.findall(r'data-key="([^"]+)"', page)
    assert {"/", "?", "m", "z", "g q", "g m", "g t", "g a", "g s", "g n", "g r"} <= set(keys)
    assert len(keys) == len(set(keys)), "one key, one meaning"


def test_the_first_find_of_a_search_has_the_focus(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, "An ocarina is missing")
    indexed(client)
    page = mei.get("/desk?q=ocarina").text
    assert page.count("data-focus") == 1
    assert re.search(rf'id="row-{ticket}"[^>]*data-focus', page)
    assert 'class="rows-empty" tabindex="-1" data-focus' in mei.get("/desk?q=xylophone").text
    assert "data-focus" not in mei.get("/desk?view=all").text
    assert "data-focus" not in mei.get(f"/desk/tickets/{ticket}?q=ocarina").text
