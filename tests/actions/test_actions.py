"""Actions: what they say and which events they return. The same behaviour runs through Rasa in tests/servers."""

from typing import Any

import pytest

from actions import base
from actions.answer import ActionAnswer
from actions.contact import ActionAskContact, ActionSaveContact, ActionStop, ValidateContactForm, looks_like_contact
from actions.handoff import ActionHandOff
from actions.satisfaction import ActionGoodbye
from support.satisfaction import operations as satisfaction
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets.queries import open_for
from tests.actions.conftest import custom, run
from tests.support.conftest import Chat, staff
from tests.support.hours_made import closed_hours, keep
from tests.support.offers_made import waited


def test_a_question_is_answered_with_article_and_trail(chat: Chat) -> None:
    messages, slots = run(ActionAnswer(), chat, "怎么退货")
    (answer,) = custom(messages, "answer")
    assert answer["article_id"] == "return-an-item"
    assert messages[0]["text"]
    trail = messages[0]["custom"]["trail"]
    assert (trail["query"], trail["decision"], trail["language"]) == ("怎么退货", "answer", "zh-Hans")
    assert (slots["hand_off_due"], slots["person_offered"]) == (False, False)
    assert slots["topic"] == {"article_id": "return-an-item", "question": "怎么退货"}


def test_questions_beside_a_wish_for_a_person_are_answered_too(chat: Chat) -> None:
    parts = ["怎么退货", "我要找人工"]
    messages, _ = run(ActionHandOff(), chat, intent="ask_for_person", parts=parts)
    assert [answer["article_id"] for answer in custom(messages, "answer")] == ["return-an-item"]
    assert custom(messages, "ticket")


def test_nothing_found_is_said_honestly_and_a_person_offered(chat: Chat) -> None:
    messages, slots = run(ActionAnswer(), chat, "帮我写一首诗")
    assert messages[0]["response"] == "utter_no_answer"
    assert custom(messages, "offer") == [["person"]]
    assert (slots["hand_off_due"], slots["person_offered"]) == (False, True)


def test_nothing_found_twice_in_a_row_makes_a_hand_off_due(chat: Chat) -> None:
    chat.say("q")
    chat.answer("no", "none")
    messages, slots = run(ActionAnswer(), chat, "帮我写一首诗")
    assert messages[0]["response"] == "utter_repeated_failure"
    assert messages[0]["custom"]["trail"]["decision"] == "none"
    assert slots["hand_off_due"] is True


def test_an_answer_in_between_starts_the_count_anew(chat: Chat) -> None:
    for decision in ("none", "answer"):
        chat.say("q")
        chat.answer("x", decision)
    assert run(ActionAnswer(), chat, "帮我写一首诗")[1]["hand_off_due"] is False


def test_small_talk_in_between_starts_the_count_anew(chat: Chat) -> None:
    for decision in ("none", None):
        chat.say("q")
        chat.answer("x", decision)
    assert run(ActionAnswer(), chat, "帮我写一首诗")[1]["hand_off_due"] is False


def test_a_contact_after_the_form_was_left_is_kept_with_the_open_case(chat: Chat) -> None:
    run(ActionHandOff(), chat, intent="ask_for_person")
    run(ActionStop(), chat, form="contact_form")
    messages, _ = run(ActionAnswer(), chat, "anna@example.com", turn="turn-2")
    assert (messages[0]["response"], messages[0]["contact"]) == ("utter_contact_saved", "anna@example.com")


def test_without_a_case_a_contact_is_looked_up_like_any_words(chat: Chat) -> None:
    assert run(ActionAnswer(), chat, "anna@example.com")[0][0]["response"] == "utter_no_answer"


def test_with_a_case_open_nothing_is_handed_over_again(chat: Chat) -> None:
    run(ActionHandOff(), chat, intent="ask_for_person")
    chat.say("q")
    chat.answer("no", "none")
    assert run(ActionAnswer(), chat, "帮我写一首诗", turn="turn-2")[1]["hand_off_due"] is False


