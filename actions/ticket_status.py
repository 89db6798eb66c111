"""How a case stands, told to whoever can name its number and the contact it was given; and opening it again."""

import re
from datetime import timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import answered_as_question, picked, tell_choice
from actions.asides import answer_if_found, say_courtesy
from actions.contact import looks_like_contact
from actions.fields import TICKET_FIELDS, cancelled, empty_fields, filled, was_cancelled
from actions.handoff import tell_more
from actions.satisfaction import ease_part
from storage.base import now
from support.complaints.rules import SKIPPED
from support.customers.identity import contact_in
from support.feedback import queries as feedback
from support.feedback.rules import READ_WITHIN_DAYS
from support.handoff import reopening
from support.tickets import status
from support.tickets.priority import FIRST_RESPONSE_HOURS
from support.tickets.status import CaseStatus
from support.understanding.form_words import (
    gives_up,
    looks_like_question,
    steering_in,
    wants_reopening,
    without_giving_up,
)
from support.understanding.numbers import case_number_in

Events = list[dict[str, Any]]
# After so many wrong guesses in one conversation a person has to look.
MOST_TRIES = 3


class ActionTicketStatus(Action):
    """Tells how a case of this conversation stands, or begins to ask whose case it is."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_ticket_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Decide the way (`ticket_path`): told, or the form with what was said already."""
        words = base.text(tracker)
        number = case_number_in(words)
        if number is None and (events := await answered_as_question(dispatcher, tracker)):
            return [*events, SlotSet("ticket_path", "told")]
        if number is not None and number.startswith("F-"):
            await _tell_feedback(dispatcher, tracker, number)
            return [SlotSet("ticket_path", "told")]
        own = await base.services().database.read(
            lambda session: status.of_conversation(session, tracker.sender_id, number)
        )
        if own is None and number in (None, tracker.get_slot("shown_ticket")) and tracker.get_slot("shown_ticket"):
            own = await _shown(tracker)
        if own is not None:
            return [*await _tell(dispatcher, tracker, own, wants_reopening(words)), SlotSet("ticket_path", "told")]
        contact = words if contact_in(words) else None
        return [
            *empty_fields(),
            SlotSet("ticket_number", number),
            SlotSet("contact", contact),
            SlotSet("reopening_wanted", wants_reopening(words)),
            SlotSet("ticket_path", "form"),
        ]


class ValidateTicketForm(Action):
    """Takes number and contact; what is neither is met, and the form asks again."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_ticket_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Fill what was told."""
        asked = tracker.get_slot("requested_slot")
        words = tracker.get_slot(asked) if asked else None
        if not words:
            return []
        again: Events = [SlotSet(asked, None)]
        key = picked(tracker)
        if key is not None:
            await tell_choice(dispatcher, tracker, key)
            return again
        if base.intent(tracker) == "stop" or gives_up(words):
            besides = without_giving_up(words)
            if looks_like_question(besides):
                await answer_if_found(dispatcher, tracker, words=besides)
            return cancelled(TICKET_FIELDS)
        told = _told_in(words, asked)
        if asked in told:
            return [SlotSet(field, value) for field, value in told.items()]
        others = tuple(field for field in TICKET_FIELDS if field != asked)
        steering = steering_in(words, asked, TICKET_FIELDS, filled(tracker, others))
        if steering is not None and steering.kind == "change":
            return [*again, SlotSet(steering.field, told.get(steering.field))]
        if steering is not None or base.intent(tracker) == "skip":
            # Without both there is nothing to show, so the rest of the form is passed over as well.
            return [SlotSet(field, SKIPPED) for field in TICKET_FIELDS]
        if told:
            return [*again, *(SlotSet(field, value) for field, value in told.items())]
        mistyped = asked == "contact" and looks_like_contact(words)
        if mistyped or not (say_courtesy(dispatcher, tracker) or await answer_if_found(dispatcher, tracker)):
            base.utter(
                dispatcher,
                f"utter_{asked}_invalid",
                {"form": {"name": "ticket", "field": asked.removeprefix("ticket_")}, "offer": ["person"]},
            )
        return again


# Where a case number was asked for, up to nine digits are meant as one; a phone number that is told there is longer.
_SHORT_NUMBER = re.compile(r"^[\sTt#-]*\d{1,9}\W*$")


def _told_in(words: str, asked: str) -> dict[str, str]:
    """The fields of the form that a message fills."""
    told = {}
    if asked == "ticket_number" and _SHORT_NUMBER.match(words):
        number = case_number_in(words, asked=True)
        return {"ticket_number": number} if number else {}
    if contact_in(words):
        told["contact"] = words
    # A phone number is no case number, unless that was asked for and nothing else was found.
    number = case_number_in(words, asked=asked == "ticket_number" and "contact" not in told)
    if number:
        told["ticket_number"] = number
    return told


