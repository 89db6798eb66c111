"""Presence and offers on the desk's pages and over the staff API."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import update

from storage.base import now
from support.conversations.opening import Visit, start
from support.conversations.tables import Conversation
from support.handoff import operations as handoff
from support.routing import operations
from support.routing.tables import Offer
from support.staff.operations import present_since
from support.staff.queries import by_email, on_duty
from support.staff.tables import StaffMember
from support.tickets.queries import open_for
from tests.support.conftest import SECRETS
from tests.support.offers_made import waited
from tests.web.desk_fixtures import PASSWORD, Caller, Person, add_everybody, make_app, open_case
from web.queue_watch import look_after_queue
from web.services import Services


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    app = make_app(tmp_path)
    with TestClient(app) as made:
        add_everybody(app.state.services)
        yield made


@pytest.fixture
def mei(client: TestClient[Litestar]) -> Person:
    person = Person(client, "mei")
    person.sign_in()
    return person


@pytest.fixture
def api(client: TestClient[Litestar]) -> Caller:
    client.cookies.clear()
    answer = client.post("/api/sessions", json={"email": "mei@example.com", "password": PASSWORD})
    return Caller(client, answer.json()["token"])


def services_of(client: TestClient[Litestar]) -> Services:
    services: Services = client.app.state.services
    return services


def offer(client: TestClient[Litestar], ticket_id: str) -> None:
    with services_of(client).database.writing() as session:
        assert operations.make_offer(session, ticket_id, 30)


def offered(client: TestClient[Litestar], words: str = "Where is my parcel?", name: str | None = None) -> str:
    """A case that is offered to whoever fits; its id."""
    ticket = open_case(client, words, name)
    offer(client, ticket)
    return ticket


def people_on_duty(client: TestClient[Litestar]) -> int:
    with services_of(client).database.reading() as session:
        return on_duty(session, present_since())


def test_presence_is_chosen_and_shown(client: TestClient[Litestar], mei: Person) -> None:
    for chosen in ("busy", "away", "online"):
        part = mei.post("/desk/presence", {"presence": chosen}, htmx=True)
        for page in (part.text, mei.get("/desk").text):
            for each in ("online", "busy", "away"):
                pressed = "true" if each == chosen else "false"
                assert f'value="{each}" aria-pressed="{pressed}"' in page
        assert people_on_duty(client) == (chosen == "online")
    assert mei.post("/desk/presence", {"presence": "busy"}).status_code == 303


def test_a_presence_that_there_is_not_is_refused(client: TestClient[Litestar], mei: Person) -> None:
    assert mei.post("/desk/presence", {"presence": "asleep"}).status_code == 422
    assert people_on_duty(client) == 1


def test_signing_in_elsewhere_than_at_the_desk_puts_nobody_on_duty(client: TestClient[Litestar]) -> None:
    ada = Person(client, "ada")
    ada.get("/sign-in")
    form = {"email": "ada@example.com", "password": PASSWORD}
    assert ada.post("/sign-in", form | {"next": "/website"}).headers["location"] == "/website"
    assert ada.get("/website").status_code == 200
    assert people_on_duty(client) == 0
    assert ada.post("/sign-in", form | {"next": "/desk?view=mine"}).status_code == 303
    assert people_on_duty(client) == 1


def test_a_supervisor_who_chose_to_be_busy_stays_so_at_the_next_sign_in(client: TestClient[Litestar]) -> None:
    ada, tom = Person(client, "ada"), Person(client, "tom")
    for person in (ada, tom):
        person.sign_in()
        person.post("/desk/presence", {"presence": "busy"})
        person.post("/sign-out")
        person.sign_in()
    with services_of(client).database.reading() as session:
        found = {name: by_email(session, f"{name}@example.com") for name in ("ada", "tom")}
    assert {name: member.presence for name, member in found.items() if member} == {"ada": "busy", "tom": "online"}


def test_an_offer_says_who_and_why_and_is_told_as_an_alert_once(client: TestClient[Litestar], mei: Person) -> None:
    assert "offer-words" not in mei.get("/desk/offers").text
    offered(client, "Where is <b>my</b> parcel?", "Chen & Co")
    first = mei.get("/desk/offers").text
    assert "Chen &amp; Co is waiting" in first
    assert "Where is &lt;b&gt;my&lt;/b&gt; parcel?" in first
    assert "you have waited longest since your last offer" in first
    assert 'data-key="a"' in first and 'data-key="d"' in first
    assert first.count('role="alert"') == 1
    with services_of(client).database.reading() as session:
        (known,) = session.query(Offer.id).one()
    again = mei.get(f"/desk/offers?seen={known}").text
    assert "Chen &amp; Co is waiting" in again
    assert 'role="alert"' not in again
    for part in (first, again):
        assert " style=" not in part and " onclick=" not in part and "hx-on" not in part


def test_a_further_offer_tells_enough_to_choose_and_languages_are_named_in_the_readers_own(
    client: TestClient[Litestar], mei: Person
) -> None:
    with services_of(client).database.writing() as session:
        found = by_email(session, "mei@example.com")
        assert found
        found.languages = ["en"]
    for words in ("Where is my parcel?", "The red coat is torn"):
        offered(client, words)
    later = mei.get("/desk/offers").text.split("<section")[2]
    for words in ("Green: in its turn", "Asked for a person", "English", "The red coat is torn", "Accept", "Decline"):
        assert words in later
    chinese = mei.get("/desk/offers?language=zh-Hans").text
    assert "派给您的原因：您会英文" in chinese
    assert "English" not in chinese


def test_accepting_opens_the_case_in_ones_hands(client: TestClient[Litestar], mei: Person) -> None:
    ticket = offered(client)
    with services_of(client).database.reading() as session:
        (known,) = session.query(Offer.id).one()
    answer = mei.post(f"/desk/offers/{known}/accept")
    assert answer.headers["location"] == f"/desk/tickets/{ticket}?done=taken"
    with services_of(client).database.reading() as session:
        assert {each.status for each in session.query(Conversation)} == {"agent"}


def test_an_offer_that_passed_on_shows_the_case_and_says_so(client: TestClient[Litestar], mei: Person) -> None:
    offered(client)
    with services_of(client).database.writing() as session:
        session.execute(update(Offer).values(state="expired", answered_at=now()))
        (known,) = session.query(Offer.id).one()
    answer = mei.post(f"/desk/offers/{known}/accept")
    assert answer.status_code == 409
    assert "This offer has passed on" in answer.text
    declined = mei.post(f"/desk/offers/{known}/refuse", htmx=True)
    assert declined.status_code == 200 and "This offer has passed on" in declined.text


def test_declining_keeps_the_words_for_the_timeline(client: TestClient[Litestar], mei: Person, api: Caller) -> None:
    ticket = offered(client)
    with services_of(client).database.reading() as session:
        (known,) = session.query(Offer.id).one()
    part = mei.post(f"/desk/offers/{known}/refuse", {"why": "on the phone"}, htmx=True)
    assert "offer-words" not in part.text
    timeline = api.call("GET", f"/api/tickets/{ticket}").json()["timeline"]
    assert [(each["kind"], each["name"]) for each in timeline] == [
        ("opened", None),
        ("offered", "Mei"),
        ("offer_refused", "Mei"),
    ]
    assert timeline[-1]["details"] == {"why": "on the phone"}
    page = mei.get(f"/desk/tickets/{ticket}").text
    assert "Offered to Mei" in page and "Mei declined the offer" in page


def test_somebody_elses_offer_is_not_found(client: TestClient[Litestar], mei: Person) -> None:
    offered(client)
    with services_of(client).database.reading() as session:
        (known,) = session.query(Offer.id).one()
    tom = Person(client, "tom")
    tom.sign_in()
    assert tom.post(f"/desk/offers/{known}/accept").status_code == 404
    assert tom.post(f"/desk/offers/{known}/refuse").status_code == 404


def test_the_api_offers_accepts_and_refuses(client: TestClient[Litestar], api: Caller) -> None:
    first = offered(client, "Can I pay later?", "Chen")
    second = offered(client)
    listed = api.call("GET", "/api/offers").json()
    assert [each["ticket_id"] for each in listed] == [first, second]
    assert listed[0]["customer"] == "Chen" and 0 < listed[0]["seconds_left"] <= listed[0]["seconds"] == 30
    assert listed[0]["because"] == [{"code": "fair", "about": ""}]
    taken = api.call("POST", f"/api/offers/{listed[0]['id']}/accept")
    assert (taken.status_code, taken.json()["mode"]) == (200, "mine")
    left = api.call("POST", f"/api/offers/{listed[1]['id']}/refuse", {"why": "no time"})
    assert (left.status_code, left.json()) == (200, [])
    gone = api.call("POST", f"/api/offers/{listed[1]['id']}/accept")
    assert (gone.status_code, gone.json()["code"]) == (409, "offer_gone")
    assert api.call("POST", "/api/offers/none/accept").status_code == 404


def test_the_api_tells_and_takes_presence(client: TestClient[Litestar], api: Caller) -> None:
    offered(client)
    shown = api.call("GET", "/api/presence").json()
    assert shown == {"presence": "online", "missed": False, "chats": 0, "capacity": 4, "offers": 1}
    assert api.call("POST", "/api/presence", {"presence": "busy"}).json()["presence"] == "busy"
    refused = api.call("POST", "/api/presence", {"presence": "asleep"})
    assert (refused.status_code, refused.json()["code"]) == (422, "presence")


def test_asking_for_offers_counts_as_being_at_the_desk(client: TestClient[Litestar], api: Caller) -> None:
    with services_of(client).database.writing() as session:
        session.execute(update(StaffMember).values(seen_at=None))
    assert people_on_duty(client) == 0
    api.call("GET", "/api/offers")
    assert people_on_duty(client) == 1


def test_the_customers_page_is_told_the_place_and_the_time(client: TestClient[Litestar], mei: Person) -> None:
    client.cookies.clear()
    chat = client.post("/api/chat/conversations", json={"language": "en"}).json()
    services = services_of(client)
    waited(services.database, 250)
    with services.database.writing() as session:
        handoff.request(session, chat["id"], "request", None)
    address = f"/api/chat/conversations/{chat['id']}/messages"
    read = client.get(address, headers={"Authorization": f"Bearer {chat['token']}"}).json()
    assert (read["status"], read["place"], read["wait_minutes"]) == ("queued", 1, 5)


async def test_the_app_offers_what_waits_and_passes_it_on_by_itself(tmp_path: Path) -> None:
    app = make_app(tmp_path, offers="on")
    async with app.lifespan():
        services: Services = app.state.services
        add_everybody(services)

        def everybody_is_there(session) -> None:  # type: ignore[no-untyped-def]
            session.execute(update(StaffMember).values(seen_at=now()))

        await services.database.write(everybody_is_there)
        ticket = await asyncio.to_thread(_open_case, services)
        await look_after_queue(services)
        first = await services.database.read(_offers)
        assert [(each.ticket_id, each.state) for each in first] == [(ticket, "open")]
        await services.database.write(
            lambda session: session.execute(update(Offer).values(expires_at=now(), created_at=now())) and None
        )
        await look_after_queue(services)
        states = sorted(each.state for each in await services.database.read(_offers))
        assert states == ["expired", "open"]
        assert len({each.staff_id for each in await services.database.read(_offers)}) == 2


def _offers(session) -> list[Offer]:  # type: ignore[no-untyped-def]
    return list(session.query(Offer).order_by(Offer.created_at))


def _open_case(services: Services) -> str:
    with services.database.writing() as session:
        chat = start(session, Visit("en"), SECRETS).conversation
        handoff.request(session, chat.id, "request", None)
        ticket = open_for(session, chat.id)
        assert ticket is not None
        return ticket.id
