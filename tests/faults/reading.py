"""How a customer's page keeps up: by a stream that breaks off and is resumed, or by asking again and again."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

from tests.faults.records import Diary, Seen
from tests.faults.wire import Address, Cut, ask, json_request, lines

STREAM_SECONDS = 4.0
END_SECONDS = 40.0


class Page:
    """What a customer has on the screen.

    Attributes:
        changed: Set whenever something came.
    """

    def __init__(self, diary: Diary, address: Address, dice: random.Random) -> None:
        self.changed = asyncio.Event()
        self._diary = diary
        self._address = address
        self._dice = dice
        self._typing = False

    @property
    def path(self) -> str:
        """Address of the conversation in the API."""
        return f"/api/chat/conversations/{self._diary.conversation_id}"

    async def follow(self) -> None:
        """Keep up until cancelled; every connection is cut after a while."""
        while True:
            try:
                if self._dice.random() < 0.7:
                    await self._listen(self._dice.expovariate(1 / STREAM_SECONDS) + 0.1)
                else:
                    await self._ask_again_and_again()
            except Cut:
                self._diary.count("readings that broke off")
                await asyncio.sleep(self._dice.uniform(0.3, 2.0))
            await asyncio.sleep(self._dice.uniform(0, 0.3))

    def answered(self, seq: int) -> bool:
        """Whether the bot has said everything it has to say after a message."""
        return not self._typing and any(
            each > seq and message.author == "bot" for each, message in self._diary.seen.items()
        )

    def latest(self, key: str) -> Seen | None:
        """The newest message of the bot whose payload has a key."""
        for seq in sorted(self._diary.seen, reverse=True):
            message = self._diary.seen[seq]
            if message.author == "bot" and key in (message.payload or {}):
                return message
        return None

    async def _listen(self, seconds: float) -> None:
        last = self._diary.last
        resumed = self._dice.random() < 0.8
        request = json_request("GET", f"{self.path}/events" + ("" if resumed else f"?after={last}"), self._diary.token)
        if resumed:
            request = replace(request, headers=(*request.headers, ("Last-Event-ID", str(last))))
        stream = events(lines(self._address, request))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), contextlib.aclosing(stream):
                async for name, data in stream:
                    if name == "message":
                        self._diary.take(data, "stream")
                    else:
                        self._status(data)
                    self.changed.set()

    async def _ask_again_and_again(self) -> None:
        for _ in range(self._dice.randint(1, 5)):
            await self.read_on()
            await asyncio.sleep(self._dice.uniform(0.2, 0.8))

    async def read_on(self) -> None:
        """Ask once for what is new."""
        found = await self._read(self._diary.last)
        for message in found["messages"]:
            self._diary.take(message, "asking")
        self._status(found)
        self.changed.set()

    async def read_all(self) -> None:
        """At the end: what has come since, then the whole conversation once more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                while self._diary.whole is None:
                    try:
                        await self.read_on()
                        found = await self._read(0)
                        self._diary.whole = [Seen.read(each) for each in found["messages"]]
                        self._diary.typing = bool(found["typing"])
                    except Cut:
                        await asyncio.sleep(0.5)

    async def _read(self, after: int) -> dict[str, Any]:
        request = json_request("GET", f"{self.path}/messages?after={after}", self._diary.token)
        answer = await ask(self._address, request)
        if answer.status != 200:
            raise Cut(f"status {answer.status}")
        return dict(answer.json())

    def _status(self, status: dict[str, Any]) -> None:
        self._typing = bool(status["typing"])
        waiting = status.get("waiting")
        if waiting:
            reason = str(waiting.get("reason"))
            self._diary.told_to_wait[reason] = self._diary.told_to_wait.get(reason, 0) + 1


async def events(source: AsyncIterator[str]) -> AsyncGenerator[tuple[str, Any], None]:
    """Server-sent events from the lines of a stream: (name, data)."""
    name = data = ""
    async for line in source:
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()
        elif not line:
            if data:
                yield name, json.loads(data)
            name = data = ""
