"""From the bot to a person and back, through the real servers."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.people import Customer, Staff, events, payloads
from tests.running import RunningServers

pytestmark = pytest.mark.servers
SignIn = Callable[[str], Staff]


@pytest.fixture(autouse=True)
def nobody_on_duty(servers: RunningServers) -> None:
    """Whoever signed in during an earlier test is off duty now."""
    import sqlite3

    with sqlite3.connect(servers.home / "huilu.db", timeout=20) as connection:
        connection.execute("UPDATE staff_member SET seen_at = NULL")


@pytest.mark.parametrize("words", ["转人工", "轉真人客服", "let me speak to a human"])
def test_asking_for_a_person_brings_a_ticket_number_and_asks_for_a_contact(http: Any, words: str) -> None:
    said = Customer(http).ask(words)
    (ticket,) = payloads(said, "ticket")
    assert ticket["number"].startswith("T-")
    assert (ticket["reason"], ticket["on_duty"], ticket["place"]) == ("request", False, None)
    assert ticket["number"] in said[0]["text"]
    assert payloads(said, "form") == [{"name": "contact"}]


def test_the_contact_form_answers_what_is_asked_in_between_and_comes_back(customer: Customer) -> None:
    customer.ask("I want to talk to a person")
    said = customer.ask("where's my parcel")
    assert payloads(said, "answer")[0]["article_id"] == "track-a-parcel"
    assert payloads(said, "form") == [{"name": "contact"}]
    assert payloads(customer.ask("anna@"), "form") == [{"name": "contact"}]
    saved, confirmed = customer.ask("it is anna@example.com")
    assert "anna@example.com" in saved["text"]
    assert "confirmation" in confirmed["text"] and "anna@example.com" in confirmed["text"]
    assert payloads(customer.ask("thanks"), "form") == []


def test_a_contact_given_after_the_form_was_left_is_kept_all_the_same(customer: Customer) -> None:
    number = payloads(customer.ask("agent please"), "ticket")[0]["number"]
    customer.ask("never mind")
    (saved,) = customer.ask("13800138000")
    assert number in saved["text"] and "13800138000" in saved["text"]


@pytest.mark.parametrize("number", ["13800138000", "20261120-8841", "12345"])
def test_a_number_by_itself_ends_no_chat(customer: Customer, number: str) -> None:
    assert payloads(customer.ask(number), "survey") == []


def test_the_contact_form_can_be_left(customer: Customer) -> None:
    customer.ask("agent please")
    (said,) = customer.ask("never mind")
    assert payloads([said], "ticket")[0]["number"] in said["text"]
    assert payloads(customer.ask("how long does a refund take"), "form") == []


def test_whoever_writes_in_the_queue_is_told_once_that_it_arrives(http: Any, sign_in: SignIn) -> None:
    sign_in("agent")
    customer = Customer(http)
    customer.ask("agent please")
    for text in ("hello?", "still there?"):
        customer.post(text)
    told = [each for each in customer.read()["messages"] if (each["payload"] or {}).get("event") == "still_waiting"]
    assert len(told) == 1
    customer.post(payload={"kind": "back_to_bot"})


def test_asking_again_tells_the_same_number(customer: Customer) -> None:
    first = payloads(customer.ask("转人工"), "ticket")[0]["number"]
    assert payloads(customer.ask("我要人工客服"), "ticket")[0]["number"] == first
    assert payloads(customer.ask(payload={"kind": "person"}), "ticket")[0]["number"] == first


def test_the_second_question_without_an_answer_hands_over(customer: Customer) -> None:
    assert payloads(customer.ask("what is the capital of France"), "ticket") == []
    said = customer.ask("who won the world cup in 1998")
    assert payloads(said, "ticket")[0]["reason"] == "repeated_failure"


def test_a_yes_to_the_offered_person_hands_over(customer: Customer) -> None:
    assert payloads(customer.ask("what is the capital of France"), "offer")
    assert payloads(customer.ask("yes please"), "ticket")[0]["reason"] == "request"


def test_an_angry_complaint_hands_over_with_words_of_regret_first(http: Any) -> None:
    said = Customer(http).ask("我要投诉你们的服务，太过分了！！！")
    assert "抱歉" in said[0]["text"]
    assert payloads(said, "ticket")[0]["reason"] == "complaint"


def test_a_calm_complaint_is_met_with_regret_and_asked_for_step_by_step(customer: Customer) -> None:
    said = customer.ask("I want to make a complaint")
    assert "sorry" in "".join(each["text"] for each in said).lower()
    assert payloads(said, "ticket") == []
    assert payloads(said, "form")
    customer.ask("the courier threw my parcel over the fence")
    customer.ask("20261120-8841")
    customer.ask("very serious")
    customer.ask("I want my money back")
    (ticket,) = payloads(customer.ask("anna@example.com"), "ticket")
    assert (ticket["reason"], ticket["priority"]) == ("complaint", "red")


def test_two_answers_called_not_helpful_hand_over(customer: Customer) -> None:
    first = customer.ask("how long does a refund take")[0]
    second = customer.ask("where's my parcel")[0]
    assert customer.rate("helpful", first["id"], 0).status_code == 200
    assert customer.rate("helpful", second["id"], 0).status_code == 200
    said = customer.after(second["seq"])
    assert payloads(said, "ticket")[0]["reason"] == "not_helpful"


def test_a_low_rating_hands_over(customer: Customer) -> None:
    last = customer.ask("bye")[0]
    assert customer.rate("csat", customer.id, 1, comment="did not help").status_code == 200
    assert payloads(customer.after(last["seq"]), "ticket")[0]["reason"] == "low_rating"


def test_the_whole_way_to_a_person_and_back(http: Any, sign_in: SignIn) -> None:
    agent = sign_in("agent")
    customer = Customer(http, "zh-Hans", {"customer": {"name": "李安"}})
    customer.ask("我的包裹到哪了")
    said = customer.ask("转人工")
    (ticket,) = payloads(said, "ticket")
    assert (ticket["place"], ticket["on_duty"]) == (1, True)
    assert customer.read()["status"] == "queued"
    waiting = customer.post("还在吗")
    (row,) = [
        each for each in agent.get("/api/tickets", view="queue").json()["tickets"] if each["number"] == ticket["number"]
    ]

    case = agent.get(f"/api/tickets/{row['id']}").json()
    assert [each["text"] for each in case["transcript"] if each["author"] == "customer"] == [
        "我的包裹到哪了",
        "转人工",
        "还在吗",
    ]
    trails = [each["trail"] for each in case["transcript"] if each["trail"]]
    assert trails[0]["decision"] == "answer" and trails[0]["candidates"][0]["article_id"] == "track-a-parcel"

    assert agent.post(f"/api/tickets/{row['id']}/take").status_code in (200, 201)
    now = customer.read(waiting.json()["seq"])
    assert (now["status"], now["agent"]) == ("agent", {"name": case_agent(http, agent)})
    assert {each["author"] for each in now["messages"]} == {"system"}, "the bot says nothing in the queue"
    agent.post(f"/api/tickets/{row['id']}/replies", {"text": "您好，我来帮您查。"})
    (reply,) = customer.after(waiting.json()["seq"], "agent")
    assert reply["text"] == "您好，我来帮您查。" and reply["name"]
    customer.post("谢谢")

    agent.post(f"/api/tickets/{row['id']}/hand-back")
    assert payloads(customer.ask("怎么退货"), "answer")[0]["article_id"] == "return-an-item"
    agent.post(f"/api/tickets/{row['id']}/take")
    done = agent.post(f"/api/tickets/{row['id']}/resolve", {"category": "delivery", "note": "已补发"})
    assert done.status_code in (200, 201)
    (survey,) = payloads(customer.after(0, "system"), "survey")
    assert survey == {"kind": "csat", "subject_id": row["id"]}
    assert customer.rate("csat", row["id"], 5).status_code == 200
    assert customer.read()["status"] == "bot"


def case_agent(http: Any, agent: Staff) -> str:
    """The name behind an account of the demo."""
    from demo.shop import read_shop

    return str(next(each["name"] for each in read_shop()["staff"] if each["email"] == agent.email))


def test_a_customer_who_leaves_is_seen_by_the_agent(http: Any, sign_in: SignIn) -> None:
    agent = sign_in("agent")
    customer = Customer(http)
    number = payloads(customer.ask("agent please"), "ticket")[0]["number"]
    rows = agent.get("/api/tickets", view="queue").json()["tickets"]
    ticket = next(each["id"] for each in rows if each["number"] == number)
    agent.post(f"/api/tickets/{ticket}/take")
    assert customer.post(payload={"kind": "close"}).status_code == 202
    assert agent.get(f"/api/tickets/{ticket}").json()["ticket"]["chat"] == "closed"
    refused = agent.post(f"/api/tickets/{ticket}/replies", {"text": "hello?"})
    assert refused.status_code == 409


def test_a_second_agent_is_told_who_has_the_case(http: Any, sign_in: SignIn) -> None:
    agent, supervisor = sign_in("agent"), sign_in("supervisor")
    number = payloads(Customer(http).ask("let me speak to a human"), "ticket")[0]["number"]
    rows = agent.get("/api/tickets", view="queue").json()["tickets"]
    ticket = next(each["id"] for each in rows if each["number"] == number)
    agent.post(f"/api/tickets/{ticket}/take")
    refused = supervisor.post(f"/api/tickets/{ticket}/take")
    assert refused.status_code == 409
    assert case_agent(http, agent) in refused.json()["detail"]


def answered(seen: list[tuple[str, Any]], after: int) -> bool:
    return any(name == "message" and data["author"] == "bot" and data["seq"] > after for name, data in seen)


def test_the_stream_tells_messages_and_status_and_resumes_where_it_was(http: Any, customer: Customer) -> None:
    sent = customer.post("where's my parcel").json()["seq"]
    with http.stream("GET", f"{customer.path}/events", headers=customer.headers) as stream:
        told = events(stream.iter_lines())
        seen = [next(told)]
        # The status follows the messages, also when the answer was there before the stream.
        while not (answered(seen, sent) and any(name == "status" for name, _ in seen)):
            seen.append(next(told))
    numbers = [data["seq"] for name, data in seen if name == "message"]
    assert numbers == [1, 2, 3]
    assert any(name == "status" and data["status"] == "bot" for name, data in seen)
    with http.stream("GET", f"{customer.path}/events", headers={**customer.headers, "Last-Event-ID": "2"}) as stream:
        name, data = next(events(stream.iter_lines()))
    assert (name, data["seq"]) == ("message", 3)


def test_export_holds_everything_and_erasing_reaches_the_dialogue_server(
    http: Any, customer: Customer, servers: RunningServers
) -> None:
    customer.ask("my word is Sesamoeffner")
    exported = http.get(f"{customer.path}/export", headers=customer.headers).json()
    assert "my word is Sesamoeffner" in [each["text"] for each in exported["messages"]]
    assert http.delete(customer.path, headers=customer.headers).status_code == 200
    import sqlite3

    for name, table in (("huilu.db", "message"), ("huilu.db", "retrieval"), ("rasa-tracker.db", "events")):
        with sqlite3.connect(servers.home / name, timeout=20) as connection:
            assert "Sesamoeffner" not in str(connection.execute(f"SELECT * FROM {table}").fetchall())
