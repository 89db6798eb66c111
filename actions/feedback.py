"""Suggestions and praise: kept with a receipt."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import answered_as_question
from actions.asides import answer_if_found, say_courtesy
from actions.fields import empty_fields
from support.complaints.rules import SKIPPED
from support.feedback import operations as feedback
from support.feedback.rules import KINDS, READ_WITHIN_DAYS, says_something
from support.understanding.form_words import looks_like_question, steering_in

Events = list[dict[str, Any]]


class ActionFeedback(Action):
    """Keeps what was suggested or praised; when it was only announced, the form asks for it."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_feedback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Keep it, or begin to ask."""
        kind, words = base.intent(tracker), base.text(tracker)
        if events := await answered_as_question(dispatcher, tracker):
            return [*events, SlotSet("feedback_path", "done")]
        if not says_something(words):
            return [*empty_fields(), SlotSet("feedback_kind", kind), SlotSet("feedback_path", "form")]
        await keep(dispatcher, tracker, kind, words)
        return [SlotSet("feedback_path", "done")]


class ValidateFeedbackForm(Action):
    """Takes any words as the feedback, but for a question, a courtesy or a wish to leave it."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_feedback_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Take it, or answer what came in between."""
        words = tracker.get_slot("feedback_text")
        if not words or not tracker.get_slot("requested_slot"):
            return []
        steering = steering_in(words, "feedback_text", ("feedback_text",), ())
        if steering is not None or base.intent(tracker) in ("skip", "deny", "stop"):
            return [SlotSet("feedback_text", SKIPPED)]
        if base.intent(tracker) == "affirm" and not says_something(words):
            return [SlotSet("feedback_text", None)]
        question = looks_like_question(words) and base.intent(tracker) not in KINDS
        asked = question and await answer_if_found(dispatcher, tracker, choices=False)
        if asked or (not says_something(words) and say_courtesy(dispatcher, tracker)):
            return [SlotSet("feedback_text", None)]
        return [SlotSet("feedback_text", words)]


class ActionKeepFeedback(Action):
    """Keeps what the form was told."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_keep_feedback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Keep it and give the receipt; or let it be."""
        words = str(tracker.get_slot("feedback_text") or "")
        if words and words != SKIPPED:
            await keep(dispatcher, tracker, str(tracker.get_slot("feedback_kind") or "suggestion"), words)
        else:
            base.utter(dispatcher, "utter_stop")
        return [*empty_fields(), SlotSet("feedback_path", None)]


async def keep(dispatcher: CollectingDispatcher, tracker: Tracker, kind: str, words: str) -> None:
    """Store feedback and say its number."""
    turn_id = base.turn_id(tracker)
    kept = await base.services().database.write(
        lambda session: feedback.keep(session, tracker.sender_id, kind, words, turn_id).number
    )
    payload = {"receipt": {"number": kept, "kind": kind}}
    base.utter(dispatcher, f"utter_{kind}_kept", payload, number=kept, days=READ_WITHIN_DAYS)
