"""Surveys are asked for once, skipped, answered, changed; and noted with the message that asks."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from storage.base import now
from support.conversations import queries as conversations
from support.conversations.tables import Conversation, Message
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.satisfaction import asking
from support.satisfaction import operations as satisfaction
from support.satisfaction import queries as ratings
from support.satisfaction.operations import Rated, SurveyUnknown
from support.satisfaction.rules import RatingRefused
from support.satisfaction.tables import Rating, SurveyRequest
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.turns.operations import settle
from support.turns.replies import BotMessage, Reply
from support.turns.tables import Turn
from support.turns.work import TurnWork
from tests.support.conftest import Chat, new_chat
from tests.support.test_handoff import hand_off, resolve, status, ticket_of

LATER = timedelta(hours=25)


def surveys(chat: Chat) -> list[dict[str, Any]]:
    """The surveys of all messages, in order."""
    with chat.database.reading() as session:
        found = [(each.payload or {}).get("survey") for each in conversations.transcript(session, chat.id)]
    return [survey for survey in found if survey]


def said_last(chat: Chat) -> Message:
    with chat.database.reading() as session:
        return conversations.transcript(session, chat.id)[-1]


def asked(chat: Chat) -> list[tuple[str, str]]:
    with chat.database.reading() as session:
        return [(each.kind, each.subject_id) for each in ratings.survey_requests(session, chat.id)]


def rate(chat: Chat, kind: str, subject: str, score: int, reasons: tuple[str, ...] = (), comment: str = "") -> Rated:
    with chat.database.writing() as session:
        return satisfaction.rate(session, chat.id, kind, subject, score, list(reasons), comment)


def skip(chat: Chat, kind: str, subject: str) -> None:
    with chat.database.writing() as session:
        satisfaction.skip(session, chat.id, kind, subject)


def long_ago(chat: Chat, ago: timedelta = LATER) -> None:
    """Everything that was asked and rated so far was earlier."""
    with chat.database.writing() as session:
        for table, moments in (
            (SurveyRequest, ("asked_at", "skipped_at")),
            (Rating, ("created_at", "updated_at")),
            (Message, ("created_at",)),
        ):
            for row in session.scalars(select(table)):
                for name in moments:
                    if getattr(row, name) is not None:
                        setattr(row, name, getattr(row, name) - ago)


def say_bye(chat: Chat) -> TurnWork:
    """A turn whose reply asks for a survey, as the dialogue server would give it; not settled yet."""
    chat.say("再见")
    work = chat.claim()
    assert work is not None
    return work


def settled(chat: Chat, work: TurnWork, **more: Any) -> dict[str, Any] | None:
    """The payload of the reply as stored; None when it has none, or when the turn came too late."""
    payload = more | {"survey": {"kind": "csat", "subject_id": chat.id}}
    with chat.database.writing() as session:
        told = settle(session, work, Reply((BotMessage("再见！", payload),)), "rasa")
        return told.messages[0].payload if told.messages else None


# Asking.


def test_a_resolution_asks_and_notes_it(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = resolve(chat, agent)
    assert surveys(chat) == [{"kind": "csat", "subject_id": ticket.id}]
    assert asked(chat) == [("csat", ticket.id)]
    assert (said_last(chat).payload or {})["ticket"]["state"] == "resolved"


def test_a_case_resolved_anew_is_asked_about_anew_and_rated_anew(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = resolve(chat, agent)
    rate(chat, "csat", ticket.id, 3)
    long_ago(chat)
    with chat.database.writing() as session:
        tickets.reopen(session, ticket.id, chat.id, None)
    with chat.database.writing() as session:
        tickets.resolve(session, ticket.id, agent, "delivery", "Sent once more.")
    assert surveys(chat) == [{"kind": "csat", "subject_id": ticket.id}] * 2
    assert asked(chat) == [("csat", ticket.id)]
    rate(chat, "csat", ticket.id, 3)
    with chat.database.reading() as session:
        (rating,) = ratings.of_conversation(session, chat.id)
    assert rating.updated_at > now() - timedelta(minutes=5)
    assert rating.created_at == rating.updated_at


def test_a_second_low_rating_for_a_case_resolved_anew_calls_a_person_again(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = resolve(chat, agent)
    assert rate(chat, "csat", ticket.id, 1).opened_turn
    with chat.database.writing() as session:
        session.execute(update(Turn).values(state="answered"))
        tickets.reopen(session, ticket.id, chat.id, None)
    with chat.database.writing() as session:
        tickets.resolve(session, ticket.id, agent, "delivery", "Sent once more.")
    assert rate(chat, "csat", ticket.id, 1).opened_turn


def test_an_erased_conversation_is_asked_nothing(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    with chat.database.writing() as session:
        session.get_one(Conversation, chat.id).token_hash = ""
    resolve(chat, agent)
    assert surveys(chat) == []
    assert "?" not in said_last(chat).text and "？" not in said_last(chat).text


def test_ending_the_chat_asks_once_and_says_who_ended_it(chat: Chat) -> None:
    chat.press("close")
    assert surveys(chat) == [{"kind": "csat", "subject_id": chat.id}]
    with chat.database.reading() as session:
        closed = session.get_one(Conversation, chat.id)
    assert (closed.status, closed.closed_by) == ("closed", "customer")


def test_ending_the_chat_after_a_case_was_resolved_today_only_says_thanks(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    resolve(chat, agent)
    chat.press("close")
    assert len(surveys(chat)) == 1
    assert said_last(chat).payload == {"event": "closed"}
    assert "?" not in said_last(chat).text and "？" not in said_last(chat).text


def test_a_survey_is_noted_with_the_message_that_asks(chat: Chat) -> None:
    work = say_bye(chat)
    assert asked(chat) == []
    assert settled(chat, work) == {"survey": {"kind": "csat", "subject_id": chat.id}}
    assert asked(chat) == [("csat", chat.id)]


def test_a_reply_that_is_never_shown_has_asked_for_nothing(chat: Chat) -> None:
    work = say_bye(chat)
    chat.say("等一下，还有一个问题")
    assert settled(chat, work) is None
    assert asked(chat) == []


def test_a_survey_that_another_came_before_is_left_out_of_the_reply(chat: Chat) -> None:
    work = say_bye(chat)
    with chat.database.writing() as session:
        session.add(
            SurveyRequest(
                conversation_id=chat.id,
                customer_id=session.get_one(Conversation, chat.id).customer_id,
                kind="csat",
                subject_id=chat.id,
            )
        )
    assert settled(chat, work, ticket={"number": "T-1"}) == {"ticket": {"number": "T-1"}}


def test_a_goodbye_after_the_first_asks_nothing(chat: Chat) -> None:
    settled(chat, say_bye(chat))
    assert settled(chat, say_bye(chat)) is None
    with chat.database.reading() as session:
        assert asking.may_ask(session, chat.id, "goodbye") is None


def test_a_red_case_asks_nothing_until_it_is_resolved(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "safety", None)
    chat.press("close")
    assert surveys(chat) == []
    ticket = resolve(chat, agent)
    assert surveys(chat) == [{"kind": "csat", "subject_id": ticket.id}]


def test_ease_is_not_asked_for_while_somebody_is_on_the_way(chat: Chat, agent: StaffMember) -> None:
    with chat.database.reading() as session:
        assert asking.may_ask(session, chat.id, "task") == {"kind": "ces", "subject_id": chat.id}
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "complaint", None, CaseFacts("green"))
    assert status(chat) == "queued"
    with chat.database.reading() as session:
        assert asking.may_ask(session, chat.id, "task") is None


# Recommendation.


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


# Skipping, and a change of mind.


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
