"""Complaints, cases and feedback, asked for step by step: what fills a field, what is met and asked again."""

from typing import Any

import pytest
from sqlalchemy import func, select

from actions.complaint import ActionComplaint, ActionSubmitComplaint, ValidateComplaintForm
from actions.feedback import ActionFeedback, ActionKeepFeedback, ValidateFeedbackForm
from actions.handoff import ActionHandOff
from actions.ticket_status import ActionTellTicket, ActionTicketStatus, ValidateTicketForm
from support.complaints.rules import CANCELLED, SKIPPED
from support.feedback.tables import Feedback
from support.tickets import operations as tickets
from support.tickets.tables import Ticket
from tests.actions.conftest import custom, run
from tests.support.conftest import Chat, new_chat, staff

TOLD = {
    "complaint_what": "the courier threw it over the fence",
    "complaint_order": "20261120-8841",
    "complaint_severity": "critical",
    "complaint_wish": "my money back",
    "contact": "anna@example.com",
}


def answer(
    chat: Chat, asked: str, words: str, intent: str = "question", filled: dict[str, Any] | None = None, **more: Any
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the complaint's form makes of a message while it asks for a field."""
    slots = (filled or {}) | {"requested_slot": asked, asked: words}
    given = {"slots": slots, "form": "complaint_form", "intent": intent, "language": "en"} | more
    return run(ValidateComplaintForm(), chat, words, **given)


def ticket_of(chat: Chat) -> Ticket:
    with chat.database.reading() as session:
        return session.scalars(select(Ticket)).one()


@pytest.mark.parametrize(
    ("text", "language"), [("I want to make a complaint", "en"), ("我要投诉", "zh-Hans"), ("我要客訴", "zh-Hant")]
)
def test_a_calm_complaint_is_asked_for_step_by_step(chat: Chat, text: str, language: str) -> None:
    messages, slots = run(ActionComplaint(), chat, text, intent="complaint", language=language)
    assert messages[-1]["response"] == "utter_complaint_begin"
    assert custom(messages, "offer") == [["person"]]
    assert (slots["complaint_path"], slots["complaint_what"]) == ("form", None)


@pytest.mark.parametrize("text", ["你们太过分了，我要投诉！！！", "I am FURIOUS, I want to make a complaint"])
def test_the_angry_are_not_interrogated(chat: Chat, text: str) -> None:
    _, slots = run(ActionComplaint(), chat, text, intent="complaint")
    assert slots["complaint_path"] == "person"


def test_an_unsure_complaint_that_an_article_answers_is_answered(chat: Chat) -> None:
    messages, slots = run(ActionComplaint(), chat, "怎么退货", intent="complaint", confidence=0.5)
    assert custom(messages, "answer")[0]["article_id"] == "return-an-item"
    assert slots["complaint_path"] == "answered"


def test_what_was_told_already_is_not_asked_again(chat: Chat) -> None:
    words = "I want to complain, the courier threw order 20261120-8841 over the fence"
    _, slots = run(ActionComplaint(), chat, words, intent="complaint", language="en")
    assert (slots["complaint_what"], slots["complaint_order"]) == (words, "20261120-8841")


@pytest.mark.parametrize(
    ("asked", "words", "value"),
    [
        ("complaint_what", "the courier threw it over the fence", "the courier threw it over the fence"),
        ("complaint_order", "it is 20261120-8841", "20261120-8841"),
        ("complaint_severity", "very serious", "critical"),
        ("complaint_severity", "挺严重的", "serious"),
        ("complaint_wish", "I want my money back", "I want my money back"),
        ("contact", "anna@example.com", "anna@example.com"),
    ],
)
def test_a_field_is_filled_by_its_answer(chat: Chat, asked: str, words: str, value: str) -> None:
    messages, slots = answer(chat, asked, words)
    assert messages == []
    assert slots[asked] == value


@pytest.mark.parametrize("asked", list(TOLD))
def test_any_question_can_be_skipped(chat: Chat, asked: str) -> None:
    _, slots = answer(chat, asked, "skip this question", "skip")
    assert slots[asked] == SKIPPED


def test_a_question_in_between_is_answered_and_the_field_stays_empty(chat: Chat) -> None:
    messages, slots = answer(chat, "complaint_order", "怎么退货？", language="zh-Hans")
    assert custom(messages, "answer")[0]["article_id"] == "return-an-item"
    assert slots == {"complaint_order": None}


def test_thanks_in_between_are_answered_and_the_field_stays_empty(chat: Chat) -> None:
    messages, slots = answer(chat, "complaint_severity", "thanks", "thanks")
    assert messages[0]["response"] == "utter_thanks"
    assert slots == {"complaint_severity": None}


@pytest.mark.parametrize(("asked", "words"), [("complaint_order", "the blue one"), ("complaint_severity", "blue")])
def test_what_is_no_answer_is_met_with_an_example(chat: Chat, asked: str, words: str) -> None:
    messages, slots = answer(chat, asked, words)
    assert messages[0]["response"] == f"utter_{asked}_invalid"
    assert slots[asked] is None


def test_a_contact_given_early_is_taken_and_the_field_asked_again(chat: Chat) -> None:
    _, slots = answer(chat, "complaint_order", "anna@example.com")
    assert slots["complaint_order"] is None
    assert "anna@example.com" in slots["contact"]


def test_an_earlier_answer_is_corrected_with_the_new_one_at_once(chat: Chat) -> None:
    words = "sorry, my order number is 20261120-9999"
    messages, slots = answer(chat, "complaint_wish", words, filled={"complaint_order": "20261120-8841"})
    assert slots == {"complaint_wish": None, "complaint_order": "20261120-9999"}
    assert messages[0]["response"] == "utter_change_noted"


def test_going_back_empties_the_answer_before(chat: Chat) -> None:
    filled = {"complaint_what": "x", "complaint_order": "20261120-8841"}
    _, slots = answer(chat, "complaint_severity", "go back", filled=filled)
    assert slots["complaint_order"] is None


def test_who_loses_patience_is_asked_no_more(chat: Chat) -> None:
    filled = {"complaint_what": "the courier threw it over the fence"}
    messages, slots = answer(chat, "complaint_order", "this is ridiculous!!!", filled=filled)
    assert messages[0]["response"] == "utter_anger"
    assert {"complaint_order", "complaint_severity", "complaint_wish", "contact"} <= set(slots)
    assert None not in slots.values()


def test_what_the_rules_see_to_holds_no_form(chat: Chat) -> None:
    slots = {"requested_slot": "complaint_order", "complaint_order": None}
    assert run(ValidateComplaintForm(), chat, "算了", "stop", slots=slots, form="complaint_form") == ([], {})


def test_a_complaint_that_is_complete_opens_one_case_with_all_that_was_told(chat: Chat) -> None:
    messages, slots = run(ActionSubmitComplaint(), chat, "anna@example.com", slots=TOLD)
    run(ActionSubmitComplaint(), chat, "anna@example.com", slots=TOLD)
    ticket = ticket_of(chat)
    assert (ticket.reason, ticket.priority, ticket.contact_email) == ("complaint", "red", "anna@example.com")
    assert ticket.details == {
        "what": "the courier threw it over the fence",
        "order": "20261120-8841",
        "severity": "critical",
        "wish": "my money back",
    }
    assert messages[0]["number"] == ticket.number
    assert (slots["contact_needed"], slots["complaint_what"]) == (False, None)


def test_what_was_skipped_stands_in_no_case(chat: Chat) -> None:
    messages, slots = run(ActionSubmitComplaint(), chat, "skip", slots=dict.fromkeys(TOLD, SKIPPED))
    assert ticket_of(chat).details == {}
    assert slots["contact_needed"] is False
    assert custom(messages, "ticket")[0]["priority"] == "green"


def test_a_complaint_broken_off_by_the_wish_for_a_person_is_not_lost(chat: Chat) -> None:
    slots = {"complaint_what": TOLD["complaint_what"], "complaint_severity": "critical"}
    run(ActionHandOff(), chat, "a human please", "ask_for_person", slots=slots, form="complaint_form")
    ticket = ticket_of(chat)
    assert (ticket.reason, ticket.priority) == ("complaint", "red")
    assert ticket.details["what"] == TOLD["complaint_what"]


def opened(chat: Chat, contact: str | None = None) -> str:
    """The number of a case of a chat."""
    messages, _ = run(ActionHandOff(), chat, contact or "", "ask_for_person", turn=f"opens {chat.id[:8]}")
    return str(custom(messages, "ticket")[0]["number"])


def test_the_case_of_this_chat_is_told_at_once(chat: Chat) -> None:
    number = opened(chat)
    messages, slots = run(ActionTicketStatus(), chat, f"我的工单{number}怎么样了", "ticket_status", turn="turn-2")
    assert (messages[0]["response"], messages[0]["number"]) == ("utter_ticket_waiting", number)
    assert slots["ticket_path"] == "told"


def test_for_another_case_the_form_asks_whose_it_is(chat: Chat) -> None:
    messages, slots = run(ActionTicketStatus(), chat, "what about case T-4711", "ticket_status", language="en")
    assert messages == []
    assert (slots["ticket_path"], slots["ticket_number"]) == ("form", "T-4711")


def test_a_case_is_told_to_who_knows_number_and_contact(chat: Chat) -> None:
    number = opened(new_chat(chat.database), "anna@example.com")
    messages, slots = run(ActionTellTicket(), chat, slots={"ticket_number": number, "contact": "ANNA@example.com"})
    assert messages[0]["response"] == "utter_ticket_waiting"
    assert slots["shown_ticket"] == number


def test_a_wrong_contact_and_a_wrong_number_are_told_alike(chat: Chat) -> None:
    number = opened(new_chat(chat.database), "anna@example.com")
    told = [
        run(ActionTellTicket(), chat, slots={"ticket_number": case, "contact": contact})[0][0]["response"]
        for case, contact in ((number, "jo@example.com"), ("T-4711", "anna@example.com"))
    ]
    assert told == ["utter_ticket_unknown"] * 2


def test_after_some_wrong_guesses_nothing_is_looked_up_any_more(chat: Chat) -> None:
    number = opened(new_chat(chat.database), "anna@example.com")
    slots = {"ticket_number": number, "contact": "anna@example.com", "ticket_tries": 3}
    messages, _ = run(ActionTellTicket(), chat, slots=slots)
    assert messages[0]["response"] == "utter_ticket_unknown"


def test_number_and_contact_in_one_message_fill_both_fields(chat: Chat) -> None:
    slots = {"requested_slot": "ticket_number", "ticket_number": "T-1001, anna@example.com"}
    _, told = run(ValidateTicketForm(), chat, "T-1001, anna@example.com", slots=slots, form="ticket_form")
    assert told["ticket_number"] == "T-1001"
    assert "anna@example.com" in told["contact"]


def test_a_resolved_case_is_opened_again_when_that_is_wanted(chat: Chat) -> None:
    number = opened(chat)
    with chat.database.writing() as session:
        member = staff(session)
        ticket = session.scalars(select(Ticket)).one()
        tickets.take(session, ticket.id, member)
        tickets.resolve(session, ticket.id, member, "delivery", "done")
    messages, slots = run(ActionTicketStatus(), chat, "我的工单处理好了吗", "ticket_status", turn="turn-2")
    assert (messages[0]["response"], slots["reopen_offered"]) == ("utter_ticket_resolved", True)
    words = f"{number} 还是没解决，重新打开"
    messages, _ = run(ActionTicketStatus(), chat, words, "ticket_status", turn="turn-3")
    assert messages[0]["response"] == "utter_ticket_reopened_queued"
    assert ticket_of(chat).state == "in_progress"


@pytest.mark.parametrize(
    ("intent", "text"), [("suggestion", "希望你们的应用增加深色模式"), ("praise", "配送真的很快，师傅很有礼貌")]
)
def test_feedback_is_kept_at_once_with_a_receipt(chat: Chat, intent: str, text: str) -> None:
    messages, slots = run(ActionFeedback(), chat, text, intent)
    (receipt,) = custom(messages, "receipt")
    assert (receipt["kind"], slots["feedback_path"]) == (intent, "done")
    with chat.database.reading() as session:
        assert session.scalars(select(Feedback.number)).one() == receipt["number"] == messages[0]["number"]


def test_feedback_that_is_only_announced_is_asked_for(chat: Chat) -> None:
    messages, slots = run(ActionFeedback(), chat, "我想提个建议", "suggestion")
    assert (messages, slots["feedback_path"], slots["feedback_kind"]) == ([], "form", "suggestion")


def feedback_form(chat: Chat, words: str, intent: str = "question") -> tuple[list[dict[str, Any]], dict[str, Any]]:
    slots = {"requested_slot": "feedback_text", "feedback_text": words}
    return run(ValidateFeedbackForm(), chat, words, intent, slots=slots, form="feedback_form")


def test_any_words_are_taken_as_the_feedback(chat: Chat) -> None:
    assert feedback_form(chat, "希望有深色模式", "suggestion") == ([], {"feedback_text": "希望有深色模式"})


def test_a_question_in_between_is_no_feedback(chat: Chat) -> None:
    messages, slots = feedback_form(chat, "怎么退货？")
    assert custom(messages, "answer")[0]["article_id"] == "return-an-item"
    assert slots == {"feedback_text": None}


def test_feedback_that_was_told_is_kept_once_and_a_skipped_one_not_at_all(chat: Chat) -> None:
    slots = {"feedback_text": "希望有深色模式", "feedback_kind": "suggestion"}
    for _ in range(2):
        messages, _ = run(ActionKeepFeedback(), chat, "希望有深色模式", slots=slots)
        assert custom(messages, "receipt") == [{"number": "F-1001", "kind": "suggestion"}]
    messages, _ = run(ActionKeepFeedback(), chat, "skip", slots={"feedback_text": SKIPPED}, turn="turn-2")
    assert messages[0]["response"] == "utter_stop"
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Feedback)) == 1


