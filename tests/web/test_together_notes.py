"""Notes at the desk: for colleagues only, kept once, never lost, and who is named in them."""

import uuid

from litestar import Litestar
from litestar.testing import TestClient

from support.handoff import operations as handoff
from support.tickets.queries import open_for
from support.tickets.together_queries import named_unseen
from tests.web.desk_fixtures import SCRIPT, Person, client, mei, open_case, staff_id_of, tom
from tests.web.together_fixtures import step
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["client", "mei", "tom"]


def test_a_note_stands_in_the_conversation_for_colleagues_and_nowhere_for_the_customer(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    opened = client.post("/api/chat/conversations", json={"language": "en", "customer": {"name": "Li Na"}}).json()
    chat, headers = f"/api/chat/conversations/{opened['id']}", {"Authorization": f"Bearer {opened['token']}"}
    words = {"client_id": str(uuid.uuid4()), "text": "Where is my parcel?"}
    client.post(f"{chat}/messages", json=words, headers=headers)
    services: Services = client.app.state.services
    with services.database.writing() as session:
        handoff.request(session, opened["id"], "request", None)
    with services.database.reading() as session:
        found = open_for(session, opened["id"])
        assert found is not None
        ticket = found.id
    page = step(mei, ticket, "notes", {"text": f"She called. {SCRIPT}"})
    assert "The note is kept. Only colleagues see it." in page
    assert "She called. &lt;script&gt;" in page and SCRIPT not in page
    assert "Mei wrote a note" in page
    assert 'class="entry by-note"' in tom.get(f"/desk/tickets/{ticket}").text
    client.cookies.clear()
    told = client.get(f"{chat}/messages", headers=headers)
    assert told.status_code == 200
    assert "Where is my parcel?" in told.text and "She called" not in told.text


def test_a_page_gets_only_notes_that_it_has_not_got(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    step(mei, ticket, "notes", {"text": "first words"})
    page = mei.get(f"/desk/tickets/{ticket}").text
    noted = page.split('name="noted" value="')[1].split('"')[0]
    sent = mei.post(f"/desk/tickets/{ticket}/notes", {"text": "second words", "noted": noted}, htmx=True)
    assert "second words" in sent.text and "first words" not in sent.text
    feed = mei.get(f"/desk/tickets/{ticket}/notes", params={"noted": noted}).text
    assert "second words" in feed and "first words" not in feed
    assert "first words" in mei.get(f"/desk/tickets/{ticket}/notes?noted=nonsense").text


def test_a_note_sent_twice_is_kept_once(client: TestClient[Litestar], mei: Person) -> None:
    ticket, change = open_case(client), uuid.uuid4().hex
    for _ in range(2):
        mei.post(f"/desk/tickets/{ticket}/notes", {"text": "only once", "change_id": change}, htmx=True)
    assert mei.get(f"/desk/tickets/{ticket}/notes").text.count("only once") == 1


def test_a_note_that_is_refused_is_not_lost(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    answer = mei.post(f"/desk/tickets/{ticket}/notes", {"text": "x" * 4001}, htmx=True)
    assert answer.status_code == 422
    assert "4001" in answer.text and 'id="note-problem"' in answer.text and "xxxx" not in answer.text
    odd = mei.post(f"/desk/tickets/{ticket}/notes", {"text": "fine", "change_id": "not / an id"}, htmx=True)
    assert odd.status_code == 422 and 'id="note-problem"' in odd.text
    assert mei.post(f"/desk/tickets/{ticket}/notes", {"text": " "}).status_code == 422


def test_who_is_named_is_not_told_any_more_once_they_opened_the_case(
    client: TestClient[Litestar], mei: Person, tom: Person
) -> None:
    ticket = open_case(client)
    page = step(mei, ticket, "notes", {"text": "@Tom please look"})
    assert "For: Tom" in page
    services: Services = client.app.state.services
    tom_id = staff_id_of(client, "tom")

    def unseen() -> bool:
        with services.database.reading() as session:
            return named_unseen(session, ticket, tom_id)

    assert unseen()
    tom.get(f"/desk/tickets/{ticket}")
    assert not unseen()
