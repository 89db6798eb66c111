"""Bad input gets a clear answer and loses nothing."""

import uuid
from typing import Any

import pytest

from tests.people import Customer

pytestmark = pytest.mark.servers


def problem(response: Any, status: int) -> dict[str, Any]:
    """The problem details of a refusal."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = response.json()
    assert body["status"] == status and body["title"] and body["detail"]
    return body


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\x00\x07"])
def test_an_empty_message(customer: Customer, text: str) -> None:
    assert problem(customer.post(text), 422)["code"] == "empty"
    assert len(customer.read()["messages"]) == 1


@pytest.mark.parametrize("letter", ["x", "退", "😀"])
def test_twenty_thousand_characters(customer: Customer, letter: str) -> None:
    refused = problem(customer.post(letter * 20_000), 422)
    assert "20000" in refused["detail"] and "4000" in refused["detail"]
    assert len(customer.read()["messages"]) == 1


@pytest.mark.parametrize(
    "text", ["😀😀😀", "？！……", "怎么 return 這個 item？", "a\x00b\x1b c", "<b>bold</b>", "'; DROP TABLE message; --"]
)
def test_unusual_texts_are_taken_and_answered(customer: Customer, text: str) -> None:
    assert customer.ask(text)


def test_a_repeated_client_id_is_the_same_message(customer: Customer) -> None:
    own = str(uuid.uuid4())
    first, again = customer.post("怎么退货", client_id=own), customer.post("怎么退货", client_id=own)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    customer.after(first.json()["seq"])
    authors = [each["author"] for each in customer.read()["messages"]]
    assert authors == ["bot", "customer", "bot"]


def test_a_foreign_token_and_an_unknown_conversation_are_told_alike(http: Any, customer: Customer) -> None:
    other = Customer(http)
    foreign = http.get(f"{other.path}/messages", headers=customer.headers)
    unknown = http.get(f"/api/chat/conversations/{uuid.uuid4()}/messages", headers=customer.headers)
    assert problem(foreign, 404)["detail"] == problem(unknown, 404)["detail"]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic abc"}])
def test_no_token(http: Any, customer: Customer, header: dict[str, str]) -> None:
    problem(http.get(f"{customer.path}/messages", headers=header), 401)


def test_an_erased_conversation_takes_no_token_any_more(http: Any, customer: Customer) -> None:
    customer.ask("怎么退货")
    assert http.delete(customer.path, headers=customer.headers).status_code == 200
    problem(http.get(f"{customer.path}/messages", headers=customer.headers), 404)


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'{"client_id": 1, "text": "x"}', b'{"text": "x"}', b"\xff\xfe"])
def test_a_body_that_is_no_message(http: Any, customer: Customer, body: bytes) -> None:
    sent = http.post(
        f"{customer.path}/messages",
        content=body,
        headers={**customer.headers, "Content-Type": "application/json"},
    )
    problem(sent, 400)


@pytest.mark.parametrize("body", [{"client_id": "1", "text": "x"}, {"client_id": str(uuid.uuid4())}])
def test_a_message_without_a_proper_id_or_content(http: Any, customer: Customer, body: dict[str, str]) -> None:
    problem(http.post(f"{customer.path}/messages", json=body, headers=customer.headers), 422)


def test_a_body_larger_than_anything_we_take(http: Any, customer: Customer) -> None:
    problem(customer.post("x" * 400_000), 413)


@pytest.mark.parametrize(
    "rating",
    [
        {"kind": "csat", "score": 6},
        {"kind": "stars", "score": 1},
        {"kind": "csat", "score": 3, "subject_id": "nothing"},
        {"kind": "csat", "score": 3, "comment": "x" * 3000},
    ],
)
def test_a_rating_off_its_scale_or_of_nothing(customer: Customer, rating: dict[str, Any]) -> None:
    body = {"subject_id": customer.id, **rating}
    sent = customer.http.post(f"{customer.path}/ratings", json=body, headers=customer.headers)
    problem(sent, 422)


def test_refusals_speak_the_customers_language(http: Any, customer: Customer) -> None:
    sent = http.post(
        f"{customer.path}/messages",
        json={"client_id": str(uuid.uuid4()), "text": ""},
        headers={**customer.headers, "Accept-Language": "zh-TW,zh;q=0.9"},
    )
    assert "訊息" in problem(sent, 422)["detail"]


def test_an_unknown_language_is_refused(http: Any, customer: Customer) -> None:
    problem(http.post(f"{customer.path}/language", json={"language": "xx"}, headers=customer.headers), 422)


def test_a_wrong_signature_opens_no_conversation(http: Any) -> None:
    body = {"customer": {"id": "c-1", "signature": "0" * 64}}
    problem(http.post("/api/chat/conversations", json=body), 422)


def test_an_unknown_address_and_a_wrong_method(http: Any) -> None:
    problem(http.get("/api/nothing"), 404)
    problem(http.put("/api/chat/conversations", json={}), 405)


def test_strangers_cannot_call_actions(http: Any) -> None:
    problem(http.post("/internal/actions", json={"next_action": "action_answer"}), 401)