def test_a_picked_article_is_said(chat: Chat) -> None:
    messages, slots = run(ActionAnswer(), chat, "/question", entities={"article": "refund-time"}, language="en")
    assert custom(messages, "answer")[0]["article_id"] == "refund-time"
    assert custom(messages, "answer")[0]["language"] == "en"
    assert slots["person_offered"] is False


@pytest.mark.parametrize("article", ["none", "gone-meanwhile"])
def test_none_of_these_and_a_lost_article_are_met_with_other_words(chat: Chat, article: str) -> None:
    messages, slots = run(ActionAnswer(), chat, "/question", entities={"article": article})
    assert messages[0]["response"] == "utter_none_of_these"
    assert slots["person_offered"] is True


def test_a_hand_off_with_nobody_on_duty_needs_a_contact(chat: Chat) -> None:
    messages, slots = run(ActionHandOff(), chat, intent="ask_for_person")
    assert [each["response"] for each in messages] == ["utter_nobody_on_duty"]
    assert messages[0]["number"] == "T-1001"
    assert slots["contact_needed"] is True


def test_a_hand_off_with_somebody_on_duty_tells_the_place(chat: Chat) -> None:
    with chat.database.writing() as session:
        staff(session)
    messages, slots = run(ActionHandOff(), chat, intent="complaint")
    assert [each["response"] for each in messages] == ["utter_complaint", "utter_queued"]
    assert messages[1]["place"] == 1
    assert slots["contact_needed"] is False


def test_after_a_hand_back_the_queue_is_joined_anew_and_nobody_is_told_to_be_in_it_already(chat: Chat) -> None:
    with chat.database.writing() as session:
        mei = staff(session)
    run(ActionHandOff(), chat, intent="ask_for_person")
    with chat.database.writing() as session:
        ticket = open_for(session, chat.id)
        assert ticket is not None
        tickets.take(session, ticket.id, mei)
        handing_back.hand_back(session, ticket.id, mei)
    again, _ = run(ActionHandOff(), chat, intent="ask_for_person", turn="turn-2")
    assert again[0]["response"] == "utter_queued"
    once_more, _ = run(ActionHandOff(), chat, intent="ask_for_person", turn="turn-3")
    assert once_more[0]["response"] == "utter_already_queued"


def test_a_hand_off_tells_about_how_long_it_takes_when_that_is_known(chat: Chat) -> None:
    with chat.database.writing() as session:
        staff(session)
    waited(chat.database, 250)
    messages, _ = run(ActionHandOff(), chat, intent="ask_for_person")
    assert messages[0]["response"] == "utter_queued"
    assert "5" in messages[-1]["text"]


def test_a_hand_off_outside_of_the_opening_hours_tells_when_we_are_open_again(chat: Chat) -> None:
    with chat.database.writing() as session:
        staff(session)
    keep(chat.database, closed_hours())
    messages, slots = run(ActionHandOff(), chat, intent="ask_for_person")
    assert messages[0]["response"] == "utter_nobody_on_duty"
    assert "9:00" in messages[-1]["text"]
    assert slots["contact_needed"] is True


@pytest.mark.parametrize(
    ("intent", "entities", "slots", "reason"),
    [
        ("ask_for_person", {}, {}, "request"),
        ("ask_for_person", {"handoff_reason": "low_rating"}, {}, "low_rating"),
        ("ask_for_person", {"handoff_reason": "nonsense"}, {}, "request"),
        ("complaint", {}, {}, "complaint"),
        ("question", {}, {"hand_off_due": True}, "repeated_failure"),
        ("affirm", {}, {"hand_off_due": False}, "request"),
    ],
)
def test_the_reason_of_a_hand_off(
    chat: Chat, intent: str, entities: dict[str, str], slots: dict[str, bool], reason: str
) -> None:
    messages, _ = run(ActionHandOff(), chat, intent=intent, entities=entities, slots=slots)
    assert custom(messages, "ticket")[-1]["reason"] == reason


