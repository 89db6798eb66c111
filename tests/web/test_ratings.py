"""Ratings and skips over the chat API, and what another device is told of them."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import event, update

from storage.base import now
from storage.engine import Database
from support.conversations.idle import IDLE_AFTER
from support.conversations.tables import Conversation, Message
from support.satisfaction import operations as satisfaction
from support.satisfaction.tables import Rating
from support.staff.operations import add_staff
from support.tickets import operations as tickets
from support.tickets.queries import open_for
from support.turns.operations import settle
from support.turns.replies import BotMessage, Reply
from tests.support.conftest import Chat, new_chat
from tests.support.test_handoff import hand_off
from tests.web.desk_fixtures import make_app
from web.chat.reading import news


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(make_app(tmp_path, database)) as running:
        yield running


class Visitor:
    """A customer's program at the chat API."""

    def __init__(self, client: TestClient[Litestar], language: str = "en") -> None:
        opened = client.post("/api/chat/conversations", json={"language": language}).json()
        self.client = client
        self.id = opened["id"]
        self.headers = {"Authorization": f"Bearer {opened['token']}", "Accept-Language": language}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/chat/conversations/{self.id}/{path}", json=body, headers=self.headers)

    def read(self) -> dict[str, Any]:
        return dict(self.client.get(f"/api/chat/conversations/{self.id}/messages", headers=self.headers).json())

    def end(self) -> None:
        """Press the button that ends the chat."""
        sent = self.post("messages", {"client_id": str(uuid.uuid4()), "payload": {"kind": "close"}})
        assert sent.status_code == 202

    def rate(self, score: int, kind: str = "csat", **more: Any) -> Any:
        return self.post("ratings", {"kind": kind, "subject_id": self.id, "score": score} | more)

    def skip(self, kind: str = "csat", subject: str | None = None) -> Any:
        return self.post("skips", {"kind": kind, "subject_id": subject or self.id})


@pytest.fixture
def visitor(client: TestClient[Litestar]) -> Visitor:
    return Visitor(client)


def payloads(visitor: Visitor) -> list[dict[str, Any]]:
    """The payloads with a survey, each with its outcome, as another device is told them."""
    asked = [each for each in visitor.read()["messages"] if "survey" in (each["payload"] or {})]
    return [each["payload"] | each.get("outcome", {}) for each in asked]


def test_a_skipped_survey_is_told_to_another_device_until_it_is_answered(visitor: Visitor) -> None:
    visitor.end()
    survey = {"kind": "csat", "subject_id": visitor.id}
    assert payloads(visitor) == [{"event": "closed", "survey": survey}]
    for _ in range(2):
        skipped = visitor.skip()
        assert (skipped.status_code, skipped.json()) == (200, {})
    assert payloads(visitor) == [{"event": "closed", "survey": survey, "skipped": True}]
    assert visitor.rate(3).status_code == 200
    assert payloads(visitor) == [{"event": "closed", "survey": survey, "score": 3}]


def test_a_survey_that_was_never_asked_for_cannot_be_skipped(visitor: Visitor) -> None:
    refused = visitor.skip()
    assert (refused.status_code, refused.json()["code"]) == (422, "subject")
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert visitor.skip("stars", "nothing").status_code == 422
    assert visitor.post("skips", {"kind": 3}).status_code == 400


def test_a_skip_needs_the_conversations_own_token(visitor: Visitor) -> None:
    visitor.end()
    visitor.headers = {"Authorization": "Bearer of somebody else"}
    assert visitor.skip().status_code == 404


def test_a_good_rating_brings_the_question_for_a_recommendation(visitor: Visitor) -> None:
    visitor.end()
    visitor.rate(5)
    first, second = payloads(visitor)
    assert first["score"] == 5
    assert second == {"survey": {"kind": "nps", "subject_id": visitor.id}}
    visitor.rate(9, "nps")
    assert payloads(visitor)[1]["score"] == 9
    assert visitor.read()["status"] == "closed"


def test_a_rating_older_than_a_day_is_refused_with_a_kind_word(visitor: Visitor, database: Database) -> None:
    visitor.end()
    visitor.rate(3)
    with database.writing() as session:
        session.execute(update(Rating).values(created_at=now() - timedelta(hours=25)))
    refused = visitor.rate(5)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_late")
    assert "24 hours" in refused.json()["detail"]
    assert payloads(visitor)[0]["score"] == 3


def test_an_answer_tells_whether_it_was_called_helpful(database: Database) -> None:
    chat = new_chat(database)
    answer_with(chat)
    with database.writing() as session:
        answer = news(session, chat.id, 1).messages[-1]
        assert "helpful" not in (answer.payload or {})
        satisfaction.rate(session, chat.id, "helpful", answer.id, 0, [], "")
    with database.reading() as session:
        told = news(session, chat.id, 1).messages[-1]
        assert told.outcome == {"helpful": 0}
        assert told.payload == session.get_one(Message, answer.id).payload, "what was said stays as it was said"


def answer_with(chat: Chat) -> None:
    """A question, answered from an article."""
    chat.say("怎么退货")
    work = chat.claim()
    assert work is not None
    with chat.database.writing() as session:
        settle(session, work, Reply((BotMessage("这样退", {"answer": {"article_id": "return-an-item"}}),)), "rasa")


def test_only_who_is_told_of_surveys_or_answers_costs_another_question(database: Database) -> None:
    chat = new_chat(database)

    def questions() -> int:
        asked: list[str] = []

        def note(*told: Any) -> None:
            asked.append(told[2])

        event.listen(database.engine, "before_cursor_execute", note)
        with database.reading() as session:
            news(session, chat.id, 0)
        event.remove(database.engine, "before_cursor_execute", note)
        return sum("survey_request" in each or "FROM rating" in each for each in asked)

    chat.say("怎么退货")
    assert questions() == 0
    chat.answer()
    assert questions() == 0
    answer_with(chat)
    assert questions() == 1


def test_a_case_resolved_anew_shows_its_new_survey_unanswered(database: Database) -> None:
    chat = new_chat(database)
    hand_off(chat)
    with database.writing() as session:
        member = add_staff(session, "mei@example.com", "Mei", "agent", "a long password")
        ticket = open_for(session, chat.id)
        assert ticket is not None
        tickets.resolve(session, ticket.id, member, "service", "Done.")
    with database.writing() as session:
        satisfaction.rate(session, chat.id, "csat", ticket.id, 2, [], "")
        tickets.reopen(session, ticket.id, chat.id, None)
    with database.writing() as session:
        tickets.resolve(session, ticket.id, member, "service", "Done better.")
    assert told_scores(chat) == [2, None]
    with database.writing() as session:
        satisfaction.rate(session, chat.id, "csat", ticket.id, 5, [], "")
    assert told_scores(chat)[:2] == [5, 5]


def told_scores(chat: Chat) -> list[int | None]:
    with chat.database.reading() as session:
        told = [each for each in news(session, chat.id, 0).messages if "survey" in (each.payload or {})]
    return [(each.outcome or {}).get("score") for each in told]


def test_a_chat_left_alone_is_found_closed_by_an_open_page(database: Database, tmp_path: Path) -> None:
    chat = new_chat(database)
    with database.writing() as session:
        session.execute(update(Conversation).values(updated_at=now() - IDLE_AFTER - timedelta(hours=1)))
    with TestClient(make_app(tmp_path, database)):
        for _ in range(200):
            with database.reading() as session:
                found = news(session, chat.id, 0)
            if found.status.status == "closed":
                break
            time.sleep(0.02)
    assert found.status.status == "closed"
    assert len(found.messages) == 1