def test_giving_up_among_other_words_ends_the_form_and_the_question_beside_it_is_answered(chat: Chat) -> None:
    words = "啊等一下 不要客诉了 我只是想退货 怎么退货？"
    messages, slots = answer(chat, "complaint_severity", words, filled=TOLD, language="zh-Hans")
    assert custom(messages, "answer")[0]["article_id"] == "return-an-item"
    assert set(slots.values()) == {CANCELLED}


def test_more_of_the_story_in_another_field_is_kept(chat: Chat) -> None:
    more = "and when I rang them the man at the other end just laughed at me and hung up without a word"
    filled = {"complaint_what": "rude people"}
    _, slots = answer(chat, "complaint_order", more, intent="thanks", filled=filled)
    assert slots["complaint_what"] == f"rude people\n{more}"
    assert slots["complaint_order"] is None


def test_a_long_number_where_a_case_number_was_asked_for_is_no_phone_number(chat: Chat) -> None:
    slots = {"requested_slot": "ticket_number", "ticket_number": "987654321"}
    messages, told = run(ValidateTicketForm(), chat, "987654321", slots=slots, form="ticket_form", language="en")
    assert told == {"ticket_number": None}
    assert messages[0]["response"] == "utter_ticket_number_invalid"


@pytest.mark.parametrize(("words", "intent"), [("no thanks", "deny"), ("不用了", "stop"), ("no", "deny")])
def test_a_no_to_the_question_for_the_contact_keeps_the_complaint(chat: Chat, words: str, intent: str) -> None:
    filled = {name: value for name, value in TOLD.items() if name != "contact"}
    assert answer(chat, "contact", words, intent=intent, filled=filled)[1] == {"contact": SKIPPED}


@pytest.mark.parametrize(
    ("words", "language", "shown"),
    [("wait, it is very serious", "en", "Very serious"), ("其实是非常严重", "zh-Hans", "非常严重")],
)
def test_how_serious_it_is_can_be_changed_one_question_later(chat: Chat, words: str, language: str, shown: str) -> None:
    messages, slots = answer(chat, "complaint_wish", words, filled={"complaint_severity": "minor"}, language=language)
    assert slots == {"complaint_wish": None, "complaint_severity": "critical"}
    assert messages[0]["value"] == shown


def test_the_wish_can_be_changed_while_the_contact_is_asked_for(chat: Chat) -> None:
    filled = {"complaint_wish": "换一台"}
    messages, slots = answer(chat, "contact", "改成退款", filled=filled, language="zh-Hans")
    assert (slots["complaint_wish"], messages[0]["response"]) == ("改成退款", "utter_change_noted")
