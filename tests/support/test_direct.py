"""Answering without the dialogue server: danger, what a turn did before it failed, articles in another language."""

import pytest
from sqlalchemy import select

from knowledge_base.articles import operations as articles
from knowledge_base.articles.rules import ArticleFields
from knowledge_base.encoders import NoEncoder
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from support.feedback import operations as feedback
from support.feedback.tables import Feedback
from support.handoff import operations as handoff
from support.tickets.tables import Ticket
from support.turns.direct import answer_directly
from support.turns.operations import settle
from support.turns.rasa import turn_body
from support.turns.replies import Reply, answer_message, article_message, in_its_language
from support.turns.work import TurnWork
from tests.support.conftest import Chat, new_chat


@pytest.fixture
def knowledge_base(database: Database) -> KnowledgeBase:
    """Two articles, of which one is there in English only."""
    with database.writing() as session:
        told = ArticleFields("怎么退货？", "请打开“我的订单”。", ("退货流程", "我想退货"))
        articles.create_article(session, "return-an-item", "zh-Hans", told, "ann", state="published")
        english = ArticleFields("How do I pay with Applepay?", "Choose Applepay.", ("applepay", "pay by applepay"))
        articles.create_article(session, "applepay", "en", english, "ann", state="published")
    made = KnowledgeBase(database, NoEncoder())
    made.load()
    return made


def claimed(chat: Chat, *texts: str) -> TurnWork:
    for text in texts:
        chat.say(text)
    work = chat.claim()
    assert work is not None
    return work


def payloads(reply: Reply, key: str) -> list[object]:
    return [each.payload[key] for each in reply.messages if each.payload and key in each.payload]


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("my charger caught fire", "en", "safety"),
        ("充电器着火了", "zh-Hans", "安全"),
        ("充電器冒煙了", "zh-Hant", "安全"),
    ],
)
def test_danger_opens_a_red_case_with_care_first_without_the_dialogue_server(
    database: Database, knowledge_base: KnowledgeBase, text: str, language: str, words: str
) -> None:
    chat = new_chat(database, language)
    reply = answer_directly(database, knowledge_base, claimed(chat, text))
    assert words in reply.messages[0].text
    (ticket,) = payloads(reply, "ticket")
    assert isinstance(ticket, dict) and (ticket["reason"], ticket["priority"]) == ("safety", "red")
    with database.reading() as session:
        assert session.scalars(select(Ticket.priority)).one() == "red"


def test_a_question_about_danger_opens_no_case(database: Database, knowledge_base: KnowledgeBase, chat: Chat) -> None:
    reply = answer_directly(database, knowledge_base, claimed(chat, "充电器会不会着火"))
    assert payloads(reply, "ticket") == []


def test_danger_in_one_of_several_messages_is_not_read_over(
    database: Database, knowledge_base: KnowledgeBase, chat: Chat
) -> None:
    reply = answer_directly(database, knowledge_base, claimed(chat, "你好", "电池爆炸了", "怎么办"))
    assert len(payloads(reply, "ticket")) == 1


def test_a_receipt_of_a_turn_whose_dialogue_server_failed_is_told(
    database: Database, knowledge_base: KnowledgeBase, chat: Chat
) -> None:
    work = claimed(chat, "希望有深色模式")
    with database.writing() as session:
        number = feedback.keep(session, chat.id, "suggestion", work.text, work.turn_id).number
    reply = answer_directly(database, knowledge_base, work)
    assert payloads(reply, "receipt") == [{"number": number, "kind": "suggestion"}]
    assert number in reply.messages[0].text
    with database.writing() as session:
        assert settle(session, work, reply, "knowledge base").stored
    with database.reading() as session:
        assert session.scalars(select(Feedback.number)).all() == [number]


def test_words_that_know_nothing_of_a_receipt_are_not_the_last(
    database: Database, knowledge_base: KnowledgeBase, chat: Chat
) -> None:
    work = claimed(chat, "希望有深色模式")
    before = answer_directly(database, knowledge_base, work)
    with database.writing() as session:
        feedback.keep(session, chat.id, "suggestion", work.text, work.turn_id)
    with database.writing() as session:
        settled = settle(session, work, before, "knowledge base")
    assert settled.untold and not settled.stored


def test_a_case_of_a_turn_whose_dialogue_server_failed_is_told_with_its_number(
    database: Database, knowledge_base: KnowledgeBase, chat: Chat
) -> None:
    work = claimed(chat, "我要投诉")
    with database.writing() as session:
        number = handoff.request(session, chat.id, "complaint", work.turn_id).number
    reply = answer_directly(database, knowledge_base, work)
    assert number in reply.messages[0].text
    with database.reading() as session:
        assert session.scalars(select(Ticket.number)).all() == [number]


def test_danger_goes_to_the_dialogue_server_above_everything_else(chat: Chat) -> None:
    body = turn_body(claimed(chat, "找真人客服", "充电器着火了"))
    assert body["payload"] == {"intent": "danger", "entities": {"danger": "fire"}}
    assert body["metadata"]["parts"] == ["找真人客服", "充电器着火了"]


def test_a_pressed_button_is_no_danger_whatever_stands_on_it(chat: Chat) -> None:
    chat.press("choice", article_id="battery-safety", title="My charger caught fire")
    work = chat.claim()
    assert work is not None
    assert turn_body(work)["payload"]["intent"] == "question"


def test_an_article_there_is_only_in_another_language_is_given_with_a_word_about_it(
    knowledge_base: KnowledgeBase,
) -> None:
    article = knowledge_base.article("applepay", "zh-Hans")
    assert article is not None
    message = article_message(article, "zh-Hans")
    notice, _, rest = message.text.partition("\n\n")
    assert rest == "Choose Applepay."
    assert "英" in notice
    assert message.payload is not None and message.payload["answer"]["language"] == "en"


def test_an_article_in_ones_own_language_is_given_as_it_is(knowledge_base: KnowledgeBase) -> None:
    article = knowledge_base.article("applepay", "en")
    assert article is not None
    assert article_message(article, "en").text == "Choose Applepay."


def test_a_search_that_finds_only_another_language_says_so_too(knowledge_base: KnowledgeBase) -> None:
    result = knowledge_base.search("How do I pay with Applepay?", "zh-Hant")
    assert result.decision == "answer"
    words = answer_message(result).text
    assert words.endswith("\n\nChoose Applepay.")
    assert "英" in words


@pytest.mark.parametrize("wanted", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("there", ["en", "zh-Hans", "zh-Hant"])
def test_the_word_about_another_language_stands_first_and_only_where_needed(there: str, wanted: str) -> None:
    words = in_its_language("X", there, wanted)
    assert words == "X" if there == wanted else words.endswith("\n\nX") and len(words) > 10
