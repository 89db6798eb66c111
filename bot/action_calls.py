"""Calls from Rasa to our actions: one kept connection, a short limit, a compiled check, and failures that are told.

Replaces `RemoteAction.run` of Rasa 3.6.21, because as it is
- it opens a connection for every call and waits up to 300 s;
- it compiles the JSON schema of the answer anew each time (measured: half of a turn's time);
- it sends the whole domain and every event of the conversation with each call, which our actions do not read;
- a failing action is only logged, and the customer is answered with nothing.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import Any

import aiohttp
import rasa
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core import events as rasa_events
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

logger = logging.getLogger(__name__)

ACTION_SECONDS = 4.0
RECENT_EVENTS = 30

# Names of the actions that failed during the turn being handled; the input channel sets a fresh list per turn.
failed_actions: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("failed_actions", default=None)

_SCHEMA = RemoteAction.action_response_format_spec()
_VALIDATOR = validator_for(_SCHEMA)(_SCHEMA)
_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


def install() -> None:
    """Make Rasa call actions our way.

    Raises:
        RuntimeError: When this is another Rasa than the one the replacement was written for.
    """
    if rasa.__version__ != "3.6.21":
        raise RuntimeError(f"bot/action_calls.py was written for Rasa 3.6.21, but this is {rasa.__version__}.")
    RemoteAction.run = _run  # type: ignore[method-assign]


def call_body(name: str, tracker: DialogueStateTracker) -> dict[str, Any]:
    """What an action is told: slots, the latest message and the last few events, but no domain."""
    state = tracker.current_state(EventVerbosity.NONE)
    # Rasa leaves the metadata out of the latest message; the turn id and the language are in it.
    latest = tracker.latest_message
    state["latest_message"] = {**(state["latest_message"] or {}), "metadata": latest.metadata if latest else {}}
    state["events"] = [event.as_dict() for event in list(tracker.events)[-RECENT_EVENTS:]]
    return {
        "next_action": name,
        "sender_id": tracker.sender_id,
        "tracker": state,
        "domain": {},
        "version": rasa.__version__,
    }


async def _run(self: RemoteAction, output_channel: Any, nlg: Any, tracker: Any, domain: Any) -> list[Event]:
    try:
        answer = await _post(self.action_endpoint, call_body(self.name(), tracker), self.name())
        _VALIDATOR.validate(answer)
        messages = await self._utter_responses(answer.get("responses", []), output_channel, nlg, tracker)
        return [*messages, *rasa_events.deserialise_events(answer.get("events", []))]
    except ActionExecutionRejection:
        raise
    except Exception as error:
        failures = failed_actions.get()
        if failures is not None:
            failures.append(self.name())
        raise RasaException(f"The action {self.name()} failed: {error!r}") from error


async def _post(endpoint: EndpointConfig | None, body: dict[str, Any], name: str) -> dict[str, Any]:
    if endpoint is None:
        raise RasaException("endpoints.yml names no action_endpoint.")
    async with _session().post(endpoint.url, json=body, headers=endpoint.headers) as response:
        if response.status == 400:
            rejection = await response.json()
            raise ActionExecutionRejection(rejection.get("action_name", name), rejection.get("error"))
        response.raise_for_status()
        return await response.json()


def _session() -> aiohttp.ClientSession:
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None or session.closed:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ACTION_SECONDS))
        _sessions[loop] = session
    return session
