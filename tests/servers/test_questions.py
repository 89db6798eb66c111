"""Questions in three languages through the real app and the real dialogue server."""

from typing import Any

import pytest

from tests.people import Customer, payloads

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("怎么退货", "return-an-item"),
        ("退款多久到帳？", "refund-time"),
        ("how do I return a damaged item", "return-a-damaged-item"),
        ("where's my parcel", "track-a-parcel"),
        ("忘記密碼怎麼辦", "forgotten-password"),
        ("Breeze 2 充不了电", "device-does-not-charge"),
    ],
)
def test_a_question_brings_the_right_article_with_its_source(http: Any, question: str, article: str) -> None:
    customer = Customer(http)
    (answer,) = payloads(customer.ask(question), "answer")
    assert answer["article_id"] == article
    assert 0.5 < answer["probability"] <= 1
    source = http.get(answer["source"])
    assert source.status_code == 200
    assert answer["title"] in source.text


@pytest.mark.parametrize(
    "question", ["what is the capital of France", "帮我写一首诗", "珠穆朗瑪峰有多高", "asdf qwer zxcv"]
)
def test_a_question_that_nothing_answers_brings_an_honest_no_and_the_offer_of_a_person(
    http: Any, question: str
) -> None:
    said = Customer(http).ask(question)
    assert payloads(said, "answer") == []
    assert payloads(said, "offer") == [["person"]]


@pytest.mark.parametrize(
    ("question", "language"), [("怎么退货", "zh-Hans"), ("怎麼退貨", "zh-Hant"), ("how do I return it", "en")]
)
def test_the_answer_is_in_the_language_of_the_question(http: Any, question: str, language: str) -> None:
    customer = Customer(http, "zh-Hans" if language == "en" else "en")
    (said,) = customer.ask(question)
    assert said["language"] == language
    assert said["payload"]["answer"]["language"] == language


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("你好", "助手"),
        ("hello there", "assistant"),
        ("你是机器人吗？", "助手"),
        ("thank you!", "welcome"),
        ("謝謝", "客氣"),
    ],
)
def test_dialogue_acts_are_met_with_words_and_no_article(http: Any, words: str, part: str) -> None:
    (said,) = Customer(http).ask(words)
    assert part in said["text"]
    assert not said["payload"]


def test_a_picked_choice_is_answered_and_none_of_these_offers_a_person(customer: Customer) -> None:
    said = customer.ask(payload={"kind": "choice", "article_id": "refund-time", "title": "Refunds"})
    assert payloads(said, "answer")[0]["article_id"] == "refund-time"
    assert payloads(customer.ask(payload={"kind": "none_of_these"}), "offer") == [["person"]]
    assert payloads(customer.ask(payload={"kind": "choice", "article_id": "no-such-article"}), "offer") == [["person"]]


def test_a_slash_is_no_command_and_html_stays_text(customer: Customer) -> None:
    assert payloads(customer.ask("/restart"), "answer") == []
    customer.ask("<script>alert(1)</script>")
    assert "<script>alert(1)</script>" in [each["text"] for each in customer.read()["messages"]]


def test_a_few_latin_letters_change_nobodys_language(http: Any) -> None:
    customer = Customer(http, "zh-Hant")
    assert customer.ask("ok thx")[0]["language"] == "zh-Hant"
    assert customer.ask("bob@")[0]["language"] == "zh-Hant"
    assert customer.ask("where is my parcel now")[0]["language"] == "en"
    assert customer.ask("保固多久？")[0]["language"] == "zh-Hant"


def test_messages_sent_one_after_the_other_without_waiting_are_answered_in_order(customer: Customer) -> None:
    for text in ("怎么退货", "hello", "where's my parcel"):
        assert customer.post(text).status_code == 202
    customer.after(4)
    told = [each for each in customer.read(1)["messages"] if each["author"] == "bot"]
    answered = [(each["payload"] or {}).get("answer", {}).get("article_id") for each in told]
    # Those that came before an answer showed are answered together; none is left out, and none twice.
    assert [article for article in answered if article] == ["return-an-item", "track-a-parcel"]


def test_goodbye_asks_for_a_rating_until_one_was_given(customer: Customer) -> None:
    (survey,) = payloads(customer.ask("goodbye"), "survey")
    assert survey == {"kind": "csat", "subject_id": customer.id}
    assert customer.rate("csat", customer.id, 5, comment="fine").status_code == 200
    assert payloads(customer.ask("bye bye"), "survey") == []
