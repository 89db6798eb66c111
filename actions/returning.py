"""The chat comes back from people: the bot goes on where they were, and shows that it knows."""

import asyncio
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import base
from knowledge_base.articles.queries import PublishedArticle
from support.turns.follow_up import Topic
from support.turns.handed_back import handed_back_message

Events = list[dict[str, Any]]


async def go_on_from_people(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Say where things stand, and talk about from now on what people and the customer talked about last."""
    context = base.handed_back(tracker)
    if context is None:
        base.utter(dispatcher, "utter_affirm")
        return []
    article = await asyncio.to_thread(_talked_about, context, base.language(tracker))
    title = article.question if article is not None else ""
    base.say(dispatcher, handed_back_message(base.language(tracker), context, title))
    events: Events = [SlotSet("choices", None), SlotSet("person_offered", False)]
    if article is not None:
        topic = Topic(article.key, str(context.get("question") or article.question))
        events.append(SlotSet("topic", topic.as_slot()))
    return events


def _talked_about(context: dict[str, Any], language: str) -> PublishedArticle | None:
    """The article that a colleague used last; else the one that answers what the customer asked last."""
    knowledge_base = base.services().knowledge_base
    if context.get("article"):
        return knowledge_base.article(str(context["article"]), language)
    if not context.get("question"):
        return None
    found = knowledge_base.search(str(context["question"]), language)
    if found.decision != "answer":
        return None
    return knowledge_base.article(found.candidates[0].article_id, language)
