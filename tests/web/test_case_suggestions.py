"""Beside a case: articles that answer its open question, and settled cases like it until they are erased."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from knowledge_base.articles.importing import import_file
from storage.base import now
from support.staff.queries import by_email
from support.tickets import operations as tickets
from support.tickets.tables import Ticket
from tests.knowledge_base.fakes import FakeEncoder
from tests.web.case_fixtures import customer_says, erase
from tests.web.desk_fixtures import Caller, Person, add_everybody, api, client, make_app, mei, open_case
from web.desk.plain_words import plain_words
from web.services import Services
from web.solved_cases import SolvedCases

# Fixtures are found by being imported.
__all__ = ["api", "client", "mei"]

ARTICLES = Path(__file__).parent.parent / "knowledge_base" / "articles.jsonl"


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    """The app with a small knowledge base and a stand-in for the sentence model."""
    app = make_app(tmp_path_factory.mktemp("reading"))
    with TestClient(app) as made:
        services: Services = app.state.services
        add_everybody(services)
        with services.database.writing() as session:
            import_file(session, ARTICLES)
        services.knowledge_base.change_encoder(FakeEncoder())
        services.solved_cases.keep_up()
        yield made


@pytest.fixture(scope="module")
def reader(reading: TestClient[Litestar]) -> Person:
    person = Person(reading, "mei")
    person.sign_in()
    return person


def settled(client: TestClient[Litestar], text: str, reply: str, note: str) -> str:
    """A case that Mei answered and resolved."""
    ticket = open_case(client, text)
    services: Services = client.app.state.services
    with services.database.writing() as session:
        member = by_email(session, "mei@example.com")
        assert member is not None
        tickets.take(session, ticket, member)
        tickets.reply(session, ticket, member, reply)
        tickets.resolve(session, ticket, member, "delivery", note)
    return ticket


def test_articles_that_answer_the_open_question_are_suggested_with_percent_and_key(
    reading: TestClient[Litestar], reader: Person
) -> None:
    ticket = open_case(reading, "How long does a refund take?")
    part = reader.get(f"/desk/tickets/{ticket}/suggestions").text
    assert re.search(r'data-insert="Three days\." data-article="[^"]+" data-key="1"', part)
    assert re.search(r'data-insert="Three days\." data-article="[^"]+" data-key="i"', part)
    assert re.search(
        r'<span class="figure">\d+ %</span> <strong lang="en">How long does a refund take\?</strong>', part
    )


def test_suggestions_are_in_the_customers_language_and_say_when_they_are_not(
    reading: TestClient[Litestar], reader: Person
) -> None:
    ticket = open_case(reading, "退款多久會入帳？")
    part = reader.get(f"/desk/tickets/{ticket}/suggestions").text
    assert '<strong lang="zh-Hant">退款多久會入帳？</strong>' in part


def test_suggestions_follow_what_the_customer_asks_next(reading: TestClient[Litestar], reader: Person) -> None:
    ticket = open_case(reading, "How long does a refund take?")
    customer_says(reading, ticket, "When are you open on Sunday?")
    part = reader.get(f"/desk/tickets/{ticket}/suggestions").text
    assert "Every day from 10 to 8." in part


def test_settled_cases_like_it_are_shown_with_note_and_last_reply(
    reading: TestClient[Litestar], reader: Person
) -> None:
    settled(reading, "toaster burns bread", "A new toaster is on its way.", "Replaced.")
    ticket = open_case(reading, "toaster burns everything")
    part = reader.get(f"/desk/tickets/{ticket}/suggestions").text
    assert "toaster burns bread" in part
    assert "Replaced." in part
    assert "A new toaster is on its way." in part


def test_what_was_erased_is_found_no_more_also_not_in_memory(reading: TestClient[Litestar], reader: Person) -> None:
    old = settled(reading, "scale shows nonsense numbers", "We sent batteries.", "Batteries.")
    services: Services = reading.app.state.services
    services.solved_cases.refresh()
    assert old in [key for key, _ in services.solved_cases.like("scale shows nonsense numbers", 5)]
    ticket = open_case(reading, "scale shows nonsense")
    erase(reading, old)
    part = reader.get(f"/desk/tickets/{ticket}/suggestions").text
    assert "nonsense numbers" not in part
    assert "We sent batteries." not in part
    assert old not in [key for key, _ in services.solved_cases.like("scale shows nonsense numbers", 5)]


def test_a_case_that_was_opened_again_is_no_example_any_more(reading: TestClient[Litestar], reader: Person) -> None:
    old = settled(reading, "lamp flickers at night", "Turn it off.", "Off.")
    ticket = open_case(reading, "lamp flickers always")
    assert "lamp flickers at night" in reader.get(f"/desk/tickets/{ticket}/suggestions").text
    services: Services = reading.app.state.services
    with services.database.writing() as session:
        tickets.reopen(session, old, session.get_one(Ticket, old).conversation_id, None)
    assert "lamp flickers at night" not in reader.get(f"/desk/tickets/{ticket}/suggestions").text


def test_older_cases_are_taken_over_behind_the_scenes(reading: TestClient[Litestar]) -> None:
    old = settled(reading, "fridge hums loudly", "Level it.", "Levelled.")
    services: Services = reading.app.state.services
    with services.database.writing() as session:
        session.get_one(Ticket, old).updated_at = now() - timedelta(days=400)
    fresh = SolvedCases(services.database, services.knowledge_base)
    fresh.keep_up()
    assert old in [key for key, _ in fresh.like("fridge hums loudly", 3)]
    few = SolvedCases(services.database, services.knowledge_base, most=0)
    few.keep_up()
    assert old not in [key for key, _ in few.like("fridge hums loudly", 3)]


def test_without_a_sentence_model_the_page_says_why_no_case_is_compared(
    client: TestClient[Litestar], mei: Person
) -> None:
    ticket = open_case(client, "Where is my parcel?")
    part = mei.get(f"/desk/tickets/{ticket}/suggestions").text
    assert "no sentence model reads this language here" in part


def test_who_said_nothing_yet_gets_no_suggestion(client: TestClient[Litestar], mei: Person) -> None:
    ticket = open_case(client, "hello")
    part = mei.get(f"/desk/tickets/{ticket}/suggestions").text
    assert "has not said anything yet that could be searched for" in part


def test_suggestions_of_an_unknown_case_are_refused(client: TestClient[Litestar], mei: Person, api: Caller) -> None:
    assert mei.get("/desk/tickets/nothing/suggestions").status_code == 404
    assert api.call("GET", f"/api/tickets/{uuid.uuid4()}/suggestions").json()["code"] == "ticket"


@pytest.mark.fast
def test_an_answer_becomes_plain_words() -> None:
    answer = (
        "Open **your** [orders](/orders):\n\n1. One\n2. Two\n   - more\n\n[Site](https://a.example/b)\n\n---\n> Ask"
    )
    assert plain_words(answer) == "Open your orders:\n\n1. One\n2. Two\n  - more\n\nSite (https://a.example/b)\n\nAsk"
    assert plain_words("三天。") == "三天。"
