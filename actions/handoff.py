"""Handing the conversation to a person, and taking it back."""

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.fields import complaint_of, leave_form
from storage.base import now
from support.complaints.rules import LATER, SKIPPED, priority_of
from support.customers.identity import contact_in
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts, HandOff
from support.handoff.words import more_words
from support.mail.words import confirmation_words
from support.tickets.states import REASONS
from support.turns.replies import BotMessage, answer_message
from support.turns.several import answers_beside

Events = list[dict[str, Any]]

# What is said first, by reason. A repeated failure was already told by the search.
_FIRST_WORDS = {
    "complaint": "utter_complaint",
    "low_rating": "utter_low_rating",
    "not_helpful": "utter_not_helpful",
}


class ActionHandOff(Action):
    """Opens a case, or joins the open one, and tells the customer where it stands."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_hand_off"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Hand over and say so."""
        reason = reason_of(tracker)
        turn_id = base.turn_id(tracker)
        facts = facts_of(tracker)
        case = await base.services().database.write(
            lambda session: handoff.request(session, tracker.sender_id, reason, turn_id, facts)
        )
        for result in await asyncio.to_thread(
            answers_beside, base.services().knowledge_base, base.parts(tracker), base.language(tracker)
        ):
            base.say(dispatcher, answer_message(result))
        if not case.repeated and reason in _FIRST_WORDS:
            base.utter(dispatcher, _FIRST_WORDS[reason])
        tell_case(dispatcher, base.language(tracker), case)
        tell_confirmation(dispatcher, tracker, case)
        events: Events = [
            SlotSet("contact_needed", case.needs_contact),
            SlotSet("hand_off_due", False),
            SlotSet("person_offered", False),
        ]
        if case.needs_contact and (tracker.active_loop or {}).get("name") == "contact_form":
            # It goes on asking where it was.
            return events
        return events + leave_form()


def reason_of(tracker: Tracker) -> str:
    """Why the conversation is handed over, from the latest message."""
    told = next(tracker.get_latest_entity_values("handoff_reason"), None)
    if told in REASONS:
        return str(told)
    if base.intent(tracker) == "danger":
        return "safety"
    if base.intent(tracker) == "complaint" or (tracker.active_loop or {}).get("name") == "complaint_form":
        return "complaint"
    if base.intent(tracker) == "affirm":
        return "request"
    return "repeated_failure" if tracker.get_slot("hand_off_due") else "request"


def tell_case(dispatcher: CollectingDispatcher, language: str, case: HandOff) -> None:
    """Say the number, and the place in the queue or that nobody is on duty."""
    payload = {"ticket": case.payload()}
    if case.place is not None:
        response = "utter_already_queued" if case.waited else "utter_queued"
        base.utter(dispatcher, response, payload, number=case.number, place=case.place)
    elif case.needs_contact:
        base.utter(dispatcher, "utter_nobody_on_duty", payload, number=case.number, hours=case.hours)
    else:
        response = "utter_already_offline" if case.repeated else "utter_offline_reachable"
        base.utter(dispatcher, response, payload, number=case.number, hours=case.hours)
    tell_more(dispatcher, language, case)


def tell_more(dispatcher: CollectingDispatcher, language: str, case: HandOff) -> None:
    """Say about how long it takes, or when we are open again, when that is known."""
    if words := more_words(language, case.wait_minutes, case.opening, now()):
        base.say(dispatcher, BotMessage(words))


def tell_confirmation(dispatcher: CollectingDispatcher, tracker: Tracker, case: HandOff) -> None:
    """Say where a confirmation goes by mail, if one does."""
    if case.confirmed_to:
        words = confirmation_words(base.language(tracker), case.confirmed_to)
        base.say(dispatcher, BotMessage(words))


def facts_of(tracker: Tracker) -> CaseFacts:
    """What a form has collected so far: a complaint that was broken off by the wish for a person is not lost."""
    complaint = complaint_of(tracker)
    contact = str(tracker.get_slot("contact") or "")
    if contact_in(base.text(tracker)):
        contact = base.text(tracker)
    # Whoever is in such distress is not asked for an address.
    declined = next(tracker.get_latest_entity_values("danger"), None) == "self_harm"
    urgent = priority_of(complaint.severity, angry=False) if complaint.severity else None
    return CaseFacts(urgent, complaint.details(), "" if contact in (SKIPPED, LATER) else contact, declined)
