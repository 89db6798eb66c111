"""Telling open pages that something changed: they then read what is new from the database."""

import asyncio
from collections.abc import AsyncIterator

from litestar.channels import ChannelsPlugin

from storage.engine import Database
from support.conversations import queries

HEARTBEAT_SECONDS = 15.0
DESK = "desk"


class Hub:
    """Publishes changes and lets streams wait for them."""

    def __init__(self, channels: ChannelsPlugin, database: Database) -> None:
        self._channels = channels
        self._database = database

    async def conversation_changed(self, conversation_id: str) -> None:
        """Something was said in a conversation, or somebody else is in charge."""
        self._channels.publish("", [topic(conversation_id), DESK])

    async def queue_moved(self) -> None:
        """Places in the queue changed for everybody who waits."""
        waiting = await self._database.read(queries.waiting)
        self._channels.publish("", [DESK, *(topic(each) for each in waiting)])

    async def changes(self, name: str) -> AsyncIterator[bool]:
        """Yields True at once and at every change of a topic, False when it is time for a heartbeat."""
        changed = asyncio.Event()

        async def note(_: bytes) -> None:
            changed.set()

        async with self._channels.start_subscription([name]) as subscriber, subscriber.run_in_background(note):
            yield True
            while True:
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield False
                    continue
                changed.clear()
                yield True


def topic(conversation_id: str) -> str:
    """The topic of a conversation."""
    return f"conversation:{conversation_id}"
