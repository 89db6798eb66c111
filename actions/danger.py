"""Danger to people: care first, then a red case and a person."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import answered_as_question
from actions.asides import answer_if_found
from support.understanding.danger import KINDS, danger_in

Events = list[dict[str, Any]]

# Among messages without a word of `danger.toml`, most that are less sure than this are about something else.
SURE_DANGER = 0.85


class ActionDanger(Action):
    """Says what to do now, before anything else. The hand-off that follows opens a red case."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_danger"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Care."""
        kind = next(tracker.get_latest_entity_values("danger"), None)
        if kind not in KINDS:
            kind = next((found for part in base.parts(tracker) if (found := danger_in(part))), "other")
        # No word of danger, only its tone: an article that answers says more than an alarm.
        unsure = kind == "other" and base.confidence(tracker) < SURE_DANGER
        if unsure and (events := await answered_as_question(dispatcher, tracker)):
            return [*events, SlotSet("complaint_path", None)]
        base.utter(dispatcher, f"utter_care_{kind}", {"care": kind})
        if kind == "other":
            await answer_if_found(dispatcher, tracker, choices=False)
        return [SlotSet("complaint_path", None), SlotSet("hand_off_due", True)]
