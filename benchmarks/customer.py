"""A customer at the chat API: one conversation with its event stream."""

import asyncio
import contextlib
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.event_stream import Event, EventReader

API = "/api/chat/conversations"
# Longer than the app's own limit for a turn, so that its fallback counts as an answer and silence as an error.
PATIENCE = 20.0


class TurnFailed(Exception):
    """A turn that brought no message of the bot; the message says why."""


@dataclass
class Conversation:
    """An open conversation. Make it with `open_conversation`, end it with `leave`."""

    id: str
    language: str
    client: aiohttp.ClientSession
    token: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    status: str = "bot"
    broken: str = ""
    notices: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _stream: asyncio.Task[None] | None = None

    @property
    def handed_over(self) -> bool:
        """Whether people have it now, or a case was opened."""
        return self.status != "bot" or any((each["payload"] or {}).get("ticket") for each in self.messages)

    async def listen(self, after: int) -> None:
        """Open the stream, and return when it said who is in charge.

        Raises:
            TurnFailed: When the stream does not open.
        """
        self._stream = asyncio.create_task(self._read(after))
        await self._until(self._told)

    async def ask(self, text: str) -> tuple[int, float]:
        """Say something, and wait until the bot's message arrives on the stream.

        Returns:
            The message's sequence number, and the seconds from posting it to having read the bot's.

        Raises:
            TurnFailed: When the message is not taken in, or nothing comes.
        """
        begun = time.perf_counter()
        path = f"{API}/{self.id}/messages"
        body = {"client_id": str(uuid.uuid4()), "text": text}
        try:
            async with self.client.post(path, headers=self._headers, json=body) as posted:
                if posted.status != 202:
                    raise TurnFailed(f"posting was answered with {posted.status}")
                seq = int((await posted.json())["seq"])
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TurnFailed(f"posting failed: {type(error).__name__}") from error
        while not self.replies(seq) and not self.handed_over:
            self._news.clear()
            await self._until(self._news)
        return seq, time.perf_counter() - begun

    def replies(self, after: int, before: int | None = None) -> list[dict[str, Any]]:
        """The bot's messages between two sequence numbers."""
        return [
            each
            for each in self.messages
            if each["author"] == "bot" and each["seq"] > after and (before is None or each["seq"] < before)
        ]

    async def leave(self) -> None:
        """Close the stream."""
        if self._stream is not None:
            self._stream.cancel()
            await asyncio.gather(self._stream, return_exceptions=True)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def _until(self, event: asyncio.Event) -> None:
        if not self.broken:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), PATIENCE)
        if self.broken:
            raise TurnFailed(self.broken)
        if not event.is_set():
            raise TurnFailed(f"nothing came within {PATIENCE:.0f} s")

    async def _read(self, after: int) -> None:
        reader = EventReader()
        path = f"{API}/{self.id}/events"
        try:
            async with self.client.get(path, headers=self._headers, params={"after": after}) as stream:
                stream.raise_for_status()
                async for chunk in stream.content.iter_any():
                    for event in reader.feed(chunk):
                        self._take(event)
            self.broken = "the stream ended"
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self.broken = f"the stream broke: {error!r}"
        self._news.set()
        self._told.set()

    def _take(self, event: Event) -> None:
        if event.name == "message":
            self.messages.append(event.data)
        elif event.name == "status":
            self.status = event.data["status"]
            if event.data.get("waiting"):
                self.notices.append(event.data["waiting"])
            self._told.set()
        self._news.set()


async def open_conversation(client: aiohttp.ClientSession, language: str) -> Conversation:
    """Start a conversation and its stream.

    Raises:
        TurnFailed: When it cannot be started.
    """
    try:
        async with client.post(API, json={"language": language}) as answer:
            answer.raise_for_status()
            opened = await answer.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise TurnFailed(f"no conversation could be started: {error!r}") from error
    conversation = Conversation(opened["id"], language, client, opened["token"])
    await conversation.listen(after=opened["messages"][-1]["seq"])
    return conversation


def chat_client(address: str) -> aiohttp.ClientSession:
    """A client for many conversations at once, each with a connection of its own for its stream.

    It shares the machine with what it measures, so it has to be cheap: httpx takes about twice the processor time.
    Call it inside the running event loop.
    """
    return aiohttp.ClientSession(
        address,
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=60),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
