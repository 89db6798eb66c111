"""Answering from the knowledge base: the answer, a choice, or an honest no."""

import asyncio
import re
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy.orm import Session

from actions import base
from actions.fields import leave_form
from actions.handoff import tell_confirmation
from knowledge_base.decision import MAX_CHOICES
from knowledge_base.search import SearchResult
from support.conversations import queries as conversations
from support.customers.identity import contact_in
from support.handoff import operations as handoff
from support.handoff.rules import failed_repeatedly, rather_a_question
from support.tickets import queries as tickets
from support.turns.follow_up import Topic, follow_up, with_topic, with_topic_offered
from support.turns.replies import answer_message, article_message, choices_message, nothing_message
from support.turns.several import search_all
from support.understanding.choosing import chosen
from support.understanding.follow_ups import is_half, points_back
from support.understanding.form_words import did_not_help, looks_like_question
from support.understanding.instructions import is_instruction
from support.understanding.mood import is_angry

Events = list[dict[str, Any]]

# Stands where an article's key would: the customer pressed "none of these".
NONE_OF_THESE = "none"


async def search(tracker: Tracker, topic: Topic | None = None, parts: list[str] | None = None) -> list[SearchResult]:
    """Look the latest message up, in a thread; several results when several messages are each answered.

    Args:
        topic: What was talked about; words that say nothing by themselves are read together with it.
        parts: What is to be looked up, when it is not the whole message.
    """
    knowledge_base = base.services().knowledge_base
    context = topic.question if topic is not None else None
    asked = parts or base.parts(tracker)
    return await asyncio.to_thread(search_all, knowledge_base, asked, base.language(tracker), context)


def picked_by_words(tracker: Tracker) -> str | None:
    """The article that words such as "the second one" pick among those offered last; NONE_OF_THESE for none of them."""
    choices = tracker.get_slot("choices")
    if not choices:
        return None
    position = chosen(base.text(tracker), [title for _, title in choices])
    if position is None:
        return None
    return NONE_OF_THESE if position < 0 else str(choices[position][0])


def after_choice(key: str, said: bool) -> Events:
    """The slots after a choice was made; `said` tells whether an article came of it."""
    events: Events = [SlotSet("hand_off_due", False), SlotSet("person_offered", not said), SlotSet("choices", None)]
    return [*events, SlotSet("topic", Topic(key, "").as_slot())] if said else events


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
        key = picked(tracker) or picked_by_words(tracker)
        if key is not None:
            said = await tell_choice(dispatcher, tracker, key)
            return after_choice(key, said)
        words = base.text(tracker)
        if did_not_help(words):
            return [SlotSet("hand_off_due", False), *met_unhelpful(dispatcher, tracker)]
        bare = _BARE_NUMBER.match(words) or (len(words) <= LONGEST_PICK and chosen(words, _UNSEEN) is not None)
        if bare and not tracker.get_slot("choices"):
            base.utter(dispatcher, "utter_nothing_to_choose", {"offer": ["person"]})
            return _settled()
        if not _SAYS_SOMETHING.search(words):
            base.utter(dispatcher, "utter_say_more")
            return _settled()
        if await keep_contact(dispatcher, tracker):
            return [*_settled(), SlotSet("choices", None), SlotSet("contact_needed", False), *leave_form()]
        if is_instruction(words):
            return refused_instruction(dispatcher)
        angry = is_angry(words)
        if angry:
            base.utter(dispatcher, "utter_anger", {"offer": ["person"]})
        topic = Topic.from_slot(tracker.get_slot("topic"))
        followed = await _followed(dispatcher, tracker, topic) if topic and len(base.parts(tracker)) == 1 else []
        return followed or await _searched(dispatcher, tracker, topic, angry)


