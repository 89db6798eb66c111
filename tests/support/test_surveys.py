"""Surveys are asked for once, where it fits, and noted with the message that asks."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from storage.base import now
from support.conversations import queries as conversations
from support.conversations.tables import Conversation, Message
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.satisfaction import asking
from support.satisfaction import operations as satisfaction
from support.satisfaction import queries as ratings
from support.satisfaction.operations import Rated
from support.satisfaction.tables import Rating, SurveyRequest
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.turns.operations import settle
from support.turns.replies import BotMessage, Reply
from support.turns.tables import Turn
from support.turns.work import TurnWork
from tests.support.conftest import Chat
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
    with chat.database.writing() as session:
        tickets.resolve(session, ticket_of(chat).id, agent, "delivery", "Sent again.")
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
