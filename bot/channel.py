"""The input channel between the app and Rasa.

Rasa's REST channel tells neither intent nor confidence nor that an action failed, swallows exceptions
and ignores the auth token. This one asks for a shared secret and answers a whole turn.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from typing import Any, TypedDict

import msgspec
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from bot import action_calls, debug_lines, graph_runner, rule_lookup, tracker_copies
from bot.plain_json import encode
from bot.tracker_store import RecentTrackerStore

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Huilu-Secret"
# What is done otherwise than Rasa does it; each file says what, why, and what it gains.
REPLACEMENTS = (action_calls, debug_lines, graph_runner, rule_lookup, tracker_copies)


class _Sender(TypedDict):
    sender: str


class TurnBody(_Sender, total=False):
    """What a turn is asked with; `payload` `{"intent", "entities"}` in place of a text is a pressed button."""

    text: str | None
    payload: dict[str, Any] | None
    metadata: dict[str, Any] | None


_turn_decoder = msgspec.json.Decoder(TurnBody)


class WholeMessages(OutputChannel):
    """Collects what the bot says, each utterance whole (Rasa's own collector cuts words and data apart)."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Name that responses may be conditioned on."""
        return "huilu"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one utterance: its words, its data and the response it came from."""
        self.messages.append(
            {
                "text": message.get("text") or "",
                "custom": message.get("custom") or {},
                "response": message.get("utter_action"),
            }
        )

    async def send_text_message(self, recipient_id: str, text: str, **_: Any) -> None:
        """Keep words that Rasa sends by themselves."""
        self.messages.append({"text": text, "custom": {}, "response": None})


class HuiluChannel(InputChannel):
    """Takes one turn per request and answers with everything that came of it."""

    @classmethod
    def name(cls) -> str:
        """Path under /webhooks."""
        return "huilu"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> HuiluChannel:
        """Make the channel from credentials.yml, which must hold `secret`.

        The server does this before it loads the model, so this is where parts of Rasa are replaced.
        """
        secret = (credentials or {}).get("secret")
        if not secret:
            cls.raise_missing_credentials_exception()
        for replacement in REPLACEMENTS:
            replacement.install()
        return cls(str(secret))

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def blueprint(self, on_new_message: Any) -> Blueprint:
        """The routes: readiness, a turn, and forgetting a conversation; and what an orderly stop has to do."""
        routes = Blueprint("huilu_webhook")

        @routes.get("/")
        async def ready(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            loaded = bool(agent and agent.is_ready())
            return answer({"ready": loaded}, status=200 if loaded else 503)

        @routes.post("/turns")
        async def turn(request: Request) -> HTTPResponse:
            if not self._allowed(request):
                return answer({"detail": "wrong secret"}, status=401)
            try:
                body = _turn_decoder.decode(request.body)
            except msgspec.DecodeError as error:
                return answer({"detail": str(error)}, status=400)
            return answer(await handle_turn(request.app.ctx.agent, body))

        @routes.delete("/conversations/<sender>")
        async def forget(request: Request, sender: str) -> HTTPResponse:
            if not self._allowed(request):
                return answer({"detail": "wrong secret"}, status=401)
            agent = request.app.ctx.agent
            # A turn under way would store the conversation anew when it ends.
            async with agent.lock_store.lock(sender):
                # The file may just be written anew, and turns of others do not wait for that.
                return answer({"erased": await asyncio.to_thread(recent_trackers(agent).forget, sender)})

        @routes.listener("after_server_stop")  # type: ignore[untyped-decorator]
        async def stop(app: Any, _: asyncio.AbstractEventLoop) -> None:
            await action_calls.close()
            if getattr(app.ctx, "agent", None):
                recent_trackers(app.ctx.agent).close()

        return routes

    def _allowed(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret.encode())


def answer(content: dict[str, Any], status: int = 200) -> HTTPResponse:
    """A JSON response."""
    return raw(encode(content), status=status, content_type="application/json")


async def handle_turn(agent: Any, body: TurnBody) -> dict[str, Any]:
    """Let Rasa handle one turn, and log one line about it that holds nothing of what was said.

    A turn that is given up half-way, because whoever asked for it has gone, leaves the conversation as it was:
    its lock is released, and its tracker was never stored.

    Args:
        agent: Rasa's loaded agent.
        body: What the turn is asked with; the metadata (turn id, language, `trace` for the logs, ...) reaches
            the actions as it is.

    Returns:
        messages, intent, confidence, active_form and the names of actions that failed.
    """
    begun = time.perf_counter()
    metadata = body.get("metadata") or {}
    failures: list[str] = []
    action_calls.failed_actions.set(failures)
    action_calls.trace.set(readable(metadata.get("trace")))
    output = WholeMessages()
    message = UserMessage(
        text_for_rasa(body, metadata.get("language", "en")),
        output,
        body["sender"],
        input_channel=HuiluChannel.name(),
        metadata=metadata,
    )
    told: dict[str, Any] = {
        "event": "turn",
        "trace": action_calls.trace.get(),
        "turn_id": metadata.get("turn_id"),
        "conversation": message.sender_id,
    }
    try:
        await agent.handle_message(message)
    except BaseException as error:
        given_up = isinstance(error, asyncio.CancelledError)
        told["event"] = "turn_given_up" if given_up else "turn_failed"
        log(logging.INFO if given_up else logging.ERROR, told, begun, error=type(error).__name__)
        raise
    tracker = recent_trackers(agent).peek(message.sender_id)
    latest = tracker.latest_message if tracker else None
    intent = (latest.intent if latest else None) or {}
    understood = {"intent": intent.get("name"), "confidence": intent.get("confidence")}
    log(logging.INFO, told | understood, begun, failed_actions=failures)
    return {
        "messages": output.messages,
        **understood,
        "active_form": tracker.active_loop_name if tracker else None,
        "failed_actions": failures,
    }


def log(level: int, told: dict[str, Any], begun: float, **more: Any) -> None:
    """Log one JSON object, with the milliseconds since `begun`."""
    if logger.isEnabledFor(level):
        line = told | {"milliseconds": round((time.perf_counter() - begun) * 1000, 1)} | more
        logger.log(level, encode(line).decode())


def readable(trace: Any) -> str:
    """A trace id as it may stand in a header and in a log: short, and plain characters only."""
    return "".join(sign for sign in str(trace or "")[:128] if sign.isascii() and sign.isprintable())


def recent_trackers(agent: Any) -> RecentTrackerStore:
    """Our tracker store, out of the wrappers that Rasa puts around it.

    Raises:
        TypeError: When endpoints.yml names another tracker store.
    """
    store = agent.tracker_store
    while not isinstance(store, RecentTrackerStore):
        inner = getattr(store, "_tracker_store", None)
        if inner is None:
            raise TypeError("endpoints.yml must name bot.tracker_store.RecentTrackerStore as the tracker store.")
        store = inner
    return store


def text_for_rasa(body: TurnBody, language: str) -> str:
    """The text as Rasa should read it.

    A customer's own leading slash must not become a command ("/restart"), and only our payloads may be one.
    Payloads carry the language, because Rasa reads them past the NLU pipeline.
    """
    payload = body.get("payload")
    if payload:
        entities = {**(payload.get("entities") or {}), "language": language}
        return f"/{payload['intent']}{json.dumps(entities, ensure_ascii=False)}"
    text = str(body.get("text") or "")
    stripped = text.lstrip()
    return "／" + stripped[1:] if stripped.startswith("/") else text
