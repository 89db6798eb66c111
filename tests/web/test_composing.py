"""What an agent writes with: ready replies, passing on, stepping in, several chats; by pages and by the API."""

from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from demo.load import load_demo
from demo.shop import read_macros
from storage.engine import Database
from support.macros import queries
from support.macros.rules import filled
from support.routing.queries import chats_in_hand
from support.staff.tables import StaffMember, Team
from support.tickets.stepping_in import step_out_absent
from support.tickets.tables import Ticket
from tests.web.desk_fixtures import PASSWORD, SCRIPT, Caller, Person, ada, api, client, mei, open_case, staff_id_of, tom
from texts.catalogue import LANGUAGES

# Fixtures are found by being imported.
__all__ = ["ada", "api", "client", "mei", "tom"]

REFUND = {
    "shortcut": "refund",
    "name": "Refund",
    "text_en": "Hello {customer|there}, case {number} is paid back.",
    "tags": "refund, money",
    "then": "resolve",
    "category": "payment",
    "note": "Paid back.",
}


def taken(client: TestClient[Litestar], person: Person, name: str | None = None) -> str:
    ticket = open_case(client, name=name)
    person.post(f"/desk/tickets/{ticket}/take")
    return ticket


def add(person: Person, place: str = "/setup/macros", **changes: str) -> None:
    answer = person.post(place, REFUND | changes)
    assert (answer.status_code, answer.headers["location"]) == (303, place)


def macro_named(client: TestClient[Litestar], shortcut: str) -> str:
    with client.app.state.services.database.reading() as session:
        found = queries.by_shortcut(session, shortcut)
        assert found is not None
        return found.id


def test_a_ready_reply_is_added_found_in_a_case_sent_and_followed_by_its_steps(
    client: TestClient[Litestar], ada: Person, mei: Person
) -> None:
    add(ada, shortcut="paid")
    ticket = taken(client, mei, name="Li Na")
    ready = {each["shortcut"]: each for each in mei.get(f"/desk/tickets/{ticket}/macros").json()}
    assert ready["paid"]["text"].startswith("Hello Li Na, case T-")
    assert ready["paid"]["steps"] == ["tag “refund”", "tag “money”", "resolve: Payment"]
    form = {"text": ready["paid"]["text"], "after": "0", "macro": ready["paid"]["id"]}
    assert mei.post(f"/desk/tickets/{ticket}/replies", form, htmx=True).status_code == 200
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "This case is resolved." in page
    assert "Hello Li Na" in page


def test_what_is_wrong_with_a_ready_reply_is_said_and_nothing_of_it_is_lost(ada: Person) -> None:
    wrong = REFUND | {"shortcut": "two words", "text_zh_Hans": SCRIPT}
    answer = ada.post("/setup/macros", wrong)
    assert answer.status_code == 422
    assert "A shortcut is one word" in answer.text
    assert "two words" in answer.text
    assert SCRIPT not in answer.text and "&lt;script&gt;" in answer.text
    assert ada.post("/setup/macros", REFUND | {"hours": "soon"}).status_code == 422


def test_a_ready_reply_is_changed_and_removed(client: TestClient[Litestar], ada: Person) -> None:
    add(ada, shortcut="change-me")
    address = f"/setup/macros/{macro_named(client, 'change-me')}"
    form = ada.get(address).text
    assert 'value="refund, money"' in form and "Paid back." in form
    assert ada.post(address, REFUND | {"shortcut": "changed"}).status_code == 303
    assert "/changed" in ada.get("/setup/macros").text
    assert ada.post(f"{address}/remove").status_code == 303
    assert ada.get(address).status_code == 404


def test_a_ready_reply_that_was_removed_meanwhile_no_longer_stands_in_the_way_of_the_words(
    client: TestClient[Litestar], ada: Person, mei: Person
) -> None:
    add(ada, shortcut="short-lived")
    ready = macro_named(client, "short-lived")
    ticket = taken(client, mei)
    ada.post(f"/setup/macros/{ready}/remove")
    refused = mei.post(f"/desk/tickets/{ticket}/replies", {"text": "Hi", "after": "0", "macro": ready}, htmx=True)
    # What ready_replies.js lets go of the ready reply at.
    assert (refused.status_code, refused.headers["HX-Trigger"]) == (409, "mode-mine, ready-reply-gone")
    again = mei.post(f"/desk/tickets/{ticket}/replies", {"text": "Hi", "after": "0"}, htmx=True)
    assert (again.status_code, again.headers["HX-Trigger"]) == (200, "mode-mine")