class ActionTellTicket(Action):
    """Looks the case up by number and contact, and tells how it stands."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_tell_ticket"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Tell, or say that the two do not fit; after some wrong tries nothing is looked up any more."""
        number, contact = str(tracker.get_slot("ticket_number") or ""), str(tracker.get_slot("contact") or "")
        tries = int(tracker.get_slot("ticket_tries") or 0)
        done = [*empty_fields(), SlotSet("ticket_path", None)]
        if was_cancelled(tracker, TICKET_FIELDS):
            base.utter(dispatcher, "utter_stop")
            return done
        if SKIPPED in (number, contact):
            base.utter(dispatcher, "utter_ticket_without_proof", {"offer": ["person"]})
            return [*done, SlotSet("person_offered", True)]
        found = None
        if tries < MOST_TRIES:
            found = await base.services().database.read(lambda session: status.of_owner(session, number, contact))
        if found is None:
            base.utter(dispatcher, "utter_ticket_unknown", {"offer": ["person"]}, number=number)
            return [*done, SlotSet("person_offered", True), SlotSet("ticket_tries", tries + 1)]
        told = await _tell(dispatcher, tracker, found, bool(tracker.get_slot("reopening_wanted")))
        return [*done, *told, SlotSet("shown_ticket", found.number)]


async def _shown(tracker: Tracker) -> CaseStatus | None:
    """The case that this customer has proved to be theirs earlier in this conversation."""
    number = str(tracker.get_slot("shown_ticket"))
    return await base.services().database.read(lambda session: status.known(session, number))


async def _tell(dispatcher: CollectingDispatcher, tracker: Tracker, case: CaseStatus, reopening_wanted: bool) -> Events:
    if case.step == "resolved" and reopening_wanted:
        await reopen(dispatcher, tracker, case)
        return [SlotSet("reopen_offered", False)]
    left = FIRST_RESPONSE_HOURS[case.priority] - (now() - case.opened_at) / timedelta(hours=1)
    response = "utter_ticket_late" if case.step == "waiting" and left <= 0 else f"utter_ticket_{case.step}"
    extra: dict[str, Any] = {"offer": ["person"]} if response == "utter_ticket_late" else {}
    if case.priority != "red":
        extra |= await ease_part(tracker)
    base.utter(dispatcher, response, {"ticket": case.payload()} | extra, number=case.number, hours=max(1, round(left)))
    resolved = case.step == "resolved"
    return [SlotSet("reopen_offered", resolved), SlotSet("shown_ticket", case.number), SlotSet("person_offered", False)]


async def reopen(dispatcher: CollectingDispatcher, tracker: Tracker, case: CaseStatus) -> None:
    """Open a resolved case again and say what happens next."""
    turn_id = base.turn_id(tracker)
    told = await base.services().database.write(
        lambda session: reopening.reopen(session, case.ticket_id, tracker.sender_id, turn_id)
    )
    response = "utter_ticket_reopened" if told.place is None else "utter_ticket_reopened_queued"
    payload: dict[str, Any] = {"ticket": told.payload() | {"state": "waiting"}}
    if told.priority != "red":
        payload |= await ease_part(tracker)
    base.utter(dispatcher, response, payload, number=told.number, hours=told.hours, place=told.place)
    tell_more(dispatcher, base.language(tracker), told)


async def reopen_shown(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Open the case again that was shown last in this conversation; one that was erased meanwhile is not found."""
    case = await _shown(tracker)
    if case is not None:
        await reopen(dispatcher, tracker, case)
        return []
    base.utter(dispatcher, "utter_ticket_unknown", {"offer": ["person"]}, number=tracker.get_slot("shown_ticket"))
    return [SlotSet("person_offered", True)]


async def _tell_feedback(dispatcher: CollectingDispatcher, tracker: Tracker, number: str) -> None:
    """Feedback asks for no proof: nothing is told of it but that it arrived, and only to this conversation."""
    found = await base.services().database.read(lambda session: feedback.by_number(session, number))
    if found is not None and found.conversation_id == tracker.sender_id:
        payload = {"receipt": {"number": number, "kind": found.kind}}
        base.utter(dispatcher, "utter_feedback_received", payload, number=number, days=READ_WITHIN_DAYS)
    else:
        base.utter(dispatcher, "utter_ticket_unknown", {"offer": ["person"]}, number=number)
