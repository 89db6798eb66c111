"""The input channel between the app and Rasa.

Rasa's REST channel tells neither intent nor confidence nor that an action failed, swallows exceptions
and ignores the auth token. This one asks for a shared secret and answers a whole turn.
"""

from __future__ import annotations

import hmac
import json
import logging
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import action_calls
from bot.tracker_store import RecentTrackerStore

logger = logging.getLogger(__name__)
action_calls.install()

SECRET_HEADER = "X-Huilu-Secret"


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
        """Make the channel from credentials.yml, which must hold `secret`."""
        if not credentials or not credentials.get("secret"):
            cls.raise_missing_credentials_exception()
        return cls(str(credentials["secret"]))

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def blueprint(self, on_new_message: Any) -> Blueprint:
        """The routes: readiness, a turn, and forgetting a conversation."""
        routes = Blueprint("huilu_webhook")

        @routes.get("/")
        async def ready(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            loaded = bool(agent and agent.is_ready())
            return response.json({"ready": loaded}, status=200 if loaded else 503)

        @routes.post("/turns")
        async def turn(request: Request) -> HTTPResponse:
            if not self._allowed(request):
                return response.json({"detail": "wrong secret"}, status=401)
            return response.json(await handle_turn(request.app.ctx.agent, request.json))

        @routes.delete("/conversations/<sender>")
        async def forget(request: Request, sender: str) -> HTTPResponse:
            if not self._allowed(request):
                return response.json({"detail": "wrong secret"}, status=401)
            return response.json({"erased": recent_trackers(request.app.ctx.agent).forget(sender)})

        return routes

    def _allowed(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get(SECRET_HEADER, ""), self._secret)


async def handle_turn(agent: Any, body: dict[str, Any]) -> dict[str, Any]:
    """Let Rasa handle one turn.

    Args:
        agent: Rasa's loaded agent.
        body: `sender`, `metadata` (turn id, language, ...), and either `text` or
            `payload` `{"intent", "entities"}` for a pressed button.

    Returns:
        messages, intent, confidence, active_form and the names of actions that failed.
    """
    failures: list[str] = []
    action_calls.failed_actions.set(failures)
    output = WholeMessages()
    metadata = body.get("metadata") or {}
    message = UserMessage(
        text_for_rasa(body, metadata.get("language", "en")),
        output,
        body["sender"],
        input_channel=HuiluChannel.name(),
        metadata=metadata,
    )
    await agent.handle_message(message)
    tracker = recent_trackers(agent).peek(body["sender"])
    latest = tracker.latest_message if tracker else None
    intent = (latest.intent if latest else None) or {}
    return {
        "messages": output.messages,
        "intent": intent.get("name"),
        "confidence": intent.get("confidence"),
        "active_form": tracker.active_loop_name if tracker else None,
        "failed_actions": failures,
    }


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


def text_for_rasa(body: dict[str, Any], language: str) -> str:
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