def test_the_same_turn_again_opens_no_second_case(chat: Chat) -> None:
    first, _ = run(ActionHandOff(), chat, intent="ask_for_person")
    again, _ = run(ActionHandOff(), chat, intent="ask_for_person")
    assert custom(first, "ticket")[0]["number"] == custom(again, "ticket")[0]["number"]


def validate(chat: Chat, words: str, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    return run(ValidateContactForm(), chat, words, slots={"contact": words}, form="contact_form", **more)


def test_a_contact_is_taken(chat: Chat) -> None:
    assert validate(chat, "anna@example.com") == ([], {"contact": "anna@example.com"})


def test_a_mistyped_contact_is_met_with_an_example(chat: Chat) -> None:
    messages, slots = validate(chat, "anna@")
    assert (messages[0]["response"], slots) == ("utter_contact_invalid", {"contact": None})


def test_a_question_in_between_is_answered_inline(chat: Chat) -> None:
    messages, slots = validate(chat, "怎么退货")
    assert custom(messages, "answer")[0]["article_id"] == "return-an-item"
    assert slots == {"contact": None}


def test_thanks_in_between_is_answered(chat: Chat) -> None:
    assert validate(chat, "谢谢", intent="thanks")[0][0]["response"] == "utter_thanks"


def test_what_the_rules_see_to_is_left_to_them(chat: Chat) -> None:
    assert run(ValidateContactForm(), chat, "算了", slots={"contact": None}, form="contact_form") == ([], {})


def test_the_form_asks_in_full_first_and_briefly_afterwards(chat: Chat) -> None:
    assert run(ActionAskContact(), chat)[0][0]["response"] == "utter_ask_contact"


def test_a_saved_contact_is_confirmed_as_understood(chat: Chat) -> None:
    run(ActionHandOff(), chat, intent="ask_for_person")
    messages, _ = run(ActionSaveContact(), chat, slots={"contact": "call 0912 345 678"}, turn="turn-2")
    assert (messages[0]["response"], messages[0]["contact"]) == ("utter_contact_saved", "0912345678")


def test_stopping_within_the_form_keeps_the_case_and_outside_it_just_stops(chat: Chat) -> None:
    run(ActionHandOff(), chat, intent="ask_for_person")
    assert run(ActionStop(), chat, form="contact_form")[0][0]["response"] == "utter_contact_skipped"
    assert run(ActionStop(), chat)[0][0]["response"] == "utter_stop"


def test_when_staff_hand_back_every_form_ends(chat: Chat) -> None:
    messages, slots = run(ActionStop(), chat, entities={"stopped_by": "staff"}, form="contact_form")
    assert messages[0]["response"] == "utter_affirm"
    assert {slots.pop("contact_needed"), slots.pop("hand_off_due")} == {False}
    assert {"requested_slot", "contact", "complaint_what", "ticket_number", "feedback_text"} <= set(slots)
    assert set(slots.values()) == {None}


def test_goodbye_asks_for_a_rating_once(chat: Chat) -> None:
    assert custom(run(ActionGoodbye(), chat)[0], "survey") == [{"kind": "csat", "subject_id": chat.id}]
    with chat.database.writing() as session:
        satisfaction.rate(session, chat.id, "csat", chat.id, 4, [], "")
    assert custom(run(ActionGoodbye(), chat)[0], "survey") == []


@pytest.mark.fast
@pytest.mark.parametrize(("words", "tried"), [("anna@", True), ("12345", True), ("order 12345 is late", False)])
def test_a_mistyped_contact_is_told_from_other_words(words: str, tried: bool) -> None:
    assert looks_like_contact(words) is tried


def test_an_action_before_the_app_is_ready_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "_bound", [])
    with pytest.raises(base.ServicesMissing):
        base.services()
