"""The desk after a customer erased a conversation: nothing of it stays on a page, and nobody goes on with it."""

import re

from litestar import Litestar
from litestar.testing import TestClient

from support.privacy.operations import erase_conversation
from support.tickets.tables import Ticket
from tests.support.files_made import PDF
from tests.web.desk_fixtures import Caller, Person, api, client, mei, open_case
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei"]


def erased(client: TestClient[Litestar], ticket: str) -> None:
    services: Services = client.app.state.services
    with services.database.writing() as session:
        erase_conversation(session, session.get_one(Ticket, ticket).conversation_id)


def test_an_erased_conversation_can_only_be_resolved(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, text="Please forget me", name="Zoe")
    erased(client, ticket)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "The customer has erased this conversation." in page
    assert "Take this case" not in page
    assert "Please forget me" not in page
    assert "Zoe" not in page
    assert mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "service", "note": "Erased."}).status_code == 303


def test_an_erased_conversation_of_a_resolved_case_is_not_opened_again(
    client: TestClient[Litestar], mei: Person, api: Caller
) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    mei.post(f"/desk/tickets/{ticket}/resolve", {"category": "service", "note": "Done."})
    erased(client, ticket)
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "The customer has erased this conversation. The case is resolved and stays so." in page
    assert "Open again and take" not in page
    assert "Resolve this case" not in page
    refused = mei.post(f"/desk/tickets/{ticket}/take")
    assert refused.status_code == 409
    assert "The customer has erased this conversation, so nothing more can be said" in refused.text
    for step, body in (("take", None), ("replies", {"text": "Hello?"}), ("hand-back", None)):
        answer = api.call("POST", f"/api/tickets/{ticket}/{step}", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "erased"), step
    case = api.call("GET", f"/api/tickets/{ticket}").json()
    assert (case["mode"], case["ticket"]["state"], case["ticket"]["chat"]) == ("erased", "resolved", "closed")
    assert case["transcript"] == []


def test_an_open_page_drops_erased_words_and_drafts_once(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, text="My address is 1 Secret Street")
    mei.post(f"/desk/tickets/{ticket}/take")
    before = mei.get(f"/desk/tickets/{ticket}").text
    assert "mode-erased from:body" in before
    assert f'data-draft="reply-{ticket}"' in before
    assert "HX-Refresh" not in mei.get(f"/desk/tickets/{ticket}/actions").headers
    erased(client, ticket)
    part = mei.get(f"/desk/tickets/{ticket}/conversation?after=3")
    assert part.headers["HX-Trigger"] == "mode-erased"
    assert mei.get(f"/desk/tickets/{ticket}/actions").headers["HX-Refresh"] == "true"
    page = mei.get(f"/desk/tickets/{ticket}").text
    # What the page listens to is what makes it ask again; for this it does so no more.
    assert "mode-erased" not in page
    drafts = re.findall(r'data-draft="([^"]*)"', before)
    (dropped,) = re.findall(r'data-drop-drafts="([^"]*)"', page)
    assert drafts and set(drafts) <= set(dropped.split())
    assert "data-draft=" not in page


def test_no_file_is_sent_into_an_erased_conversation(client: TestClient[Litestar], mei: Person, api: Caller) -> None:
    ticket = open_case(client)
    mei.post(f"/desk/tickets/{ticket}/take")
    erased(client, ticket)
    services: Services = client.app.state.services
    before = list(services.files.ids())
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {api.token}"}
    answer = client.post(f"/api/tickets/{ticket}/files", files={"file": ("a.pdf", PDF)}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "erased")
    form = {"after": "0", "_csrf_token": mei.cookies["csrftoken"]}
    sent = mei.request("POST", f"/desk/tickets/{ticket}/files", files={"file": ("a.pdf", PDF)}, data=form)
    assert sent.status_code == 409
    assert "nothing more can be said or sent" in sent.text
    assert list(services.files.ids()) == before
