"""Trackers for the tests that run in Rasa's interpreter."""

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

DOMAIN = Domain.load("domain.yml")


def tracker(*events: Event, sender: str = "c") -> DialogueStateTracker:
    """A tracker with these events, or with a message that nothing answered yet."""
    default = [ActionExecuted("action_listen"), said("hi", "greet")]
    return DialogueStateTracker.from_events(sender, list(events) or default, slots=DOMAIN.slots)


def said(text: str, intent: str = "question") -> UserUttered:
    """A message of the customer."""
    return UserUttered(text, intent={"name": intent, "confidence": 0.9}, metadata={"turn_id": text})


def start() -> list[Event]:
    """How a session starts."""
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


def turn(text: str, *more: Event, action: str = "action_answer") -> list[Event]:
    """A turn from the message to the bot's listening."""
    answer = BotUttered(f"about {text}", {"custom": {"trail": {"query": text}}}, {"utter_action": "utter_choices"})
    return [said(text), ActionExecuted(action), answer, *more, ActionExecuted("action_listen")]


def form_opened() -> list[Event]:
    """What happens when the form is opened within a turn."""
    return [ActionExecuted("contact_form"), ActiveLoop("contact_form"), SlotSet("requested_slot", "contact")]
