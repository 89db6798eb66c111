"""How a customer can be reached when nobody is on duty: a form that forgives interruptions."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import answered_as_question, keep_contact, picked, search, tell, tell_choice
from actions.asides import say_courtesy
from actions.fields import leave_form
from actions.handoff import tell_confirmation
from actions.returning import go_on_from_people
from support.complaints.rules import SKIPPED
from support.customers.identity import contact_in
from support.handoff import operations as handoff

Events = list[dict[str, Any]]

_NOT_A_CONTACT = {"affirm"}
# Longer words say more than yes.
LONGEST_YES = 20


class ValidateContactForm(Action):
    """Decides whether what was said is a contact; anything else is answered, then the form asks again."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_contact_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Take the contact, or answer what was said in between."""
        words = tracker.get_slot("contact")
        if not words:
            # Nothing was extracted: "stop" or "a person", which the rules see to. An event here would hold the form.
            return []
        intent = base.intent(tracker)
        key = picked(tracker)
        if key is not None:
            await tell_choice(dispatcher, tracker, key)
        elif contact_in(words):
            return [SlotSet("contact", words)]
        elif intent == "deny" and len(words) <= LONGEST_YES:
            await decline(dispatcher, tracker)
            return [SlotSet("contact", SKIPPED)]
        elif looks_like_contact(words) or (intent in _NOT_A_CONTACT and len(words) <= LONGEST_YES):
            base.utter(dispatcher, "utter_contact_invalid", {"form": {"name": "contact"}})
        elif intent == "complaint":
            base.utter(dispatcher, "utter_passed_on")
        elif not say_courtesy(dispatcher, tracker):
            tell(dispatcher, await search(tracker))
        return [SlotSet("contact", None)]


def looks_like_contact(words: str) -> bool:
    """Whether somebody tried to give an address or number and mistyped it."""
    digits = sum(character.isdigit() for character in words)
    return "@" in words or "＠" in words or (digits >= 4 and digits >= len(words.replace(" ", "")) / 2)


class ActionAskContact(Action):
    """Asks for e-mail or phone: in full the first time, briefly afterwards."""

    def name(self) -> str:
        """Name in the domain; Rasa calls it for the form's slot."""
        return "action_ask_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Ask."""
        if _asked_just_now(tracker):
            return []
        response = "utter_contact_reminder" if _asked_before(tracker) else "utter_ask_contact"
        if (tracker.active_loop or {}).get("name") == "ticket_form":
            response = "utter_ask_ticket_contact"
        base.utter(dispatcher, response, {"form": {"name": "contact"}})
        return []


def _asked_before(tracker: Tracker) -> bool:
    """Whether the form was asking for the contact already when the customer wrote."""
    form = (tracker.active_loop or {}).get("name")
    return tracker.get_slot("requested_slot") == "contact" and any(
        event.get("event") == "action" and event.get("name") == form for event in tracker.events[:-1]
    )


def _asked_just_now(tracker: Tracker) -> bool:
    """Whether this turn said already that the contact was mistyped, which asks for it again."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "bot" and (event.get("metadata") or {}).get("utter_action") == "utter_contact_invalid":
            return True
    return False


class ActionSaveContact(Action):
    """Keeps the contact with the case and tells what happens next."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_save_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Store and confirm."""
        words = str(tracker.get_slot("contact") or "")
        if words == SKIPPED:
            return [SlotSet("contact_needed", False), SlotSet("contact", None)]
        turn_id = base.turn_id(tracker)
        saved = await base.services().database.write(
            lambda session: handoff.save_contact(session, tracker.sender_id, words, turn_id)
        )
        if saved is not None:
            case, contact = saved
            payload = {"ticket": case.payload()}
            base.utter(
                dispatcher, "utter_contact_saved", payload, number=case.number, contact=contact, hours=case.hours
            )
            tell_confirmation(dispatcher, tracker, case)
        return [SlotSet("contact_needed", False), SlotSet("contact", None)]


async def decline(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Note that the customer leaves no contact, and say that the case stays."""
    turn_id = base.turn_id(tracker)
    case = await base.services().database.write(
        lambda session: handoff.skip_contact(session, tracker.sender_id, turn_id)
    )
    if case is None:
        base.utter(dispatcher, "utter_stop")
    else:
        payload = {"ticket": case.payload()}
        base.utter(dispatcher, "utter_contact_skipped", payload, number=case.number, hours=case.hours)


class ActionStop(Action):
    """Ends what is going on: the form, when one is active, or what a person left when handing the chat back."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Leave the form, and say that the case stays."""
        known: Events = []
        if next(tracker.get_latest_entity_values("stopped_by"), None) == "staff":
            known = await go_on_from_people(dispatcher, tracker)
        elif await keep_contact(dispatcher, tracker):
            pass
        elif not (tracker.active_loop or {}).get("name"):
            if events := await answered_as_question(dispatcher, tracker):
                return events
            base.utter(dispatcher, "utter_stop")
        else:
            await decline(dispatcher, tracker)
        return [SlotSet("contact_needed", False), SlotSet("hand_off_due", False), *leave_form(), *known]
