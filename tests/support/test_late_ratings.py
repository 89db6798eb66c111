"""Surveys that were skipped, ratings that change, and ratings that come late."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from support.conversations.tables import Conversation
from support.satisfaction import queries as ratings
from support.satisfaction.operations import SurveyUnknown
from support.satisfaction.rules import RatingRefused
from support.staff.tables import StaffMember
from tests.support.conftest import Chat, new_chat
from tests.support.test_handoff import hand_off, status, ticket_of
from tests.support.test_surveys import asked, long_ago, rate, say_bye, settled, skip


def test_a_skipped_survey_is_noted_once_and_can_still_be_answered(chat: Chat) -> None:
    chat.press("close")
    skip(chat, "csat", chat.id)
    with chat.database.reading() as session:
        first = ratings.survey_requests(session, chat.id)[0].skipped_at
    skip(chat, "csat", chat.id)
    with chat.database.reading() as session:
        assert ratings.survey_requests(session, chat.id)[0].skipped_at == first is not None
    rate(chat, "csat", chat.id, 3)
    with chat.database.reading() as session:
        assert [each.score for each in ratings.of_conversation(session, chat.id)] == [3]


def test_only_a_survey_that_was_asked_for_can_be_skipped(chat: Chat) -> None:
    chat.press("close")
    other = new_chat(chat.database)
    for kind, subject in (("csat", other.id), ("nps", chat.id), ("stars", chat.id)):
        with pytest.raises(SurveyUnknown):
            skip(chat, kind, subject)
    with pytest.raises(SurveyUnknown):
        skip(other, "csat", chat.id)


def test_a_rating_is_replaced_within_a_day_and_stays_afterwards(chat: Chat) -> None:
    chat.press("close")
    rate(chat, "csat", chat.id, 3, ("unclear",), "so so")
    long_ago(chat, timedelta(hours=23))
    rate(chat, "csat", chat.id, 4)
    long_ago(chat, timedelta(hours=2))
    with pytest.raises(RatingRefused) as refused:
        rate(chat, "csat", chat.id, 5)
    assert refused.value.code == "too_late"
    with chat.database.reading() as session:
        (rating,) = ratings.of_conversation(session, chat.id)
    assert (rating.score, rating.reasons, rating.comment) == (4, [], "")


def test_a_rating_that_is_sent_again_late_is_the_same_rating(chat: Chat) -> None:
    chat.press("close")
    first = rate(chat, "csat", chat.id, 3, ("unclear",), "so so")
    long_ago(chat)
    assert rate(chat, "csat", chat.id, 3, ("unclear",), "so so ").rating.id == first.rating.id


def test_a_survey_of_long_ago_can_still_be_answered(chat: Chat) -> None:
    chat.press("close")
    long_ago(chat, timedelta(days=200))
    rate(chat, "csat", chat.id, 3)
    with chat.database.reading() as session:
        assert [each.score for each in ratings.of_conversation(session, chat.id)] == [3]


def test_a_low_rating_of_long_ago_still_calls_a_person(chat: Chat) -> None:
    chat.press("close")
    long_ago(chat, timedelta(days=200))
    assert rate(chat, "csat", chat.id, 1, ("not_solved",)).opened_turn
    assert status(chat) == "bot"


def test_nothing_is_asked_of_anybody_who_rates_a_chat_that_closed_by_itself(chat: Chat) -> None:
    settled(chat, say_bye(chat))
    with chat.database.writing() as session:
        session.execute(update(Conversation).values(status="closed", closed_by="idle"))
    rate(chat, "csat", chat.id, 5)
    assert asked(chat) == [("csat", chat.id)]


def test_a_conversation_of_another_is_never_asked_about(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = ticket_of(chat)
    other = new_chat(chat.database)
    with pytest.raises(RatingRefused):
        rate(other, "csat", ticket.id, 5)