def met_unhelpful(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Regret that an answer did not help; offer what is beside it, and a person."""
    knowledge_base, language = base.services().knowledge_base, base.language(tracker)
    topic = Topic.from_slot(tracker.get_slot("topic"))
    found = [knowledge_base.article(key, language) for key in (_related(topic, language) if topic else ())]
    beside = [each for each in found if each is not None][:MAX_CHOICES]
    offered: dict[str, Any] = {"offer": ["person"]}
    if beside:
        offered["choices"] = [{"article_id": each.key, "title": each.question} for each in beside]
    base.utter(dispatcher, "utter_unhelpful_with_more" if beside else "utter_answer_unhelpful", offered)
    kept = [[each.key, each.question] for each in beside] or None
    return [SlotSet("person_offered", True), SlotSet("choices", kept)]


def refused_instruction(dispatcher: CollectingDispatcher) -> Events:
    """Say what we are here for, to somebody who gives orders about our own rules."""
    base.utter(dispatcher, "utter_instruction", {"offer": ["person"]})
    return [*_settled(), SlotSet("choices", None)]


# A letter, digit or character; "..." and "?" are somebody waiting, and no question that went unanswered.
_SAYS_SOMETHING = re.compile(r"[^\W_]")
# A number that answers no question of ours, and is too short for an order's or a phone's.
_BARE_NUMBER = re.compile(r"^\W*\d{1,6}\W*$")
# Longer words say more than which choice is meant.
LONGEST_PICK = 12
# As many choices as may ever be offered, with words nobody says.
_UNSEEN = ("\0",) * 3


def _settled() -> Events:
    return [SlotSet("hand_off_due", False), SlotSet("person_offered", False)]


async def _followed(dispatcher: CollectingDispatcher, tracker: Tracker, topic: Topic) -> Events:
    """Answer a question that needs the one before; no events when it is none of these."""
    knowledge_base, words, language = base.services().knowledge_base, base.text(tracker), base.language(tracker)
    found = await asyncio.to_thread(follow_up, knowledge_base, words, language, topic)
    if found is None:
        return []
    base.say(dispatcher, found.message)
    following = Topic(found.article_id, topic.question if found.article_id == topic.article_id else words)
    return [*_settled(), SlotSet("choices", None), SlotSet("topic", following.as_slot())]


async def _searched(dispatcher: CollectingDispatcher, tracker: Tracker, topic: Topic | None, angry: bool) -> Events:
    results = await search(tracker, topic)
    if topic is not None and len(results) == 1:
        results = [with_topic(results[0], topic, _related(topic, base.language(tracker)))]
        results = [_with_pointed_at(tracker, results[0], topic)]
    results = _chosen_by_meaning(tracker, results)
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
    offered = angry or (result.decision == "none" and not due)
    return [SlotSet("hand_off_due", due), SlotSet("person_offered", offered), *_remembered(results)]


def _chosen_by_meaning(tracker: Tracker, results: list[SearchResult]) -> list[SearchResult]:
    """Words that lead to one of the articles just offered choose it ("the one about how long it lasts")."""
    offered = {key for key, _ in tracker.get_slot("choices") or ()}
    found = results[0]
    if (
        len(results) > 1
        or found.decision != "choices"
        or len(offered) < 2
        or found.candidates[0].article_id not in offered
    ):
        return results
    article = base.services().knowledge_base.article(found.candidates[0].article_id, found.language)
    return [replace(found, decision="answer", offered=1, answer=article.answer)] if article else results


def _with_pointed_at(tracker: Tracker, result: SearchResult, topic: Topic) -> SearchResult:
    """The search with the article offered that a question points back to, but not twice in a row."""
    before = {key for key, _ in tracker.get_slot("choices") or ()}
    article = base.services().knowledge_base.article(topic.article_id, base.language(tracker))
    if article is None or article.key in before or not points_back(base.text(tracker)):
        return result
    return with_topic_offered(result, article, topic)


def _related(topic: Topic, language: str) -> tuple[str, ...]:
    article = base.services().knowledge_base.article(topic.article_id, language)
    return article.related if article is not None else ()


def _remembered(results: list[SearchResult]) -> Events:
    """What later messages may refer to: the article that was answered, or those that were offered."""
    result = results[0]
    if result.decision == "answer":
        topic = Topic(results[-1].candidates[0].article_id, results[-1].query)
        return [SlotSet("choices", None), SlotSet("topic", topic.as_slot())]
    if result.decision == "choices":
        events: Events = [SlotSet("choices", [[each.article_id, each.title] for each in result.choices])]
        if len(result.choices) == 1:
            # What people say next is about the only thing that was offered, whether they press it or not.
            events.append(SlotSet("topic", Topic(result.choices[0].article_id, result.query).as_slot()))
        return events
    return [SlotSet("choices", None)]


async def answered_as_question(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Answer what sounds like another act but is more likely a question; nothing said, when it is not."""
    words = base.text(tracker)
    if is_instruction(words):
        return refused_instruction(dispatcher)
    if key := picked_by_words(tracker):
        return after_choice(key, await tell_choice(dispatcher, tracker, key))
    topic = Topic.from_slot(tracker.get_slot("topic"))
    if topic is not None and is_half(words) and (events := await _followed(dispatcher, tracker, topic)):
        return events
    results = await search(tracker)
    if not rather_a_question(base.confidence(tracker), results[0].decision, looks_like_question(words)):
        return []
    tell(dispatcher, results)
    return [*_settled(), *_remembered(results)]


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
    base.say(dispatcher, article_message(found, base.language(tracker)))
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
    base.utter(
        dispatcher,
        "utter_contact_saved",
        {"ticket": case.payload()},
        number=case.number,
        contact=contact,
        hours=case.hours,
    )
    tell_confirmation(dispatcher, tracker, case)
    return True


def picked(tracker: Tracker) -> str | None:
    """The article the customer pressed, if this turn is a pressed button."""
    return next(tracker.get_latest_entity_values("article"), None)
