"""Telling open pages that something changed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from litestar.channels import ChannelsPlugin

from storage.engine import Database
from support.conversations import queries

HEARTBEAT_SECONDS = 15.0
DESK = "desk"
# News on the desk's topic that concerns who looks at one case, and no list.
AT_CASE = b"at:"
# What a desk is told when somebody only began to write: nothing has to be read anew but that.
WRITING = b"writing"
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

    def desk_changed(self) -> None:
        """Something that only colleagues see changed."""
        self._channels.publish(b"", [DESK])

    def look_again(self, conversation_id: str) -> None:
        """Wake the conversation's streams, though nothing was said."""
        self._channels.publish(b"", [topic(conversation_id)])

    def colleagues_at(self, ticket_id: str) -> None:
        """Somebody opened or left a case, or began to write there."""
        # The last pages are left when the app has stopped, and nobody listens any more.
        with suppress(RuntimeError):
            self._channels.publish(AT_CASE + ticket_id.encode(), [DESK])

    def somebody_writes(self, conversation_id: str, customer: bool) -> None:
        """The customer, or a person for them, began to write; whoever is not on that side is told."""
        if customer:
            self._channels.publish(WRITING, [DESK])
        else:
            self.look_again(conversation_id)

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
