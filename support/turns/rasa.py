"""The dialogue server as the turn runner sees it: one call a turn."""

import logging
from typing import Any

import httpx

from support.turns.operations import TurnWork
from support.turns.replies import BotMessage, Reply

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Huilu-Secret"


class RasaUnavailable(Exception):
    """The dialogue server did not answer, or not with a turn."""


class RasaClient:
    """Asks the dialogue server over kept connections."""

    def __init__(self, address: str, secret: str, seconds: float = 6.0) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{address}/webhooks/huilu",
            headers={SECRET_HEADER: secret},
            timeout=seconds,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
            trust_env=False,
        )

    async def ask(self, work: TurnWork) -> Reply:
        """Let the dialogue server handle a turn.

        Raises:
            RasaUnavailable: When it cannot be reached, is too slow, or answers with something else.
        """
        try:
            response = await self._client.post("/turns", json=turn_body(work))
            response.raise_for_status()
            return read_reply(response.json())
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise RasaUnavailable(repr(error)) from error

    async def ready(self) -> bool:
        """Whether the dialogue server has its model loaded."""
        try:
            response = await self._client.get("/", timeout=2)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def forget(self, conversation_id: str) -> bool:
        """Erase what the dialogue server keeps of a conversation; False when it could not be reached."""
        try:
            response = await self._client.delete(f"/conversations/{conversation_id}")
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def turn_body(work: TurnWork) -> dict[str, Any]:
    """What our input channel takes (see bot/channel.py)."""
    body: dict[str, Any] = {
        "sender": work.conversation_id,
        "metadata": {"turn_id": work.turn_id, "language": work.language},
    }
    pressed = work.trigger or work.payload
    return body | ({"payload": dialogue_act(pressed)} if pressed else {"text": work.text})


def dialogue_act(pressed: dict[str, Any]) -> dict[str, Any]:
    """The intent and entities that a pressed button, or a trigger of our own, stands for."""
    kind = pressed["kind"]
    if kind == "choice":
        return {"intent": "question", "entities": {"article": pressed["article_id"]}}
    if kind == "none_of_these":
        return {"intent": "question", "entities": {"article": "none"}}
    if kind == "handed_back":
        return {"intent": "stop", "entities": {"stopped_by": "staff"}}
    return {"intent": "ask_for_person", "entities": {"handoff_reason": pressed.get("reason", "request")}}


def read_reply(body: dict[str, Any]) -> Reply:
    """The channel's answer as a reply; messages without words or data are left out."""
    messages = []
    for each in body["messages"]:
        custom = each.get("custom") or {}
        if each.get("text") or custom:
            messages.append(BotMessage(each.get("text") or "", custom.get("payload"), custom.get("trail")))
    if body["failed_actions"]:
        logger.warning("Actions failed in the dialogue server: %s", ", ".join(body["failed_actions"]))
    return Reply(tuple(messages), body.get("intent"), body.get("confidence"), failed=bool(body["failed_actions"]))
