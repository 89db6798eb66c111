"""A customer at one of Rasa's channels: a message is posted, and the bot's answer is the response to it."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.customer import TurnFailed
from benchmarks.load import Opener

Message = dict[str, Any]

# Seconds. Longer than customers wait for ours: a server is not to look worse because its slow answers were given up
# while it went on working at them.
PATIENCE = 60.0
_LIMIT = aiohttp.ClientTimeout(total=PATIENCE)


@dataclass(frozen=True)
class Channel:
    """How to talk to a server.

    Attributes:
        body: What to post, from sender, language and words.
        messages: The bot's messages in the answer, each with the `payload` that outcomes.py reads.
            Raises ValueError when the answer tells of a failure, or is of another kind.
    """

    path: str
    body: Callable[[str, str, str], dict[str, Any]]
    messages: Callable[[Any], list[Message]]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class PostedConversation:
    """A conversation that the server knows by its sender alone, so that nothing has to be opened."""

    channel: Channel
    client: aiohttp.ClientSession
    language: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    handed_over: bool = False
    _said: list[list[Message]] = field(default_factory=list)

    async def ask(self, text: str) -> tuple[int, float]:
        """Say something.

        Returns:
            Which turn of the conversation it was, and the seconds from posting until the answer was read.

        Raises:
            TurnFailed: When there is no answer, or no message in it.
        """
        body = self.channel.body(self.id, self.language, text)
        begun = time.perf_counter()
        try:
            async with self.client.post(
                self.channel.path, json=body, headers=self.channel.headers, timeout=_LIMIT
            ) as answer:
                if answer.status != 200:
                    raise TurnFailed(f"posting was answered with {answer.status}")
                said = await answer.json()
        except TimeoutError as error:
            raise TurnFailed(f"nothing came within {PATIENCE:.0f} s") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise TurnFailed(f"posting failed: {type(error).__name__}") from error
        seconds = time.perf_counter() - begun
        try:
            messages = self.channel.messages(said)
        except ValueError as error:
            raise TurnFailed(str(error)) from error
        if not messages:
            raise TurnFailed("the answer held no message")
        self._said.append(messages)
        return len(self._said), seconds

    def replies(self, after: int, before: int | None = None) -> list[Message]:
        """The bot's messages of a turn."""
        return self._said[after - 1]

    async def leave(self) -> None:
        """Nothing is open."""


def opener(channel: Channel) -> Callable[[aiohttp.ClientSession], Opener]:
    """What starts conversations at a channel, with a client."""

    def with_client(client: aiohttp.ClientSession) -> Opener:
        async def open_one(language: str) -> PostedConversation:
            return PostedConversation(channel, client, language)

        return open_one

    return with_client
