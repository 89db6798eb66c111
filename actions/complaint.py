"""Complaints: regret first, then what is needed to put it right, step by step; the angry are not interrogated."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import answered_as_question, picked, tell_choice
from actions.asides import SURE, answer_if_found, say_courtesy
from actions.fields import COMPLAINT_FIELDS, cancelled, complaint_of, empty_fields, filled, was_cancelled
from actions.handoff import tell_confirmation, tell_more
from actions.satisfaction import ease_part
from support.complaints.rules import LATER, LONGEST_FIELD, SKIPPED, priority_of, severity_in, tells_what_happened
from support.customers.identity import contact_in
from support.customers.operations import known_contact
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.handoff.rules import LIKELY_ACT
from support.tickets.handing_back import told_to_people
from support.turns.replies import BotMessage
from support.understanding.form_words import gives_up, looks_like_question, steering_in, without_giving_up
from support.understanding.mood import is_angry
from support.understanding.numbers import order_number_in
from texts.catalogue import translate

Events = list[dict[str, Any]]
# As the buttons say it.
SEVERITY_WORDS = {"minor": "A small matter", "serious": "Serious", "critical": "Very serious"}
_FREE = ("complaint_what", "complaint_wish")
# A courtesy in a field where any words may be meant is short.
SHORT = 25
# Fewer characters beside an order number tell no story.
LEAST_STORY = 15
# Longer words that answer nothing are more of the story.
LONG_STORY = 40
# Longer words that hold "serious" tell something else as well.
SHORT_SEVERITY = 50


class ActionComplaint(Action):
    """Begins with a complaint, unless it is more likely a question that an article answers."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Decide the way (`complaint_path`): answered, to a person at once, or the form with what was told already."""
        words = base.text(tracker)
        asks = looks_like_question(words) or base.confidence(tracker) < LIKELY_ACT
        if asks and (events := await answered_as_question(dispatcher, tracker)):
            return [*events, SlotSet("complaint_path", "answered"), SlotSet("person_offered", True)]
        told = [*empty_fields(), *(SlotSet(field, value) for field, value in first_told(words).items())]
        if is_angry(words):
            return [*told, SlotSet("complaint_path", "person")]
        known, contact = await base.services().database.read(
            lambda session: (told_to_people(session, tracker.sender_id), known_contact(session, tracker.sender_id))
        )
        if contact := contact or known.email or known.phone:
            told.append(SlotSet("contact", contact))
        base.utter(dispatcher, "utter_complaint_begin", {"offer": ["person"]})
        if known.order and "complaint_order" not in first_told(words):
            told.append(SlotSet("complaint_order", known.order))
            base.say(dispatcher, BotMessage(_about_order(base.language(tracker), known.order)))
        return [*told, SlotSet("complaint_path", "form")]


def _about_order(language: str, order: str) -> str:
    return translate(
        language,
        "I take it that this is about order {order}, which you told us. If it is another one, just tell me.",
        order=order,
    )


def first_told(words: str) -> dict[str, str]:
    """The fields that the first words of a complaint fill already."""
    told = {}
    if tells_what_happened(words):
        told["complaint_what"] = words[:LONGEST_FIELD]
    if order := order_number_in(words, asked=False):
        told["complaint_order"] = order
    return told


class ValidateComplaintForm(Action):
    """Decides what a message in the middle of a complaint is: an answer, a change, a skip, or something in between."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_complaint_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Fill the fields that were answered; what is no answer is met, and the form asks again."""
        asked = tracker.get_slot("requested_slot")
        words = tracker.get_slot(asked) if asked else None
        if not words:
            # The form begins, or the rules see to what was said ("stop", "a person"). An event here would hold it.
            return []
        again: Events = [SlotSet(asked, None)]
        key = picked(tracker)
        if key is not None:
            await tell_choice(dispatcher, tracker, key)
            return again
        if (ended := await _ended(dispatcher, tracker, asked, words)) is not None:
            return ended
        if asked == "complaint_what" and len(base.parts(tracker)) > 1:
            # The announcement and the story came together, and the answer to the first was never shown.
            base.utter(dispatcher, "utter_complaint_begin", {"offer": ["person"]})
        others = tuple(field for field in COMPLAINT_FIELDS if field != asked)
        # After the wish only the contact is asked for, so that what is to be different is the wish.
        unnamed = "complaint_wish" if asked == "contact" and not contact_in(words) else None
        steering = steering_in(words, asked, COMPLAINT_FIELDS, filled(tracker, others), unnamed)
        if steering is not None and steering.kind == "change":
            value = words[:LONGEST_FIELD] if steering.field == unnamed else value_in(words, steering.field)
            if value is not None:
                shown = shown_value(value, steering.field, base.language(tracker))
                base.utter(dispatcher, "utter_change_noted", value=shown)
            return [*again, SlotSet(steering.field, value)]
        if steering is not None or (base.intent(tracker) == "skip" and base.confidence(tracker) >= SURE):
            return [SlotSet(asked, SKIPPED)]
        if asked not in _FREE and value_in(words, asked) is None and is_angry(words):
            # Whoever loses patience is asked no more: the case is opened with what was told so far.
            base.utter(dispatcher, "utter_anger")
            rest = [field for field in COMPLAINT_FIELDS if field == asked or tracker.get_slot(field) is None]
            return [SlotSet(field, LATER if field == "contact" else SKIPPED) for field in rest]
        return await _answered(dispatcher, tracker, asked, words) or again


