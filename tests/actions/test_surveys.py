"""What the bot's actions ask for: satisfaction at a goodbye, ease after a task, and nothing in a bad moment."""

from typing import Any

import pytest

from actions.complaint import ActionSubmitComplaint
from actions.dialogue import ActionYes
from actions.satisfaction import ActionGoodbye
from actions.ticket_status import ActionTellTicket, ActionTicketStatus
from support.complaints.rules import LATER, SKIPPED
from support.privacy.operations import erase_conversation
from support.satisfaction import operations as satisfaction
from support.satisfaction import queries as ratings
from support.tickets import operations as tickets
from support.tickets.tables import Ticket
from support.turns.operations import settle
from support.turns.replies import BotMessage, Reply
from tests.actions.conftest import custom, run
from tests.actions.test_forms import TOLD, ticket_of
from tests.support.conftest import Chat, new_chat, staff

CALM = TOLD | {"complaint_severity": "serious"}


def shown(chat: Chat, messages: list[dict[str, Any]]) -> None:
    """Store what an action said, as the turn's end does."""
    chat.say("…")
    work = chat.claim()
    assert work is not None
    said = tuple(BotMessage("…", each["custom"]["payload"]) for each in messages if each.get("custom"))
    with chat.database.writing() as session:
        settle(session, work, Reply(said), "rasa")


def filed(chat: Chat, told: dict[str, Any], text: str = "anna@example.com", turn: str = "turn-1") -> list[Any]:
    messages, _ = run(ActionSubmitComplaint(), chat, text, slots=told, form="complaint_form", turn=turn)
    return messages


def ease(chat: Chat) -> list[dict[str, str]]:
    return [{"kind": "ces", "subject_id": chat.id}]


def resolved(chat: Chat) -> Ticket:
    with chat.database.writing() as session:
        return tickets.resolve(session, ticket_of(chat).id, staff(session, "Tom", on_duty=False), "service", "Done.")


def test_a_filed_complaint_asks_how_easy_it_was_in_the_message_that_tells_the_case(chat: Chat) -> None:
    messages = filed(chat, CALM)
    assert custom(messages, "survey") == ease(chat)
    assert messages[-1]["response"] == "utter_complaint_filed"
    assert custom(messages, "ticket")


def test_the_same_turn_asked_again_asks_for_the_same_and_nothing_is_noted_until_it_is_shown(chat: Chat) -> None:
    first, second = filed(chat, CALM), filed(chat, CALM)
    assert custom(first, "survey") == custom(second, "survey") == ease(chat)
    with chat.database.reading() as session:
        assert ratings.survey_requests(session, chat.id) == []
    shown(chat, second)
    with chat.database.reading() as session:
        assert [each.kind for each in ratings.survey_requests(session, chat.id)] == ["ces"]


def test_a_complaint_without_a_contact_is_a_task_done_as_well(chat: Chat) -> None:
    assert custom(filed(chat, CALM | {"contact": SKIPPED}, "skip"), "survey") == ease(chat)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"complaint_severity": "critical"}, "anna@example.com"),
        ({"complaint_what": "你们太过分了！！！"}, "anna@example.com"),
        ({}, "快点，气死我了！！！ anna@example.com"),
        ({"contact": LATER}, "气死我了！！！"),
        ({"contact": LATER}, "whatever"),
    ],
    ids=["red", "angry story", "angry now", "lost patience", "contact still to come"],
)
def test_the_angry_and_the_urgent_are_not_asked(chat: Chat, told: dict[str, str], text: str) -> None:
    messages = filed(chat, CALM | told, text)
    assert custom(messages, "ticket")
    assert custom(messages, "survey") == []


def test_a_complaint_that_a_person_takes_up_now_asks_nothing(chat: Chat) -> None:
    with chat.database.writing() as session:
        staff(session)
    messages = filed(chat, CALM)
    assert messages[-1]["response"] == "utter_complaint_filed_queued"
    assert custom(messages, "survey") == []


