"""Long conversations with the trained model, the same ones at every call, and what came of each turn."""

import json
import os
import random
from copy import deepcopy
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import action_calls
from bot.action_calls import Answer
from bot.channel import WholeMessages, text_for_rasa
from tests.bot.acting import act

TURNS = 90
CONVERSATIONS = ("c1", "c2", "offline1", "offline2", "offline3")
SAYINGS: list[dict[str, Any]] = [
    *({"text": text} for text in (
        "hello", "how do I return something", "怎么退货", "will it snow on mars", "明天会下雪吗", "yes", "no", "thanks",
        "bye", "are you a robot", "tell me a joke", "stop", "I want to talk to a person", "转人工", "asdf qwer",
        "this is outrageous, I will sue you", "you charged my card twice", "me@example.com", "me@example", "/restart",
        "my number is 0912 345 678", "😀", "", "I want to make a complaint", "我要投诉", "skip this question", "跳過",
        "20261120-8841", "very serious", "my money back", "the order number was wrong", "where is my case",
        "what about T-1001", "T-1002", "I have a suggestion", "please add a dark mode to the app", "我想提个建议",
        "my charger caught fire", "you are stupid", "the second one",
    )),
    # What is said in a form, more often than its share, so that the forms are also filled to their end.
    *({"text": text} for text in ("me@example.com", "20261120-8841", "I want to make a complaint") * 2),
    {"payload": {"intent": "danger", "entities": {"danger": "fire"}}},
    {"payload": {"intent": "question", "entities": {"article": "a1"}}},
    {"payload": {"intent": "ask_for_person", "entities": {"handoff_reason": "low_rating"}}},
    {"payload": {"intent": "stop", "entities": {"stopped_by": "staff"}}},
]  # fmt: skip


class WholeTrackers(TrackerStore):
    """Keeps every tracker as it is, with all its events, as Rasa works by itself."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        self.__dict__.setdefault("kept", {})[tracker.sender_id] = tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        return self.__dict__.get("kept", {}).get(sender_id)


def agent_with(store: Any) -> Agent:
    agent = Agent(tracker_store=store, action_endpoint=EndpointConfig("http://127.0.0.1:1/"))
    agent.load_model(os.environ["RASA_MODEL"])
    return agent


async def acted(endpoint: Any, body: dict[str, Any], name: str) -> Answer:
    return action_calls._decoder.decode(json.dumps(act(json.loads(json.dumps(body)))))


async def talk(agent: Agent, seed: int = 7) -> list[dict[str, Any]]:
    """What came of each turn of some long conversations."""
    chance, turns = random.Random(seed), []
    for number in range(TURNS * len(CONVERSATIONS)):
        sender = CONVERSATIONS[number % len(CONVERSATIONS)]
        body = chance.choice(SAYINGS)
        language = chance.choice(["en", "zh-Hans", "zh-Hant"])
        output, failures = WholeMessages(), []
        action_calls.failed_actions.set(failures)
        metadata = {"turn_id": str(number), "language": language}
        await agent.handle_message(
            UserMessage(text_for_rasa(body, language), output, sender, input_channel="huilu", metadata=metadata)
        )
        tracker = await agent.tracker_store.retrieve(sender)
        assert tracker is not None and tracker.latest_message is not None
        turns.append(
            {
                "said": body,
                "sender": sender,
                "messages": deepcopy(output.messages),
                "intent": tracker.latest_message.intent,
                "entities": tracker.latest_message.entities,
                "form": tracker.active_loop_name,
                "requested": tracker.get_slot("requested_slot"),
                "slots": {k: v for k, v in tracker.current_slot_values().items() if k != "session_started_metadata"},
                "actions": actions_of_last_turn(list(tracker.events)),
                "failed": failures,
            }
        )
    return turns


def actions_of_last_turn(events: list[Event]) -> list[tuple[str, float, bool]]:
    """Names of the actions since the last message, with what the policy said about each."""
    last = max(number for number, event in enumerate(events) if event.type_name == "user")
    return [
        (event.action_name, event.confidence, event.hide_rule_turn)
        for event in events[last:]
        if isinstance(event, ActionExecuted)
    ]
