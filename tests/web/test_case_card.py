"""The case as it arrives: the trail at a glance, what the assistant tried, the summary, and the customer card."""

import re
from html import unescape

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from support.conversations import queries as conversations
from support.conversations.tables import Retrieval
from support.conversations.writing import add_message
from support.tickets.tables import Ticket
from tests.web.case_fixtures import customer_says, erase
from tests.web.desk_fixtures import SCRIPT, Caller, Person, api, client, mei, open_case, tom
from web.desk.pages import SHOWN_MESSAGES
from web.desk.schemas import TrailOut
from web.desk.trail import last_searches
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei", "tom"]


def said_by_bot(client: TestClient[Litestar], ticket: str, text: str, decision: str, probability: float) -> int:
    """The assistant answers after a search; the seq of its message."""
    services: Services = client.app.state.services
    candidate = {"article_id": "refund-time", "title": "How long does a refund take?", "language": "en"}
    candidate |= {"probability": probability, "variant": "refund"}
    payload = {"answer": candidate | {"source": "/help/refund-time"}} if decision == "answer" else None
    with services.database.writing() as session:
        chat = conversations.locked(session, session.get_one(Ticket, ticket).conversation_id)
        message = add_message(session, chat, "bot", text, payload=payload)
        found = Retrieval(conversation_id=chat.id, message_id=message.id, turn_id="t", query="money back")
        found.language = "en"
        found.decision, found.candidates, found.index_version, found.milliseconds = decision, [candidate], 1, 2.0
        session.add(found)
        return message.seq


def section(page: str, name: str) -> str:
    """What stands in a section of the right pane."""
    return page.partition(f'id="fact-{name}"')[2].partition('class="fact"')[0]


