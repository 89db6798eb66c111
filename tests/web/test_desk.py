"""The desk: signing in, taking and working on cases through forms and through the API, and what is shown."""

import asyncio
import json
from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient

from support.complaints.rules import SEVERITIES
from support.conversations.opening import Visit, start
from support.conversations.rules import CUSTOMER_PAYLOADS
from support.conversations.states import MOVES as CHAT_MOVES
from support.feedback.rules import KINDS
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.satisfaction import operations as satisfaction
from support.staff.operations import open_session
from support.staff.queries import by_email
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.priority import PRIORITIES
from support.tickets.queries import open_for
from support.tickets.states import CATEGORIES, MOVES, REASONS
from support.tickets.tables import Ticket
from tests.support.conftest import SECRETS
from tests.web.desk_fixtures import (
    PASSWORD,
    SCRIPT,
    Caller,
    Person,
    add_everybody,
    api,
    client,
    make_app,
    mei,
    open_case,
    tom,
)
from web.desk.events import desk_events
from web.desk.labels import LABELS
from web.desk.views import FIELDS
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei", "tom"]


def test_each_sign_in_begins_a_session_with_a_new_token(client: TestClient[Litestar]) -> None:
    person = Person(client, "ada")
    answer = person.sign_in()
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk"
    first = person.cookies["huilu_session"]
    person.sign_in()
    assert person.cookies["huilu_session"] != first


def test_a_wrong_password_is_refused_kindly(client: TestClient[Litestar]) -> None:
    person = Person(client, "ada")
    answer = person.sign_in("not the password")
    assert answer.status_code == 401
    assert "ada@example.com" in answer.text
    assert 'role="alert"' in answer.text
    assert "huilu_session" not in person.cookies


def test_signing_out_ends_the_session_on_the_server(client: TestClient[Litestar]) -> None:
    person = Person(client, "ada")
    person.sign_in()
    kept = dict(person.cookies)
    assert person.post("/sign-out").status_code == 303
    person.cookies = kept
    assert person.get("/desk").headers["location"] == "/sign-in?next=/desk"


def test_without_the_forms_token_nothing_is_done(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    answer = mei.request("POST", f"/desk/tickets/{ticket}/take", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert "Nobody yet" in mei.get(f"/desk/tickets/{ticket}").text


def test_an_editor_may_not_see_the_desk(client: TestClient[Litestar]) -> None:
    person = Person(client, "yun")
    assert person.sign_in().headers["location"] == "/editor"
    assert person.get("/desk", headers={"HX-Request": "true"}).status_code == 403
    token = client.post("/api/sessions", json={"email": "yun@example.com", "password": PASSWORD}).json()["token"]
    refused = Caller(client, token).call("GET", "/api/tickets")
    assert refused.status_code == 403
    assert refused.headers["content-type"].startswith("application/problem+json")


def test_signed_out_visitors_are_sent_to_sign_in(client: TestClient[Litestar]) -> None:
    stranger = Person(client, "nobody")
    assert stranger.get("/desk").headers["location"] == "/sign-in?next=/desk"
    part = stranger.get("/desk/list", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in")
    assert client.get("/api/tickets").status_code == 401


def test_a_case_is_taken_answered_and_resolved_through_forms(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, name="Li Na")
    assert "Li Na" in mei.get("/desk").text
    taken = mei.post(f"/desk/tickets/{ticket}/take")
    assert taken.headers["location"] == f"/desk/tickets/{ticket}?done=taken"
    assert "You have this chat." in mei.get(taken.headers["location"]).text
    sent = mei.post(f"/desk/tickets/{ticket}/replies", {"text": "I am looking.\nOne moment.", "after": "0"}, htmx=True)
    assert sent.status_code == 200
    assert "I am looking.\nOne moment." in sent.text
    done = mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "delivery", "note": "Found at the neighbour's."})
    page = mei.get(done.headers["location"]).text
    assert "This case is resolved." in page
    assert "Found at the neighbour&#39;s." in page


def test_a_reply_without_scripts_leads_back_to_the_case(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    sent = mei.post(f"/desk/tickets/{ticket}/replies", {"text": "Hello"})
    assert sent.status_code == 303
    assert "Your reply was sent." in mei.get(sent.headers["location"]).text


def test_the_page_gets_only_messages_it_has_not_got(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, text="Only once, please")
    part = mei.get(f"/desk/tickets/{ticket}/conversation?after=1")
    assert "Only once, please" in part.text
    assert part.headers["hx-trigger"] == "mode-free"
    later = mei.get(f"/desk/tickets/{ticket}/conversation?after=2")
    assert 'class="entry by-customer"' not in later.text


def test_an_incomplete_resolution_says_what_is_missing_and_loses_nothing(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    answer = mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "", "note": "Sent a new one."})
    assert answer.status_code == 422
    assert "Please choose a category" in answer.text
    assert "Sent a new one." in answer.text
    assert 'aria-invalid="true"' in answer.text
    again = mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "service", "note": "  "})
    assert again.status_code == 422
    assert '<option value="service" selected>' in again.text


