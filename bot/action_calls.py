"""Calls from Rasa to our actions: one kept connection, a short limit, a quick check, and failures that are told.

Replaces `RemoteAction.run` of Rasa 3.6.21, because as it is
- it opens a connection for every call and waits up to 300 s;
- it compiles the JSON schema of the answer anew each time and walks it in Python (measured: half of a turn's
  time; 1.1 ms even when compiled once);
- it sends the whole domain and every event of the conversation with each call, which our actions do not read;
- a failing action is only logged, and the customer is answered with nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import aiohttp
import msgspec
import rasa
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core import events as rasa_events
from rasa.shared.core.constants import SESSION_START_METADATA_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.plain_json import encode
from bot.rasa_version import require_written_for

ACTION_SECONDS = 4.0
TRACE_HEADER = "X-Huilu-Trace"

# Names of the actions that failed during the turn being handled; the input channel sets a fresh list per turn.
failed_actions: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("failed_actions", default=None)
# Under which id the app's logs know the turn being handled; empty when it has none.
trace: contextvars.ContextVar[str] = contextvars.ContextVar("trace", default="")

_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


class Answer(msgspec.Struct):
    """What an action returns."""

    events: list[dict[str, Any]] = []
    responses: list[dict[str, Any]] = []


class _Slot(msgspec.Struct):
    name: str
    value: Any
    timestamp: float | None = None


class _Loop(msgspec.Struct):
    name: str | None
    timestamp: float | None = None


_decoder = msgspec.json.Decoder(Answer)


def install() -> None:
    """Make Rasa call actions our way.

    Raises:
        RuntimeError: When this is another Rasa than the one the replacement was written for.
    """
    require_written_for("bot/action_calls.py")
    RemoteAction.run = _run


def call_body(name: str, tracker: DialogueStateTracker) -> dict[str, Any]:
    """What an action is told: slots, the latest message, the form and the recent events, but no domain."""
    slots = tracker.current_slot_values()
    # A copy of the first message's metadata, for actions that begin a session; we have none.
    slots.pop(SESSION_START_METADATA_SLOT, None)
    latest = tracker.latest_message
    message: dict[str, Any] = {}
    if latest is not None:
        # Rasa leaves the metadata out of the latest message; the turn id and the language are in it.
        message = {**latest.parse_data, "entities": latest.entities, "metadata": latest.metadata}
        message.pop("text_tokens", None)
    return {
        "next_action": name,
        "sender_id": tracker.sender_id,
        "tracker": {
            "sender_id": tracker.sender_id,
            "slots": slots,
            "latest_message": message,
            "latest_input_channel": tracker.get_latest_input_channel(),
            "latest_action_name": tracker.latest_action_name,
            "followup_action": tracker.followup_action,
            "paused": tracker.is_paused(),
            "active_loop": {"name": tracker.active_loop.name} if tracker.active_loop else {},
            "events": [_told(event) for event in tracker.events],
        },
        "domain": {},
        "version": rasa.__version__,
    }


def _told(event: Event) -> dict[str, Any]:
    """An event as actions read it: what happened, without policies, parse results and the data of utterances."""
    told: dict[str, Any] = {"event": event.type_name, "timestamp": event.timestamp}
    if isinstance(event, ActionExecuted):
        return told | {"name": event.action_name}
    if isinstance(event, SlotSet):
        return told | {"name": event.key, "value": event.value}
    if isinstance(event, UserUttered):
        return told | {"text": event.text, "input_channel": event.input_channel}
    if isinstance(event, BotUttered):
        return told | {"text": event.text, "metadata": {"utter_action": event.metadata.get("utter_action")}}
    whole: dict[str, Any] = event.as_dict()
    return whole


async def _run(self: RemoteAction, output_channel: Any, nlg: Any, tracker: Any, domain: Any) -> list[Event]:
    try:
        answer = await _post(self.action_endpoint, call_body(self.name(), tracker), self.name())
        messages = await self._utter_responses(answer.responses, output_channel, nlg, tracker)
        return [*messages, *(_event(told) for told in answer.events)]
    except ActionExecutionRejection:
        raise
    except Exception as error:
        failures = failed_actions.get()
        if failures is not None:
            failures.append(self.name())
        raise RasaException(f"The action {self.name()} failed (trace {trace.get() or '-'}): {error!r}") from error


def _event(told: dict[str, Any]) -> Event:
    """An event out of an action's answer. Rasa looks through all classes of events for each, twice."""
    kind = told.get("event")
    if kind == SlotSet.type_name:
        slot = msgspec.convert(told, _Slot)
        return SlotSet(slot.name, slot.value, timestamp=slot.timestamp)
    if kind == ActiveLoop.type_name:
        loop = msgspec.convert(told, _Loop)
        return ActiveLoop(loop.name, timestamp=loop.timestamp)
    (event,) = rasa_events.deserialise_events([told])
    return event


async def _post(endpoint: EndpointConfig | None, body: dict[str, Any], name: str) -> Answer:
    if endpoint is None:
        raise RasaException("endpoints.yml names no action_endpoint.")
    headers = {**endpoint.headers, TRACE_HEADER: trace.get(), "Content-Type": "application/json"}
    timeout = aiohttp.ClientTimeout(total=ACTION_SECONDS)
    async with _session().post(endpoint.url, data=encode(body), headers=headers, timeout=timeout) as response:
        status, answer = response.status, await response.read()
    if status == 400:
        rejection = msgspec.json.decode(answer)
        raise ActionExecutionRejection(rejection.get("action_name", name), rejection.get("error"))
    if status != 200:
        raise RasaException(f"{endpoint.url} answered with status {status}.")
    return _decoder.decode(answer)


def _session() -> aiohttp.ClientSession:
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None or session.closed:
        session = _sessions[loop] = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    return session


async def close() -> None:
    """Close the connections of the running loop."""
    session = _sessions.pop(asyncio.get_running_loop(), None)
    if session is not None:
        await session.close()