def test_a_cancelled_complaint_asks_nothing(chat: Chat) -> None:
    assert custom(filed(chat, dict.fromkeys(TOLD, "cancelled")), "survey") == []


def test_how_a_case_stands_asks_once_a_conversation(chat: Chat) -> None:
    shown(chat, filed(chat, CALM))
    messages, _ = run(ActionTicketStatus(), chat, "我的工单怎么样了", intent="ticket_status", turn="turn-2")
    assert custom(messages, "ticket")
    assert custom(messages, "survey") == []


def test_a_case_shown_by_number_and_contact_asks(chat: Chat) -> None:
    filed(chat, CALM)
    other = new_chat(chat.database)
    slots = {"ticket_number": ticket_of(chat).number, "contact": "anna@example.com"}
    messages, _ = run(ActionTellTicket(), other, slots=slots, form="ticket_form", turn="turn-2")
    assert custom(messages, "survey") == ease(other)
    slots["contact"] = "bert@example.com"
    messages, _ = run(ActionTellTicket(), other, slots=slots, form="ticket_form", turn="turn-3")
    assert custom(messages, "survey") == []


def test_a_red_case_shown_asks_nothing(chat: Chat) -> None:
    filed(chat, TOLD)
    other = new_chat(chat.database)
    slots = {"ticket_number": ticket_of(chat).number, "contact": "anna@example.com"}
    messages, _ = run(ActionTellTicket(), other, slots=slots, form="ticket_form", turn="turn-2")
    assert custom(messages, "ticket")
    assert custom(messages, "survey") == []


def test_a_resolved_case_shown_beside_its_open_survey_asks_nothing_more(chat: Chat) -> None:
    filed(chat, CALM)
    ticket = resolved(chat)
    status = run(ActionTicketStatus(), chat, "我的工单怎么样了", intent="ticket_status", turn="turn-2")[0]
    assert custom(status, "survey") == []
    with chat.database.writing() as session:
        satisfaction.skip(session, chat.id, "csat", ticket.id)
    status = run(ActionTicketStatus(), chat, "我的工单怎么样了", intent="ticket_status", turn="turn-3")[0]
    assert custom(status, "survey") == ease(chat)


def test_a_case_opened_again_from_another_chat_asks(chat: Chat) -> None:
    filed(chat, CALM | {"complaint_severity": "minor"})
    number = resolved(chat).number
    other = new_chat(chat.database)
    messages, _ = run(ActionYes(), other, "好", slots={"reopen_offered": True, "shown_ticket": number}, turn="turn-2")
    assert messages[-1]["response"] == "utter_ticket_reopened"
    assert custom(messages, "survey") == ease(other)


def test_a_case_erased_meanwhile_is_not_found_any_more(chat: Chat) -> None:
    filed(chat, CALM)
    number = resolved(chat).number
    other = new_chat(chat.database)
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    slots = {"reopen_offered": True, "shown_ticket": number}
    messages, told = run(ActionYes(), other, "好", slots=slots, turn="turn-2")
    assert messages[-1]["response"] == "utter_ticket_unknown"
    assert (told["reopen_offered"], told["person_offered"]) == (False, True)


def test_a_goodbye_asks_once_rated_or_not(chat: Chat) -> None:
    first, again = run(ActionGoodbye(), chat)[0], run(ActionGoodbye(), chat)[0]
    assert custom(first, "survey") == custom(again, "survey") == [{"kind": "csat", "subject_id": chat.id}]
    shown(chat, first)
    assert custom(run(ActionGoodbye(), chat, turn="turn-2")[0], "survey") == []


def test_a_goodbye_after_a_case_was_resolved_today_asks_nothing(chat: Chat) -> None:
    filed(chat, CALM)
    resolved(chat)
    assert custom(run(ActionGoodbye(), chat, turn="turn-2")[0], "survey") == []