def test_ones_own_ready_replies_are_nobody_elses(client: TestClient[Litestar], mei: Person, tom: Person) -> None:
    add(mei, "/desk/macros", shortcut="mine")
    own = macro_named(client, "mine")
    assert "/mine" in mei.get("/desk/macros").text
    assert "/mine" not in tom.get("/desk/macros").text
    assert tom.get(f"/desk/macros/{own}").status_code == 404
    assert tom.post(f"/desk/macros/{own}", REFUND).status_code == 409
    ticket = taken(client, tom)
    refused = tom.post(f"/desk/tickets/{ticket}/replies", {"text": "Hi", "after": "0", "macro": own}, htmx=True)
    assert refused.status_code == 409
    assert "removed meanwhile" in refused.text


def test_programs_read_ready_replies_and_use_them(client: TestClient[Litestar], ada: Person, api: Caller) -> None:
    add(ada, shortcut="by-program")
    found = {each["shortcut"]: each for each in api.call("GET", "/api/macros").json()["macros"]}
    assert found["by-program"]["texts"]["en"] == REFUND["text_en"]
    ticket = open_case(client)
    api.call("POST", f"/api/tickets/{ticket}/take")
    body = {"text": "Paid.", "macro": found["by-program"]["id"]}
    done = api.call("POST", f"/api/tickets/{ticket}/replies", body).json()
    kinds = [each["kind"] for each in done["timeline"]]
    assert kinds == ["opened", "taken", "tagged", "tagged", "resolved"]


