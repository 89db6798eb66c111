"""Asking how it was: at the end of a chat, and after a task."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import base
from actions.answer import answered_as_question
from support.satisfaction import asking
from support.satisfaction.timing import Moment
from support.understanding.follow_ups import is_half
from support.understanding.mood import is_angry

Events = list[dict[str, Any]]


class ActionGoodbye(Action):
    """Says goodbye and, once, asks for a rating of the conversation."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_goodbye"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Say goodbye; whoever was asked already is not asked again."""
        if is_half(base.text(tracker)) and (events := await answered_as_question(dispatcher, tracker)):
            return events
        base.utter(dispatcher, "utter_goodbye", await survey_part(tracker, "goodbye"))
        return []


async def survey_part(tracker: Tracker, moment: Moment) -> dict[str, Any]:
    """The `survey` part of a message's payload; empty when nothing is asked now.

    That it was asked is noted when the message is stored (see support/satisfaction/asking.py).
    """
    found = await base.services().database.read(lambda session: asking.may_ask(session, tracker.sender_id, moment))
    return {"survey": found} if found else {}


async def ease_part(tracker: Tracker, *words: str) -> dict[str, Any]:
    """The same after a task that the assistant has done; the angry are not asked how easy it was.

    Args:
        words: What the customer said beside the latest message.
    """
    if any(is_angry(each) for each in (base.text(tracker), *words)):
        return {}
    return await survey_part(tracker, "task")
