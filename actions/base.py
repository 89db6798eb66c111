"""What every action needs: the services, the facts of the turn, and utterances with data."""

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from support.turns.handed_back import with_people
from support.turns.replies import BotMessage
from texts.catalogue import LANGUAGES


@dataclass(frozen=True)
class Services:
    """The parts of the app that actions work with."""

    database: Database
    knowledge_base: KnowledgeBase


class ServicesMissing(RuntimeError):
    """An action ran before the app handed its services over."""


_bound: list[Services] = []


def bind(services: Services) -> None:
    """Hand the services to all actions; the app does this once at start."""
    _bound[:] = [services]


def services() -> Services:
    """The services; raises ServicesMissing before `bind`."""
    if not _bound:
        raise ServicesMissing
    return _bound[0]


def turn_id(tracker: Tracker) -> str | None:
    """Which turn this is: side effects are unique by it."""
    value = _metadata(tracker).get("turn_id")
    return str(value) if value else None


def parts(tracker: Tracker) -> list[str]:
    """The customer's messages that this turn answers, oldest first."""
    return [str(part) for part in _metadata(tracker).get("parts") or [text(tracker)]]


def handed_back(tracker: Tracker) -> dict[str, Any] | None:
    """What was talked about with people who hand the chat back just now; None in every other turn."""
    return with_people(_metadata(tracker).get("handed_back"))


def language(tracker: Tracker) -> str:
    """The language to answer in."""
    told = _metadata(tracker).get("language") or tracker.get_slot("language")
    return told if told in LANGUAGES else "en"


def intent(tracker: Tracker) -> str:
    """The intent of the latest message; empty when there is none."""
    return str(((tracker.latest_message or {}).get("intent") or {}).get("name") or "")


def confidence(tracker: Tracker) -> float:
    """How sure the intent of the latest message is, 0 to 1."""
    return float(((tracker.latest_message or {}).get("intent") or {}).get("confidence") or 0.0)


def text(tracker: Tracker) -> str:
    """The words of the latest message."""
    return str((tracker.latest_message or {}).get("text") or "")


def say(dispatcher: CollectingDispatcher, message: BotMessage) -> None:
    """Utter a message of ours with its payload and trail."""
    dispatcher.utter_message(text=message.text, json_message=_custom(message.payload, message.trail))


def utter(
    dispatcher: CollectingDispatcher,
    response: str,
    payload: dict[str, Any] | None = None,
    trail: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Utter a response of the domain, in the customer's language, with data beside the words."""
    dispatcher.utter_message(response=response, json_message=_custom(payload, trail), **values)


def _custom(payload: dict[str, Any] | None, trail: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (("payload", payload), ("trail", trail)) if value}


def _metadata(tracker: Tracker) -> dict[str, Any]:
    return (tracker.latest_message or {}).get("metadata") or {}
