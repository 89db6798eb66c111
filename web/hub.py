"""Telling open pages that something changed."""

import asyncio
from collections.abc import AsyncIterator, Callable

from litestar.channels import ChannelsPlugin

from storage.engine import Database
from support.conversations import queries

HEARTBEAT_SECONDS = 15.0
DESK = "desk"
# A page so slow that more than this waits for it reads everything anew instead.
MOST_UNREAD = 50


class Hub:
    """Publishes changes and lets streams wait for them.

    A change may carry what is new, so that a stream need not ask the database; an empty one says: read for yourself.
    """

    def __init__(self, channels: ChannelsPlugin, database: Database) -> None:
        self._channels = channels
        self._database = database

    async def conversation_changed(self, conversation_id: str, news: bytes = b"") -> None:
        """Something was said in a conversation, or somebody else is in charge."""
        self._channels.publish(news, [topic(conversation_id)])
        self._channels.publish(b"", [DESK])

    def look_again(self, conversation_id: str) -> None:
        """Wake the conversation's streams, though nothing was said."""
        self._channels.publish(b"", [topic(conversation_id)])

    async def queue_moved(self) -> None:
        """Places in the queue changed for everybody who waits."""
        waiting = await self._database.read(queries.waiting)
        self._channels.publish(b"", [DESK, *(topic(each) for each in waiting)])

    async def changes(
        self, name: str, patience: Callable[[], float] = lambda: HEARTBEAT_SECONDS
    ) -> AsyncIterator[list[bytes]]:
        """Yields an empty change at once, then every change of a topic; nothing (an empty list) when time is up.

        Args:
            patience: Seconds until time is up, asked before each wait.
        """
        changed = asyncio.Event()
        unread: list[bytes] = []

        async def note(news: bytes) -> None:
            unread.append(news)
            if len(unread) > MOST_UNREAD:
                unread[:] = [b""]
            changed.set()

        async with self._channels.start_subscription([name]) as subscriber, subscriber.run_in_background(note):
            yield [b""]
            while True:
                try:
                    await asyncio.wait_for(changed.wait(), patience())
                except TimeoutError:
                    yield []
                    continue
                changed.clear()
                taken, unread[:] = list(unread), []
                yield taken


def topic(conversation_id: str) -> str:
    """The topic of a conversation."""
    return f"conversation:{conversation_id}"