def test_of_a_long_talk_the_latest_messages_are_shown_and_the_others_are_a_press_away(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    for number in range(SHOWN_MESSAGES):
        latest = customer_says(client, ticket, f"Number {number}")
    earliest_shown = latest - SHOWN_MESSAGES + 1
    page = mei.get(f"/desk/tickets/{ticket}").text
    shown = [int(each) for each in re.findall(r'id="entry-(\d+)"', page)]
    assert shown == list(range(earliest_shown, latest + 1))
    (link,) = re.findall(r'href="([^"]+)">Show earlier messages \((\d+)\)', page)
    assert int(link[1]) == earliest_shown - 1
    address, _, anchor = unescape(link[0]).partition("#")
    whole = mei.get(address).text
    assert [int(each) for each in re.findall(r'id="entry-(\d+)"', whole)] == list(range(1, latest + 1))
    assert f'id="{anchor}"' in whole
    assert "Show earlier messages" not in whole


def test_one_line_under_an_answer_tells_decision_article_and_percent(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    said_by_bot(client, ticket, "**Three** days.", "answer", 0.871)
    page = mei.get(f"/desk/tickets/{ticket}").text
    lines = re.findall(r'<details class="trail">\s*<summary>(.*?)</summary>', page, re.S)
    words = [" ".join(re.sub(r"<[^>]+>", "", line).split()) for line in lines]
    assert "Answered: How long does a refund take? 87 %. How this was found" in words


def test_an_answer_stands_as_the_chat_shows_it_and_a_colleagues_words_as_they_are(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client)
    said_by_bot(client, ticket, f"**Three** days. {SCRIPT}", "answer", 0.9)
    mei.post(f"/desk/tickets/{ticket}/take")
    mei.post(f"/desk/tickets/{ticket}/replies", {"text": "**Two** days"})
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "<strong>Three</strong> days." in page
    assert "**Two** days" in page
    assert SCRIPT not in page


def test_a_message_for_which_nothing_was_found_is_marked(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    lost = customer_says(client, ticket, "qwrtz")
    seen = customer_says(client, ticket, "and my money?")
    said_by_bot(client, ticket, "Sorry.", "none", 0.04)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert re.search(rf'id="nothing-{seen}">Nothing was found for this<', page)
    assert re.search(rf'id="nothing-{lost}"><', page)


def test_an_open_page_marks_the_message_when_the_answer_comes(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    seen = customer_says(client, ticket, "qwrtz")
    said_by_bot(client, ticket, "Sorry.", "none", 0.04)
    part = mei.get(f"/desk/tickets/{ticket}/conversation?after={seen}").text
    assert f'id="nothing-{seen}" hx-swap-oob="true">Nothing was found for this' in part


def test_what_the_assistant_tried_stands_on_the_right(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    said_by_bot(client, ticket, "Sorry.", "none", 0.04)
    tried = section(mei.get(f"/desk/tickets/{ticket}").text, "tried")
    assert "money back" in tried
    assert "4 %" in tried
    assert "Nothing fitted" in tried


@pytest.mark.fast
def test_only_searches_since_people_had_the_chat_last_were_tried() -> None:
    def search(query: str) -> TrailOut:
        return TrailOut(query, "en", "none", [], 1, 1.0, False)

    old, first, second = search("old"), search("first"), search("second")
    before = [("bot", None, old), ("agent", None, None), ("system", {"event": "handed_back"}, None)]
    since = [("bot", None, first), ("customer", None, None), ("bot", None, second)]
    assert last_searches([*before, *since]) == [first, second]
    assert last_searches([*before, *since, ("system", {"event": "agent_joined"}, None), ("agent", None, None)]) == [
        first,
        second,
    ]
    assert last_searches([]) == []


def test_the_summary_on_the_page_follows_the_talk(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, "Where is my parcel?")
    customer_says(client, ticket, "THIS IS RIDICULOUS, order LT-88412 is two weeks late!!!")
    summary = section(mei.get(f"/desk/tickets/{ticket}").text, "summary")
    assert "Where is my parcel?" in summary
    assert "LT-88412" in summary
    assert "Sounds angry" in summary


def test_the_card_is_changed_and_the_timeline_tells_it(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, name="Li Na")
    answer = mei.post(f"/desk/tickets/{ticket}/customer", {"tier": "gold", "email": "li@example.com", "was_email": ""})
    assert answer.headers["location"].endswith("?done=customer_saved")
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert '<span class="tag tier-gold">Gold</span>' in page
    assert 'href="mailto:li@example.com"' in page
    words = " ".join(re.sub(r"<[^>]+>", "", section(page, "timeline")).split())
    assert "Mei changed what is known about the customer Tier: No tier → Gold E-mail: nothing → li@example.com" in words


def test_what_cannot_be_taken_is_refused_with_all_that_was_filled_in(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    answer = mei.post(f"/desk/tickets/{ticket}/customer", {"tier": "gold", "email": "li@", "phone": "+86 138"})
    assert answer.status_code == 422
    assert "This is no e-mail address." in answer.text
    assert re.search(r'id="customer-email"[^>]*value="li@"[^>]*aria-invalid="true"', answer.text)
    assert re.search(r'<option value="gold" selected>', answer.text)
    assert '<details class="customer-edit" id="customer-edit" open>' in answer.text


def test_a_form_that_lay_open_does_not_undo_what_a_colleague_changed(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    ticket = open_case(client)
    tom.post(f"/desk/tickets/{ticket}/customer", {"tier": "gold"})
    mei.post(f"/desk/tickets/{ticket}/customer", {"tier": "", "was_tier": "", "phone": "13800138000"})
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "tier-gold" in page
    assert "tel:13800138000" in page


def test_a_form_without_any_change_tells_nothing(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    assert mei.post(f"/desk/tickets/{ticket}/customer", {}).headers["location"] == f"/desk/tickets/{ticket}"
    assert "changed what is known" not in mei.get(f"/desk/tickets/{ticket}").text


def test_programs_read_and_change_a_customer(client: TestClient[Litestar], api: Caller) -> None:
    ticket = open_case(client, name="Bo")
    customer = api.call("GET", f"/api/tickets/{ticket}").json()["customer_id"]
    known = api.call("GET", f"/api/customers/{customer}").json()
    assert (known["name"], known["tier"], known["cases"]) == ("Bo", "", 1)
    changed = api.call("PATCH", f"/api/customers/{customer}", {"tier": "platinum", "email": "bo@example.com"})
    assert (changed.status_code, changed.json()["tier"], changed.json()["email"]) == (200, "platinum", "bo@example.com")
    left = api.call("PATCH", f"/api/customers/{customer}", {"email": None}).json()
    assert (left["tier"], left["email"]) == ("platinum", None)
    wrong = api.call("PATCH", f"/api/customers/{customer}", {"tier": "diamond"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "tier")
    assert api.call("PATCH", "/api/customers/nobody", {"tier": "gold"}).status_code == 404
    events = api.call("GET", f"/api/tickets/{ticket}").json()["timeline"]
    assert [each["kind"] for each in events].count("customer_changed") == 2


def test_who_erased_everything_is_known_no_more(client: TestClient[Litestar], mei: Person, api: Caller) -> None:
    ticket = open_case(client, name="Cy")
    customer = api.call("GET", f"/api/tickets/{ticket}").json()["customer_id"]
    erase(client, ticket)
    assert api.call("GET", f"/api/customers/{customer}").status_code == 404
    assert api.call("PATCH", f"/api/customers/{customer}", {"tier": "gold"}).status_code == 404
    assert mei.post(f"/desk/tickets/{ticket}/customer", {"tier": "gold"}).status_code == 409
    assert 'id="fact-customer"' not in mei.get(f"/desk/tickets/{ticket}").text