async def _ended(dispatcher: CollectingDispatcher, tracker: Tracker, asked: str, words: str) -> Events | None:
    """What follows when a customer wants no more of a question or of the form; None when they go on."""
    intent, withdrawn = base.intent(tracker), gives_up(words)
    if asked == "contact" and intent in ("deny", "stop") and len(words) <= SHORT and not withdrawn:
        # A no to this question is no farewell to the complaint.
        return [SlotSet(asked, SKIPPED)]
    if not (intent == "stop" or withdrawn) or value_in(words, asked) is not None or is_angry(words):
        return None
    besides = without_giving_up(words)
    if looks_like_question(besides):
        await answer_if_found(dispatcher, tracker, words=besides)
    return cancelled(COMPLAINT_FIELDS)


async def _answered(dispatcher: CollectingDispatcher, tracker: Tracker, asked: str, words: str) -> Events:
    """The fields that a message answers; none when it was something else, which has been met then."""
    value = value_in(words, asked)
    if asked in _FREE:
        if await _in_between(dispatcher, tracker, words):
            return []
        order = order_number_in(words)
        if asked == "complaint_what" and order and len(words) - len(order) < LEAST_STORY:
            return [SlotSet(asked, None), SlotSet("complaint_order", order)]
        also = {field: found for field in ("complaint_order",) if (found := order_number_in(words, asked=False))}
        return [SlotSet(asked, words[:LONGEST_FIELD]), *(SlotSet(field, found) for field, found in also.items())]
    if value is not None:
        return [SlotSet(asked, value)]
    others = _other_fields(words, asked)
    if others:
        for field, found in others.items():
            if tracker.get_slot(field) is not None:
                shown = shown_value(found, field, base.language(tracker))
                base.utter(dispatcher, "utter_change_noted", value=shown)
        return [SlotSet(asked, None), *(SlotSet(field, found) for field, found in others.items())]
    if len(words) <= SHORT and say_courtesy(dispatcher, tracker):
        return []
    if looks_like_question(words) and await answer_if_found(dispatcher, tracker):
        return []
    if len(words) >= LONG_STORY and not looks_like_question(words):
        # Whoever goes on telling has not finished with what happened.
        story = f"{complaint_of(tracker).what}\n{words}".strip()
        return [SlotSet(asked, None), SlotSet("complaint_what", story[:LONGEST_FIELD])]
    field = asked.removeprefix("complaint_")
    base.utter(dispatcher, f"utter_{asked}_invalid", {"form": {"name": "complaint", "field": field}})
    return []


def _other_fields(words: str, asked: str) -> dict[str, str]:
    """What a message says about fields that were not asked for, because customers answer in their own order."""
    found = {}
    if asked != "contact" and contact_in(words):
        found["contact"] = words
    elif asked != "complaint_order" and (order := order_number_in(words, asked=False)):
        found["complaint_order"] = order
    if asked != "complaint_severity" and len(words) <= SHORT_SEVERITY and (severity := severity_in(words)):
        found["complaint_severity"] = severity
    return found


async def _in_between(dispatcher: CollectingDispatcher, tracker: Tracker, words: str) -> bool:
    """Whether words in a field of free text are a courtesy or a question that an article answers; if so, met."""
    sure = base.confidence(tracker) >= SURE and len(words) <= SHORT
    if sure and say_courtesy(dispatcher, tracker):
        return True
    plainly = words.rstrip().endswith(("?", "？"))
    return looks_like_question(words) and await answer_if_found(dispatcher, tracker, choices=plainly)


def shown_value(value: str, field: str, language: str) -> str:
    """A value as it is read back."""
    if field == "complaint_severity":
        return translate(language, SEVERITY_WORDS[value])
    return ", ".join((contact_in(value) or {}).values()) if field == "contact" else value


def value_in(words: str, field: str) -> str | None:
    """The value of a field in a customer's words; None when they hold none."""
    if field == "complaint_order":
        return order_number_in(words)
    if field == "complaint_severity":
        return severity_in(words)
    if field == "contact":
        return words if contact_in(words) else None
    return None


class ActionSubmitComplaint(Action):
    """Opens the case of a complaint and says by when somebody answers."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_submit_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Open it once, whatever happens to this call, and tell."""
        if was_cancelled(tracker, COMPLAINT_FIELDS):
            base.utter(dispatcher, "utter_complaint_stopped", {"offer": ["person"]})
            return [*empty_fields(), SlotSet("contact_needed", False), SlotSet("complaint_path", None)]
        complaint = complaint_of(tracker)
        contact = str(tracker.get_slot("contact") or "")
        facts = CaseFacts(
            priority=priority_of(complaint.severity, is_angry(complaint.what)),
            details=complaint.details(),
            contact="" if contact in (SKIPPED, LATER) else contact,
            contact_declined=contact == SKIPPED,
        )
        turn_id = base.turn_id(tracker)
        case = await base.services().database.write(
            lambda session: handoff.request(session, tracker.sender_id, "complaint", turn_id, facts)
        )
        reached = ", ".join((contact_in(facts.contact) or {}).values())
        values: dict[str, Any] = {"number": case.number, "hours": case.hours, "place": case.place, "contact": reached}
        response = "utter_complaint_filed_queued" if case.place is not None else "utter_complaint_filed"
        if case.needs_contact:
            response = "utter_nobody_on_duty"
        elif case.place is None and not reached:
            response = "utter_complaint_filed_without_contact"
        # Until we know how to reach them it is not done; and who lost patience on the way has said how easy it was.
        done = not case.needs_contact and contact != LATER
        ease = await ease_part(tracker, complaint.what, complaint.wish) if done else {}
        base.utter(dispatcher, response, {"ticket": case.payload()} | ease, **values)
        tell_more(dispatcher, base.language(tracker), case)
        tell_confirmation(dispatcher, tracker, case)
        return [*empty_fields(), SlotSet("contact_needed", case.needs_contact), SlotSet("complaint_path", None)]
