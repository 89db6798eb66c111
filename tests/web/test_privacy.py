"""Asking for consent, telling what is kept about a customer, and forgetting it, through the chat API."""

import hashlib
import io
import json
import re
import time
import zipfile
from pathlib import Path

from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import insert

from storage.engine import Database
from support.conversations import queries
from support.conversations.tables import Message
from tests.support.test_privacy import found
from tests.web.desk_fixtures import SCRIPT
from tests.web.visitor_fixtures import (
    Visitor,
    case_of,
    client,
    code_of,
    forgetful,
    keep_file,
    make_app,
    own_id,
    services_of,
)

# Fixtures are found by being imported.
__all__ = ["client", "forgetful"]


def test_where_consent_is_needed_nothing_is_taken_before_it(database: Database, tmp_path: Path) -> None:
    with TestClient(make_app(tmp_path, database, HUILU_CONSENT="required")) as client:
        visitor = Visitor(client)
        message = {"client_id": own_id(), "text": "where is my parcel"}
        rating = {"kind": "csat", "subject_id": visitor.id, "score": 5}
        assert code_of(visitor.call("POST", "/messages", message), 403) == "consent"
        assert code_of(visitor.call("POST", "/ratings", rating), 403) == "consent"
        assert len(visitor.call("GET", "/messages").json()["messages"]) == 1
        assert visitor.call("POST", "/consent").json()["consented_at"]
        assert visitor.call("POST", "/messages", message).status_code == 202
        assert visitor.call("POST", "/ratings", rating).status_code == 200
        said_before = Visitor(client, consent=True)
        assert said_before.call("POST", "/messages", {**message, "client_id": own_id()}).status_code == 202


def test_where_consent_is_not_asked_for_nobody_has_to_give_it(client: TestClient[Litestar]) -> None:
    Visitor(client).say("where is my parcel")


def test_the_export_tells_everything_of_all_conversations_and_nothing_internal(
    client: TestClient[Litestar], database: Database
) -> None:
    first = Visitor(client, customer={"name": "Anna"}, context={"order": "A-1"}, consent=True)
    first.say("where is my parcel")
    first.call("POST", "/ratings", {"kind": "csat", "subject_id": first.id, "score": 4, "comment": "fine"})
    case_of(database, first.id)
    keep_file(client, first, "photo.png", b"picture")
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    answer = second.call("GET", "/export")
    kept = answer.json()
    assert set(kept) == {
        "exported_at", "conversation", "customer", "messages", "ratings", "tickets", "feedback", "searches",
        "surveys_asked", "mails", "files", "other_conversations",
    }  # fmt: skip
    (other,) = kept["other_conversations"]
    assert kept["customer"]["name"] == "Anna" and kept["customer"]["consented_at"]
    assert other["conversation"]["context"] == {"order": "A-1"}
    assert [each["query"] for each in other["searches"]] == ["where is my parcel"]
    assert [each["comment"] for each in other["ratings"]] == ["fine"]
    assert [each["number"] for each in other["tickets"]] == ["T-1001"]
    assert [each["name"] for each in other["files"]] == ["photo.png"]
    assert {each["name"] for each in other["messages"]} == {None, "Mei"}
    times = re.findall(r'"\w+_at":"([^"]+)"', answer.text)
    assert times and all(each.endswith("Z") for each in times)
    for inside in ("a note of ours", "staff_id", "@example.com", "candidates", "probability_of", "token"):
        assert inside not in answer.text, inside


def test_the_export_leaves_no_message_out_however_many_there_are(
    client: TestClient[Litestar], database: Database
) -> None:
    visitor = Visitor(client)
    with database.writing() as session:
        conversation = queries.locked(session, visitor.id)
        rows = [
            {"id": own_id(), "conversation_id": visitor.id, "seq": seq, "author": "customer", "text": f"{seq}",
             "language": "en", "created_at": conversation.created_at}
            for seq in range(2, 10_102)
        ]  # fmt: skip
        session.execute(insert(Message), rows)
        conversation.last_seq = 10_101
    kept = visitor.call("GET", "/export").json()
    assert [each["seq"] for each in kept["messages"]] == list(range(1, 10_102))


