"""Asking how it was, at the end of a chat."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import answered_as_question
from support.satisfaction import queries as ratings
from support.understanding.follow_ups import is_half

Events = list[dict[str, Any]]


class ActionGoodbye(Action):
    """Says goodbye and, once, asks for a rating of the conversation."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_goodbye"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Say goodbye; whoever has rated already is not asked again."""
        if is_half(base.text(tracker)) and (events := await answered_as_question(dispatcher, tracker)):
            return events
        given = await base.services().database.read(lambda session: ratings.of_conversation(session, tracker.sender_id))
        rated = any(rating.kind == "csat" for rating in given)
        survey = None if rated else {"survey": {"kind": "csat", "subject_id": tracker.sender_id}}
        base.utter(dispatcher, "utter_goodbye", survey)
        return []
