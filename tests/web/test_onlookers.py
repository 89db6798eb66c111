"""Who else is at a case: there while their page is open, seen writing for some seconds, and told to every page."""

from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient

from support.conversations.opening import Visit, start
from support.handoff import operations as handoff
from support.staff.operations import open_session
from support.staff.queries import by_email
from support.tickets.queries import open_for
from tests.support.conftest import SECRETS
from tests.web.desk_fixtures import Person, add_everybody, client, make_app, mei, open_case
from web.desk.events import desk_events
from web.onlookers import WRITING_SECONDS, Onlookers
from web.services import Services

# Fixtures are found by being imported.
__all__ = ["client", "mei"]


def test_colleagues_are_at_a_case_while_their_page_is_open_and_write_for_some_seconds() -> None:
    moment = [0.0]
    at = Onlookers(lambda: moment[0])
    assert not at.note_writing("case", "tom", "note"), "who has no page open is not there"
    with at.looking("case", "mei", "Mei"), at.looking("case", "tom", "Tom"), at.looking("case", "tom", "Tom"):
        assert [each.name for each in at.others("case", "mei")] == ["Tom"]
        assert at.note_writing("case", "tom", "note") and not at.note_writing("case", "tom", "note")
        assert at.others("case", "mei")[0].writing == "note"
        assert at.others("another", "mei") == []
        moment[0] = WRITING_SECONDS
        assert at.others("case", "mei")[0].writing == ""
        at.note_writing("case", "tom", "reply")
        assert at.note_writing("case", "tom", "")
        assert at.others("case", "mei")[0].writing == ""
    assert at.others("case", "mei") == []


async def test_a_page_hears_of_colleagues_who_come_write_and_leave(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.lifespan():
        services: Services = app.state.services
        add_everybody(services)
        with services.database.writing() as session:
            people = [by_email(session, f"{name}@example.com") for name in ("mei", "tom")]
            tokens = [open_session(session, each) for each in people if each]
            chat = start(session, Visit("en"), SECRETS).conversation
            handoff.request(session, chat.id, "request", None)
            ticket = open_for(session, chat.id)
        mei, tom = people
        assert ticket is not None and mei is not None and tom is not None
        stream = desk_events(services, tokens[0], ticket.id, mei)
        heard = [(await anext(stream)).event for _ in range(3)]
        assert heard == ["queue", "offers", "said"]
        assert services.onlookers.others(ticket.id, mei.id) == []
        second = desk_events(services, tokens[1], ticket.id, tom)
        await anext(second)
        assert [each.name for each in services.onlookers.others(ticket.id, mei.id)] == ["Tom"]
        assert (await anext(stream)).event == "onlookers"
        await second.aclose()
        assert services.onlookers.others(ticket.id, mei.id) == []
        await stream.aclose()


def test_a_page_shows_who_else_is_there_and_nothing_when_it_knows(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client)
    services: Services = client.app.state.services
    path = f"/desk/tickets/{ticket}/onlookers"
    assert mei.get(f"{path}?known=-").status_code == 204
    with services.onlookers.looking(ticket, "id-of-tom", "Tom & Co"):
        services.onlookers.note_writing(ticket, "id-of-tom", "reply")
        answer = mei.get(f"{path}?known=-")
        assert "Tom &amp; Co is writing a reply." in answer.text
        known = answer.text.split('name="known" value="')[1].split('"')[0]
        assert mei.get(path, params={"known": known}).status_code == 204
    assert mei.post(f"/desk/tickets/{ticket}/onlooking", {"name": "note"}).status_code == 204
