"""Answering from the knowledge base: the answer, a choice, or an honest no."""

import asyncio
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy.orm import Session

from actions import base
from knowledge_base.search import SearchResult
from support.conversations import queries as conversations
from support.customers.identity import contact_in
from support.handoff import operations as handoff
from support.handoff.rules import complaint_is_question, failed_repeatedly
from support.tickets import queries as tickets
from support.turns.replies import answer_message, article_message, choices_message, nothing_message
from support.turns.several import search_all

Events = list[dict[str, Any]]

# Stands where an article's key would: the customer pressed "none of these".
NONE_OF_THESE = "none"


async def search(tracker: Tracker) -> list[SearchResult]:
    """Look the latest message up, in a thread; several results when several messages are each answered."""
    knowledge_base = base.services().knowledge_base
    return await asyncio.to_thread(search_all, knowledge_base, base.parts(tracker), base.language(tracker))


def tell(dispatcher: CollectingDispatcher, results: list[SearchResult]) -> None:
    """Say what a search brought."""
    result = results[0]
    if result.decision == "answer":
        for each in results:
            base.say(dispatcher, answer_message(each))
    elif result.decision == "choices":
        shown = choices_message(result, "")
        several = len(result.choices) > 1
        base.utter(dispatcher, "utter_choices" if several else "utter_one_choice", shown.payload, shown.trail)
    else:
        shown = nothing_message(result, "")
        base.utter(dispatcher, "utter_no_answer", shown.payload, shown.trail)


class ActionAnswer(Action):
    """Answers a question; after the second search in a row without a result a hand-off is due."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Search, say, and note whether a person should take over."""
        key = picked(tracker)
        if key is not None:
            said = await tell_choice(dispatcher, tracker, key)
            return [SlotSet("hand_off_due", False), SlotSet("person_offered", not said)]
        if await keep_contact(dispatcher, tracker):
            return [SlotSet("hand_off_due", False), SlotSet("person_offered", False)]
        results = await search(tracker)
        result = results[0]
        due = result.decision == "none" and await base.services().database.read(
            lambda session: _hand_off_due(session, tracker.sender_id, result.decision)
        )
        if due:
            # The hand-off says the words; the trail must be kept all the same.
            shown = nothing_message(result, "")
            base.utter(dispatcher, "utter_repeated_failure", None, shown.trail)
        else:
            tell(dispatcher, results)
        return [SlotSet("hand_off_due", due), SlotSet("person_offered", result.decision == "none" and not due)]


class ActionComplaint(Action):
    """Hands a complaint over, unless it is more likely a question that an article answers."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Answer what is rather a question, with a person offered; everything else is due for a hand-off."""
        result = (await search(tracker))[0]
        if not complaint_is_question(base.confidence(tracker), result.decision):
            return [SlotSet("hand_off_due", True)]
        message = answer_message(result)
        base.say(dispatcher, replace(message, payload=(message.payload or {}) | {"offer": ["person"]}))
        return [SlotSet("hand_off_due", False), SlotSet("person_offered", True)]


def _hand_off_due(session: Session, conversation_id: str, decision: str) -> bool:
    if tickets.open_for(session, conversation_id) is not None:
        return False
    latest = tickets.latest_for(session, conversation_id)
    since = latest.created_at if latest else None
    return failed_repeatedly(decision, conversations.recent_decisions(session, conversation_id, since))


async def tell_choice(dispatcher: CollectingDispatcher, tracker: Tracker, key: str) -> bool:
    """Say the article that was picked.

    "None of these", and an article that is gone meanwhile, are met with a request for other words
    and the offer of a person.

    Returns:
        Whether an article was said.
    """
    found = None
    if key != NONE_OF_THESE:
        found = base.services().knowledge_base.article(key, base.language(tracker))
    if found is None:
        base.utter(dispatcher, "utter_none_of_these", {"offer": ["person"]})
        return False
    base.say(dispatcher, article_message(found))
    return True


async def keep_contact(dispatcher: CollectingDispatcher, tracker: Tracker) -> bool:
    """Keep an e-mail address or phone number that comes after the form was left, when a case is open.

    Returns:
        Whether the message was a contact and was kept.
    """
    words = base.text(tracker)
    if contact_in(words) is None:
        return False
    turn_id = base.turn_id(tracker)
    saved = await base.services().database.write(
        lambda session: handoff.save_contact(session, tracker.sender_id, words, turn_id)
    )
    if saved is None:
        return False
    case, contact = saved
    base.utter(dispatcher, "utter_contact_saved", {"ticket": case.payload()}, number=case.number, contact=contact)
    return True


def picked(tracker: Tracker) -> str | None:
    """The article the customer pressed, if this turn is a pressed button."""
    return next(tracker.get_latest_entity_values("article"), None)
