"""The dialogue server as the turn runner sees it: one call a turn, and none while it is known to be down."""

import asyncio
import contextlib
import logging
from typing import Any

import aiohttp
import msgspec

from support.handoff.rules import asks_for_person
from support.turns.handed_back import with_people
from support.turns.replies import BotMessage, Reply
from support.turns.work import TurnWork
from support.understanding.danger import danger_in

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Huilu-Secret"
# A little less than the runner's own limit, so that it is here that time runs out and is counted.
ANSWER_SECONDS = 5.8
# A single slow turn says little; when so many in a row are not answered in time, the server hangs.
MOST_TIMEOUTS = 3
PROBE_SECONDS = 1.0
CONNECTIONS = 64


class RasaUnavailable(Exception):
    """The dialogue server did not answer, or not with a turn."""


class RasaClient:
    """Asks the dialogue server over kept connections.

    Once it refuses connections or lets several turns in a row run out of time, nobody is made to wait for it any
    more: calls fail at once, until it says again that it is ready. It is asked that every second.
    """

    def __init__(self, address: str, secret: str, seconds: float = ANSWER_SECONDS) -> None:
        self._address = f"{address}/webhooks/huilu"
        self._secret = secret
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None
        self._timeouts = 0
        self._probe: asyncio.Task[None] | None = None

    @property
    def resting(self) -> bool:
        """Whether it is known to be down, so that nobody waits for it."""
        return self._probe is not None

    async def ask(self, work: TurnWork) -> Reply:
        """Let the dialogue server handle a turn.

        Raises:
            RasaUnavailable: When it cannot be reached, is too slow, or answers with something else.
        """
        if self.resting:
            raise RasaUnavailable("it is known to be down")
        try:
            async with self._connections().post(f"{self._address}/turns", data=_json(turn_body(work))) as response:
                if response.status != 200:
                    raise RasaUnavailable(f"it answered {response.status}")
                reply = read_reply(msgspec.json.decode(await response.read()))
        except TimeoutError as error:
            self._timeouts += 1
            if self._timeouts >= MOST_TIMEOUTS:
                self._rest()
            raise RasaUnavailable("no answer in time") from error
        except aiohttp.ClientConnectorError as error:
            self._rest()
            raise RasaUnavailable(repr(error)) from error
        except (aiohttp.ClientError, ValueError, KeyError, TypeError) as error:
            raise RasaUnavailable(repr(error)) from error
        self._timeouts = 0
        return reply

    async def ready(self) -> bool:
        """Whether the dialogue server has its model loaded."""
        # Over a fresh connection: a server that is stopping still answers on those it has.
        timeout, connector = aiohttp.ClientTimeout(total=2), aiohttp.TCPConnector(force_close=True)
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
                session.get(f"{self._address}/") as response,
            ):
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def forget(self, conversation_id: str) -> bool:
        """Erase what the dialogue server keeps of a conversation; False when it could not be reached."""
        try:
            address = f"{self._address}/conversations/{conversation_id}"
            async with self._connections().delete(address) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        """Close the connections."""
        if self._probe is not None:
            self._probe.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probe
        if self._session is not None:
            await self._session.close()

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={SECRET_HEADER: self._secret, "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            )
        return self._session

    def _rest(self) -> None:
        if self._probe is None:
            logger.warning("The dialogue server does not answer; customers are answered without it until it does.")
            self._probe = asyncio.create_task(self._until_ready())

    async def _until_ready(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if await self.ready():
                break
        logger.warning("The dialogue server answers again.")
        self._timeouts = 0
        self._probe = None


def _json(body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(body)


def turn_body(work: TurnWork) -> dict[str, Any]:
    """What our input channel takes (see bot/channel.py)."""
    metadata: dict[str, Any] = {"turn_id": work.turn_id, "language": work.language, "trace": work.trace}
    if len(work.parts) > 1:
        metadata["parts"] = list(work.parts)
    if (context := with_people(work.trigger)) is not None:
        metadata["handed_back"] = context
    body: dict[str, Any] = {"sender": work.conversation_id, "metadata": metadata}
    pressed = work.trigger or work.payload
    danger = None if pressed else next((kind for part in work.parts if (kind := danger_in(part))), None)
    if danger is not None:
        # Above everything else, also in the middle of a form; and no classifier may miss it.
        pressed = {"kind": "danger", "danger": danger}
        metadata["parts"] = list(work.parts)
    elif pressed is None and len(work.parts) > 1 and any(asks_for_person(part) for part in work.parts):
        # Among other words the wish would be read over; and whoever takes the case reads the other words.
        pressed = {"kind": "person"}
    return body | ({"payload": dialogue_act(pressed)} if pressed else {"text": work.text})


def dialogue_act(pressed: dict[str, Any]) -> dict[str, Any]:
    """The intent and entities that a pressed button, or a trigger of our own, stands for."""
    kind = pressed["kind"]
    if kind == "choice":
        return {"intent": "question", "entities": {"article": pressed["article_id"]}}
    if kind == "none_of_these":
        return {"intent": "question", "entities": {"article": "none"}}
    if kind == "danger":
        return {"intent": "danger", "entities": {"danger": pressed["danger"]}}
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