def test_a_case_is_passed_to_a_colleague_who_goes_on_with_it(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    tom.sign_in()
    ticket = taken(client, mei)
    form = {"to": f"staff:{staff_id_of(client, 'tom')}", "note": SCRIPT}
    answer = mei.post(f"/desk/tickets/{ticket}/transfer", form)
    assert answer.headers["location"].endswith("?done=transferred")
    page = tom.get(f"/desk/tickets/{ticket}").text
    assert "You have this chat." in page
    assert "Mei passed the case on to Tom" in page
    assert SCRIPT not in page and "&lt;script&gt;" in page
    assert "Mei is passing you to Tom" in page


def test_a_chat_that_was_passed_on_says_in_the_strip_by_whom_until_it_is_taken_by_oneself(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    tom.sign_in()
    own, passed = taken(client, tom), taken(client, mei)
    mei.post(f"/desk/tickets/{passed}/transfer", {"to": f"staff:{staff_id_of(client, 'tom')}", "note": ""})
    strip = tom.get("/desk/chats").text
    lines = {ticket: next(line for line in strip.split("\n") if f'data-chat="{ticket}"' in line)
             for ticket in (own, passed)}  # fmt: skip
    assert 'data-passed="Mei"' in lines[passed]
    assert "data-passed" not in lines[own]


def test_colleagues_are_offered_with_how_many_chats_they_have_and_whether_that_is_all_they_can(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    tom.sign_in()
    ticket, tom_id = taken(client, mei), staff_id_of(client, "tom")
    taken(client, tom)
    with client.app.state.services.database.writing() as session:
        in_hand = chats_in_hand(session)[tom_id]
        session.get_one(StaffMember, tom_id).capacity = in_hand + 1
    shown = mei.get(f"/desk/tickets/{ticket}/destinations").text
    assert f"Tom ({in_hand} of {in_hand + 1} chats)" in shown and "data-full" not in shown
    with client.app.state.services.database.writing() as session:
        session.get_one(StaffMember, tom_id).capacity = in_hand
    shown = mei.get(f"/desk/tickets/{ticket}/destinations").text
    assert f"Tom (full: {in_hand} of {in_hand} chats)" in shown and 'data-full="Tom"' in shown
    answer = mei.post(f"/desk/tickets/{ticket}/transfer", {"to": f"staff:{tom_id}", "note": ""})
    assert answer.headers["location"].endswith("?done=transferred")
    with client.app.state.services.database.writing() as session:
        session.get_one(StaffMember, tom_id).capacity = 4


def test_nowhere_and_nobody_are_refused_and_the_note_is_kept(client: TestClient[Litestar], mei: Person) -> None:
    ticket = taken(client, mei)
    form = {"to": "", "note": "Please look at the photo."}
    answer = mei.post(f"/desk/tickets/{ticket}/transfer", form)
    assert answer.status_code == 422
    assert "Please choose a colleague or a team" in answer.text
    assert "Please look at the photo." in answer.text


def test_programs_pass_cases_on_and_are_told_why_not(client: TestClient[Litestar], api: Caller, mei: Person) -> None:
    with client.app.state.services.database.writing() as session:
        team = Team(name="Repairs", skills=[])
        session.add(team)
        session.flush()
        team_id = team.id
    ticket = open_case(client)
    api.call("POST", f"/api/tickets/{ticket}/take")
    refused = api.call("POST", f"/api/tickets/{ticket}/transfer", {"team_id": "none"})
    assert (refused.status_code, refused.json()["code"]) == (422, "nowhere")
    outdated = api.call("POST", f"/api/tickets/{ticket}/transfer", {"team_id": team_id, "revision": 1})
    assert (outdated.status_code, outdated.json()["code"]) == (409, "outdated")
    done = api.call("POST", f"/api/tickets/{ticket}/transfer", {"team_id": team_id, "note": "Broken hinge"}).json()
    assert done["ticket"]["chat"] == "queued"
    assert done["timeline"][-1]["details"] == {"team": "Repairs", "why": "Broken hinge"}
    shown = mei.get(f"/desk/tickets/{taken(client, mei)}/destinations").text
    assert f'value="team:{team_id}"' in shown


def test_a_supervisor_steps_in_and_both_pages_say_so(client: TestClient[Litestar], mei: Person, ada: Person) -> None:
    ticket = taken(client, mei)
    watched = ada.get(f"/desk/tickets/{ticket}").text
    assert "You read along" in watched and 'id="reply-text"' not in watched
    assert ada.post(f"/desk/tickets/{ticket}/step-in").status_code == 303
    assert 'id="reply-text"' in ada.get(f"/desk/tickets/{ticket}").text
    told = mei.get(f"/desk/tickets/{ticket}/conversation").text
    assert "Ada has stepped in and can write beside you." in told
    sent = ada.post(f"/desk/tickets/{ticket}/replies", {"text": "I can help.", "after": "0"}, htmx=True)
    assert sent.status_code == 200 and "I can help." in sent.text
    assert f"/desk/tickets/{ticket}" in ada.get("/desk/chats").text
    ada.post(f"/desk/tickets/{ticket}/step-out")
    assert "has stepped in" not in mei.get(f"/desk/tickets/{ticket}/conversation").text.split("compose-live")[1][:400]


def test_a_supervisor_who_has_gone_is_stepped_out_and_the_page_tells_why(
    client: TestClient[Litestar], mei: Person, ada: Person
) -> None:
    ticket = taken(client, mei)
    ada.post(f"/desk/tickets/{ticket}/step-in")
    database = client.app.state.services.database
    with database.writing() as session:
        session.get_one(StaffMember, staff_id_of(client, "ada")).seen_at = None
        conversation_id = session.get_one(Ticket, ticket).conversation_id
        assert step_out_absent(session, conversation_id)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "Ada had the desk closed for a while and was stepped out" in page
    assert "has stepped in and can write" not in page


def test_an_agent_cannot_step_into_a_colleagues_chat(
    client: TestClient[Litestar], mei: Person, tom: Person, api: Caller
) -> None:
    ticket = taken(client, tom)
    for step in ("step-in", "take-over"):
        assert mei.post(f"/desk/tickets/{ticket}/{step}").status_code == 403
        assert api.call("POST", f"/api/tickets/{ticket}/{step}").status_code == 403
    assert "Step in" not in mei.get(f"/desk/tickets/{ticket}").text


def test_programs_of_supervisors_step_in_take_over_and_step_out(client: TestClient[Litestar], mei: Person) -> None:
    client.cookies.clear()
    token = client.post("/api/sessions", json={"email": "ada@example.com", "password": PASSWORD}).json()["token"]
    caller = Caller(client, token)
    ticket = taken(client, mei)
    assert caller.call("POST", f"/api/tickets/{ticket}/step-in").json()["mode"] == "beside"
    assert caller.call("POST", f"/api/tickets/{ticket}/step-out", {"change_id": "x"}).json()["mode"] == "other"
    assert caller.call("POST", f"/api/tickets/{ticket}/take-over").json()["mode"] == "mine"


def test_what_programs_of_supervisors_do_is_told_with_their_reason_and_to_the_customers_page(
    client: TestClient[Litestar], mei: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = client.app.state.services
    told: list[str] = []

    async def note(conversation_id: str, news: bytes = b"") -> None:
        told.append(conversation_id)

    ticket = taken(client, mei)
    client.cookies.clear()
    token = client.post("/api/sessions", json={"email": "ada@example.com", "password": PASSWORD}).json()["token"]
    caller = Caller(client, token)
    with services.database.reading() as session:
        conversation_id = session.get_one(Ticket, ticket).conversation_id
    monkeypatch.setattr(services.hub, "conversation_changed", note)
    done = caller.call("POST", f"/api/tickets/{ticket}/take-over", {"why": "She asked\nfor me", "change_id": "own-1"})
    assert done.json()["timeline"][-1]["details"] == {"from": "Mei", "why": "She asked for me"}
    assert told == [conversation_id]
    passed = {"staff_id": staff_id_of(client, "mei"), "note": "Her lamp is broken.", "why": "Back from lunch"}
    done = caller.call("POST", f"/api/tickets/{ticket}/transfer", passed)
    assert done.json()["timeline"][-1]["details"] == {"to": "Mei", "why": "Back from lunch"}
    assert told == [conversation_id] * 2
    assert "Her lamp is broken." in mei.get(f"/desk/tickets/{ticket}").text
    refused = caller.call("POST", f"/api/tickets/{ticket}/step-in", {"why": "x" * 301})
    assert (refused.status_code, refused.json()["code"]) == (422, "why")


def test_the_strip_shows_what_is_unread_until_the_page_says_it_was_read(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = taken(client, mei)
    assert f'data-chat="{ticket}" data-unread="1"' in mei.get("/desk/chats").text
    assert mei.post(f"/desk/tickets/{ticket}/read").status_code == 204
    assert f'data-chat="{ticket}" data-unread="0"' in mei.get("/desk/chats").text
    assert mei.post("/desk/tickets/none/read").status_code == 404


def test_keys_lead_to_the_chats_before_and_after_the_open_one(client: TestClient[Litestar], tom: Person) -> None:
    first, second = taken(client, tom), taken(client, tom)
    strip = tom.get(f"/desk/chats?ticket={second}").text
    before = strip[strip.index('id="chat-before"') :].split("\n")[0]
    assert f"/desk/tickets/{first}" in before
    assert 'data-key="["' in before
    assert 'data-key="]"' in strip


def test_a_chat_is_handed_back_with_a_note_for_colleagues(client: TestClient[Litestar], mei: Person) -> None:
    ticket = taken(client, mei)
    answer = mei.post(f"/desk/tickets/{ticket}/hand-back", {"note": "Refund is started."})
    assert "Refund is started." in mei.get(answer.headers["location"]).text
    other = taken(client, mei)
    refused = mei.post(f"/desk/tickets/{other}/hand-back", {"note": "x" * 4001})
    assert refused.status_code == 422
    assert "4000" in refused.text


def test_the_demos_ready_replies_are_there_in_every_language_and_read_well_without_a_name(
    database: Database, tmp_path: Path
) -> None:
    load_demo(database, tmp_path)
    with database.reading() as session:
        assert {each.shortcut for each in queries.shared(session)} == {each["shortcut"] for each in read_macros()}
    for macro in read_macros():
        assert set(macro["texts"]) == set(LANGUAGES)
        for words in macro["texts"].values():
            said = filled(words, {"agent": "Mei", "number": "T-1"})
            assert "{" not in said and "  " not in said
            assert not said.startswith(("，", ",")) and "，。" not in said
