"""The chat comes back from people: the bot knows what was said and asks for nothing twice."""

from typing import Any

import pytest

from actions.complaint import ActionComplaint
from actions.contact import ActionStop
from knowledge_base.service import KnowledgeBase
from support.handoff import operations as handoff
from support.staff.tables import StaffMember
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets.queries import open_for
from support.turns.direct import answer_directly
from support.turns.rasa import turn_body
from support.turns.work import TurnWork
from tests.actions.conftest import run
from tests.support.conftest import Chat, staff


@pytest.fixture
def mei(chat: Chat) -> StaffMember:
    with chat.database.writing() as session:
        return staff(session)


def handed_back(chat: Chat, mei: StaffMember, *words: str, article: str = "") -> TurnWork:
    """People have the chat, the customer writes, and it is handed back; the turn that follows."""
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "request", None)
        ticket = open_for(session, chat.id)
        assert ticket is not None
        tickets.take(session, ticket.id, mei)
    for each in words:
        chat.say(each)
    with chat.database.writing() as session:
        if article:
            tickets.reply(session, ticket.id, mei, "Here you are.", article)
        handing_back.hand_back(session, ticket.id, mei)
    work = chat.claim()
    assert work is not None
    return work


def stop(chat: Chat, work: TurnWork, monkeypatch: pytest.MonkeyPatch) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The action with the metadata that the turn brings."""
    told = turn_body(work)["metadata"]["handed_back"]
    monkeypatch.setattr(
        "actions.base._metadata", lambda _: {"turn_id": work.turn_id, "language": "en"} | {"handed_back": told}
    )
    return run(ActionStop(), chat, intent="stop", entities={"stopped_by": "staff"}, turn=work.turn_id, language="en")


def test_the_bot_says_who_wrote_about_which_case_instead_of_greeting_again(
    chat: Chat, mei: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages, slots = stop(chat, handed_back(chat, mei, "ok"), monkeypatch)
    assert len(messages) == 1
    assert "Mei" in messages[0]["text"] and "T-1001" in messages[0]["text"]
    assert messages[0]["custom"]["payload"] == {"offer": ["person"]}
    assert slots["contact_needed"] is False
    assert "topic" not in slots


def test_follow_ups_are_about_the_article_that_a_colleague_used(
    chat: Chat, mei: StaffMember, monkeypatch: pytest.MonkeyPatch, demo_shop: KnowledgeBase
) -> None:
    article = demo_shop.article("refund-time", "en")
    assert article is not None
    work = handed_back(chat, mei, "How long does a refund take?", article="refund-time")
    messages, slots = stop(chat, work, monkeypatch)
    assert article.question in messages[0]["text"]
    assert slots["topic"] == {"article_id": "refund-time", "question": "How long does a refund take?"}


def test_without_an_article_the_subject_is_what_was_asked_last(
    chat: Chat, mei: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, slots = stop(chat, handed_back(chat, mei, "How long does a refund take?", "ok"), monkeypatch)
    assert slots["topic"]["article_id"] == "refund-time"


def test_without_the_dialogue_server_it_says_the_same(chat: Chat, mei: StaffMember, demo_shop: KnowledgeBase) -> None:
    reply = answer_directly(chat.database, demo_shop, handed_back(chat, mei, "ok"))
    assert "Mei" in reply.messages[0].text and "T-1001" in reply.messages[0].text


def test_a_complaint_after_it_asks_neither_for_the_order_nor_for_the_contact(chat: Chat, mei: StaffMember) -> None:
    handed_back(chat, mei, "It is order LT-88412, and I am anna@example.com")
    messages, slots = run(ActionComplaint(), chat, "I want to complain", intent="complaint", language="en")
    assert (slots["complaint_order"], slots["contact"]) == ("LT-88412", "anna@example.com")
    assert any("LT-88412" in (each.get("text") or "") for each in messages)


def test_an_order_named_in_the_complaint_itself_goes_before(chat: Chat, mei: StaffMember) -> None:
    handed_back(chat, mei, "It is order LT-88412")
    words = "I want to complain about order LT-99999"
    _, slots = run(ActionComplaint(), chat, words, intent="complaint", language="en")
    assert slots["complaint_order"] == "LT-99999"