def test_the_archive_holds_the_data_a_page_to_read_and_the_files(client: TestClient[Litestar]) -> None:
    visitor = Visitor(client, language="zh-Hans", customer={"name": SCRIPT})
    visitor.say(f"我的照片 {SCRIPT}")
    content = bytes(range(256)) * 4000
    file = keep_file(client, visitor, "../../etc/照片 1.png", content)
    answer = visitor.call("GET", "/export", Accept="application/zip")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["data.json", "conversation.html", f"files/{file[:8]}-_.._etc_照片 1.png"]
        data = json.loads(archive.read("data.json"))
        page = archive.read("conversation.html").decode()
        assert hashlib.sha256(archive.read(archive.namelist()[2])).digest() == hashlib.sha256(content).digest()
    assert f"我的照片 {SCRIPT}" in [each["text"] for each in data["messages"]]
    assert '<html lang="zh-Hans">' in page and "我的照片" in page
    assert SCRIPT not in page and "&lt;script&gt;" in page
    assert not re.search(r"<script|<style|<link|<img|\bsrc=|\bhref=|\bstyle=|\bon\w+=", page)


def test_forgetting_erases_every_conversation_here_and_there_and_leaves_a_receipt(
    client: TestClient[Litestar], database: Database, forgetful: list[str]
) -> None:
    first = Visitor(client, customer={"name": "Sesamoeffner", "email": "sesamoeffner@example.com"})
    first.say("my word is Sesamoeffner")
    file = keep_file(client, first, "Sesamoeffner.png", b"Sesamoeffner")
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    other = Visitor(client)
    other.say("Xylophonkasten")
    answer = second.call("DELETE", "/customer")
    assert answer.status_code == 200
    receipt = answer.json()
    assert re.fullmatch(r"E-[A-Z2-9]{12}", receipt["receipt"]) and receipt["erased_at"].endswith("Z")
    assert (receipt["counts"]["conversations"], receipt["counts"]["files"]) == (2, 1)
    assert sorted(forgetful) == sorted([first.id, second.id])
    assert not services_of(client).files.path(file).exists()
    assert found(database, "esamoeffner") == []
    assert found(database, "Xylophonkasten")
    for visitor in (first, second):
        assert code_of(visitor.call("GET", "/messages"), 404) == "token"
        assert code_of(visitor.call("DELETE", "/customer"), 404) == "token"


def test_erasing_one_conversation_leaves_the_others(client: TestClient[Litestar], forgetful: list[str]) -> None:
    first = Visitor(client, customer={"name": "Anna"})
    second = Visitor(client, previous={"id": first.id, "token": first.token})
    answer = first.call("DELETE")
    assert (answer.status_code, answer.json()["counts"]["conversations"]) == (200, 1)
    assert forgetful == [first.id]
    assert second.call("GET", "/export").json()["customer"]["name"] == "Anna"
    assert code_of(first.call("GET", "/messages"), 404) == "token"


def test_without_the_dialogue_server_nothing_is_erased_and_that_is_said(
    client: TestClient[Litestar], database: Database
) -> None:
    visitor = Visitor(client, customer={"name": "Sesamoeffner"})
    visitor.say("my word is Sesamoeffner")
    before = found(database, "Sesamoeffner")
    for path in ("", "/customer"):
        assert code_of(visitor.call("DELETE", path), 503) == "erase"
    assert found(database, "Sesamoeffner") == before
    visitor.say("hello again")


def test_a_message_under_way_while_all_is_forgotten_leaves_nothing(
    client: TestClient[Litestar], database: Database, forgetful: list[str]
) -> None:
    visitor = Visitor(client)
    sent = visitor.call("POST", "/messages", {"client_id": own_id(), "text": "my word is Sesamoeffner"})
    assert sent.status_code == 202
    assert visitor.call("DELETE", "/customer").status_code == 200
    time.sleep(0.3)
    assert found(database, "Sesamoeffner") == []