def test_the_second_colleague_is_told_who_was_quicker(client: TestClient[Litestar], mei: Person, tom: Person) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    answer = tom.post(f"/desk/tickets/{ticket}/take")
    assert answer.status_code == 409
    assert "Mei has this case now." in answer.text
    assert "Mei has this chat." in answer.text
    assert 'id="reply-text"' not in answer.text


def test_a_reply_to_a_chat_that_is_not_yours_changes_nothing(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    answer = tom.post(f"/desk/tickets/{ticket}/replies", {"text": "Not said"}, htmx=True)
    assert answer.status_code == 409
    assert "You do not have this chat right now" in answer.text
    assert "Not said" not in mei.get(f"/desk/tickets/{ticket}").text
    whole = tom.post(f"/desk/tickets/{ticket}/replies", {"text": "Not said"})
    assert whole.status_code == 409


def test_an_overlong_reply_is_refused_with_its_length(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    answer = mei.post(f"/desk/tickets/{ticket}/replies", {"text": "x" * 4001}, htmx=True)
    assert answer.status_code == 422
    assert "4001" in answer.text


def test_a_chat_handed_back_stays_open_with_its_owner(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    answer = mei.post(f"/desk/tickets/{ticket}/hand-back")
    page = mei.get(answer.headers["location"]).text
    assert "Mei has this case; the chat is with the assistant." in page
    assert "Mei handed the chat back to the assistant" in page


def test_what_customers_write_is_shown_as_text(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, text=SCRIPT, name=SCRIPT)
    for path in ("/desk", f"/desk/tickets/{ticket}", f"/desk/tickets/{ticket}/conversation"):
        page = mei.get(path).text
        assert SCRIPT not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def complain(client: TestClient[Litestar], ticket: str, facts: CaseFacts, reason: str = "complaint") -> None:
    """The customer of an open case complains, or tells of something worse."""
    with client.app.state.services.database.writing() as session:
        handoff.request(session, session.get_one(Ticket, ticket).conversation_id, reason, None, facts)


def test_the_list_and_the_case_say_how_urgent_it_is(client: TestClient[Litestar], mei: Person, api: Caller) -> None:
    ticket = open_case(client)
    assert '<span class="tag priority-green">Green: in its turn</span>' in mei.get(f"/desk/tickets/{ticket}").text
    complain(client, ticket, CaseFacts(priority="red"))
    tag = '<span class="tag priority-red">Red: first of all</span>'
    for path in ("/desk", f"/desk/tickets/{ticket}"):
        assert tag in mei.get(path).text
    assert api.call("GET", f"/api/tickets/{ticket}").json()["ticket"]["priority"] == "red"


def test_a_red_case_goes_ahead_of_older_ones(client: TestClient[Litestar], api: Caller) -> None:
    older, newer = open_case(client), open_case(client)
    complain(client, newer, CaseFacts(), reason="safety")
    listed = [each["id"] for each in api.call("GET", "/api/tickets?view=queue").json()["tickets"]]
    assert listed.index(newer) < listed.index(older)


def test_what_was_told_in_the_form_is_shown_field_by_field(
    client: TestClient[Litestar], mei: Person, api: Caller
) -> None:
    ticket = open_case(client)
    told = {"wish": "A new one", "severity": "critical", "order": "A-77", "what": f"It broke. {SCRIPT}"}
    complain(client, ticket, CaseFacts(details=told))
    page = mei.get(f"/desk/tickets/{ticket}?language=zh-Hans").text
    assert "表单里填写的" in page
    assert '<dt>订单</dt><dd lang="en">A-77</dd>' in page
    assert "<dt>严重程度</dt><dd>非常严重</dd>" in page
    assert "It broke. &lt;script&gt;" in page
    assert SCRIPT not in page
    mei.get("/desk?language=en")
    given = api.call("GET", f"/api/tickets/{ticket}").json()["details"]
    assert list(given) == ["what", "order", "severity", "wish"]
    assert given == told


def test_why_a_customer_was_dissatisfied_is_shown_in_the_readers_words(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    services: Services = client.app.state.services
    with services.database.writing() as session:
        chat = session.get_one(Ticket, ticket).conversation_id
        satisfaction.rate(session, chat, "csat", ticket, 2, ["too_slow", "<of an own form>"], "three days")
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "2 of 5" in page
    assert "Took too long, &lt;of an own form&gt;" in page
    assert "three days" in page


def test_a_case_without_a_form_shows_none(client: TestClient[Litestar], mei: Person) -> None:
    assert "Told in the form" not in mei.get(f"/desk/tickets/{open_case(client)}").text


def test_the_timeline_says_what_became_more_urgent_and_came_back(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    complain(client, ticket, CaseFacts(), reason="safety")
    mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "product", "note": "Taken back."})
    with client.app.state.services.database.writing() as session:
        tickets.reopen(session, ticket, session.get_one(Ticket, ticket).conversation_id, None)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert (
        'The case became more urgent <span class="tag priority-red">Red: first of all</span>: Danger or fraud' in page
    )
    assert "The customer opened the case again" in page


def test_pages_keep_to_their_own_policy(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    for path in ("/sign-in", "/desk", f"/desk/tickets/{ticket}", "/desk/feedback"):
        answer = mei.get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "<style" not in answer.text
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text
        assert "hx-on" not in answer.text


def test_an_unknown_case_is_not_found(mei: Person, api: Caller) -> None:
    assert mei.get("/desk/tickets/none", headers={"HX-Request": "true"}).status_code == 404
    answer = api.call("GET", "/api/tickets/none")
    assert answer.status_code == 404
    assert answer.json()["code"] == "ticket"


def test_the_api_does_what_the_pages_do(client: TestClient[Litestar], api: Caller) -> None:
    ticket = open_case(client, text="Can I pay later?", name="Chen")
    listed = api.call("GET", "/api/tickets?view=queue").json()
    assert ticket in [each["id"] for each in listed["tickets"]]
    assert listed["counts"]["queue"] >= 1
    assert api.call("POST", f"/api/tickets/{ticket}/take").json()["mode"] == "mine"
    said = api.call("POST", f"/api/tickets/{ticket}/replies", {"text": "Yes, you can."}).json()
    assert [(each["author"], each["text"]) for each in said["transcript"]][-1] == ("agent", "Yes, you can.")
    assert api.call("POST", f"/api/tickets/{ticket}/hand-back").json()["mode"] == "free"
    done = api.call("POST", f"/api/tickets/{ticket}/resolve", {"category": "payment", "note": "Explained."}).json()
    assert (done["ticket"]["state"], done["ticket"]["category"]) == ("resolved", "payment")
    assert [each["kind"] for each in done["timeline"]] == ["opened", "taken", "handed_back", "resolved"]


def test_the_api_tells_problems_as_problem_details(client: TestClient[Litestar], api: Caller, tom: Person) -> None:
    ticket = open_case(client)
    tom.get("/desk")
    tom.post(f"/desk/tickets/{ticket}/take")
    taken = api.call("POST", f"/api/tickets/{ticket}/take")
    assert taken.status_code == 409
    assert taken.headers["content-type"].startswith("application/problem+json")
    assert "Tom" in taken.json()["detail"]
    assert api.call("POST", f"/api/tickets/{ticket}/replies", {"text": "x"}).json()["code"] == "not_in_charge"
    own = open_case(client)
    incomplete = api.call("POST", f"/api/tickets/{own}/resolve", {"category": "unknown", "note": "x"})
    assert (incomplete.status_code, incomplete.json()["code"]) == (422, "incomplete")
    assert api.call("GET", "/api/tickets?view=strange").status_code == 422


def test_every_state_reason_and_category_has_words() -> None:
    for kind, codes in {
        "state": MOVES,
        "chat": CHAT_MOVES,
        "reason": REASONS,
        "category": CATEGORIES,
        "pressed": CUSTOMER_PAYLOADS,
        "priority": PRIORITIES,
        "field": FIELDS,
        "severity": SEVERITIES,
        "feedback": KINDS,
        "feedback_list": KINDS,
    }.items():
        assert set(codes) <= set(LABELS[kind])


async def test_an_open_page_hears_of_changes_and_keeps_its_reader_present(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.lifespan():
        services: Services = app.state.services
        add_everybody(services)
        with services.database.writing() as session:
            member = by_email(session, "mei@example.com")
            assert member is not None
            token = open_session(session, member)
            chat = start(session, Visit("en"), SECRETS).conversation
            handoff.request(session, chat.id, "request", None)
            ticket = open_for(session, chat.id)
            assert ticket is not None
            member.seen_at = None

        stream = desk_events(services, token, ticket.id)
        assert [(await anext(stream)).event for _ in range(3)] == ["queue", "offers", "said"]
        with services.database.reading() as session:
            assert session.get_one(StaffMember, member.id).seen_at is not None
        await services.hub.queue_moved()
        assert (await asyncio.wait_for(anext(stream), 5)).event == "queue"
        with services.database.writing() as session:
            tickets.take(session, ticket.id, session.get_one(StaffMember, member.id))
        await services.hub.conversation_changed(chat.id)
        heard = [(await asyncio.wait_for(anext(stream), 5)).event for _ in range(2)]
        assert set(heard) == {"queue", "said"}
        await stream.aclose()


async def test_an_open_page_learns_that_its_session_has_ended(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.lifespan():
        heard = [each.event async for each in desk_events(app.state.services, "no such token", None)]
    assert heard == ["signed_out"]


def test_the_api_is_described(client: TestClient[Litestar]) -> None:
    described = json.loads(client.get("/schema/openapi.json").text)
    assert "/api/tickets/{ticket_id}/resolve" in described["paths"]
    assert not [path for path in described["paths"] if path.startswith("/desk")]
