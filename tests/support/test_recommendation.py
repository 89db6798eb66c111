"""Whether they would recommend us: asked after a good rating, and seldom."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from support.conversations.tables import Conversation
from support.satisfaction.tables import Rating
from tests.support.conftest import Chat, new_chat
from tests.support.test_handoff import status
from tests.support.test_surveys import asked, long_ago, rate, said_last, skip, surveys


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_a_good_rating_asks_for_a_recommendation_once(chat: Chat, language: str) -> None:
    other = new_chat(chat.database, language)
    other.press("close")
    rate(other, "csat", other.id, 5)
    assert surveys(other)[-1] == {"kind": "nps", "subject_id": other.id}
    assert (said_last(other).author, said_last(other).language) == ("system", language)
    rate(other, "csat", other.id, 4)
    rate(other, "csat", other.id, 4)
    assert len(surveys(other)) == 2


@pytest.mark.parametrize("score", [1, 2, 3])
def test_no_other_rating_asks_for_a_recommendation(chat: Chat, score: int) -> None:
    chat.press("close")
    rate(chat, "csat", chat.id, score)
    assert asked(chat) == [("csat", chat.id)]


def same_customer(chat: Chat) -> Chat:
    """Another conversation of the same customer."""
    other = new_chat(chat.database)
    with chat.database.writing() as session:
        session.get_one(Conversation, other.id).customer_id = session.get_one(Conversation, chat.id).customer_id
    return other


def test_a_recommendation_is_asked_for_once_in_90_days_whatever_the_conversation(chat: Chat) -> None:
    chat.press("close")
    rate(chat, "csat", chat.id, 5)
    skip(chat, "nps", chat.id)
    for days, kinds in ((0, ["csat"]), (91, ["csat", "nps"])):
        long_ago(chat, timedelta(days=days))
        other = same_customer(chat)
        other.press("close")
        rate(other, "csat", other.id, 5)
        assert [survey["kind"] for survey in surveys(other)] == kinds


def test_a_recommendation_given_without_being_asked_counts_as_well(chat: Chat) -> None:
    rate(chat, "nps", chat.id, 9)
    other = same_customer(chat)
    other.press("close")
    rate(other, "csat", other.id, 5)
    assert [survey["kind"] for survey in surveys(other)] == ["csat"]


def test_low_ease_and_recommendation_are_kept_and_call_nobody(chat: Chat) -> None:
    assert not rate(chat, "ces", chat.id, 1).opened_turn
    assert not rate(chat, "nps", chat.id, 0).opened_turn
    assert status(chat) == "bot"
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Rating)) == 2
