"""The customer's event stream: messages as they come, and who is in charge."""

from collections.abc import AsyncIterator

import msgspec
from sqlalchemy.orm import Session

from support.conversations import queries
from support.turns.queries import SLOW_AFTER
from web.chat.addresses import LOCAL
from web.chat.reading import News, news
from web.chat.schemas import StatusOut
from web.hub import HEARTBEAT_SECONDS, topic
from web.services import Services

_NEWS = msgspec.json.Decoder(News)


# Told to a page whose stream ends for a newer one of the same conversation. Coming back at once would only take the
# place of the next; a page should wait until somebody looks at it.
REPLACED = b"retry: 60000\nevent: replaced\ndata: {}\n\n"


class TokenChanged(Exception):
    """The conversation became another customer's, and has another token than the one that the stream began with."""


async def events(
    services: Services, conversation_id: str, after: int, token_hash: str, network: str = LOCAL
) -> AsyncIterator[bytes]:
    """Everything after a sequence number, then whatever is new; a comment when nothing happens for a while.

    It ends when its token opens the conversation no more: whoever noted the token before somebody signed in shall not
    go on listening to them.

    Args:
        network: Whose stream it is (see addresses.py).
    """
    reader = _Reader(services, conversation_id, after, token_hash)
    with services.streams.opened(conversation_id, network) as stream:
        async for changes in services.hub.changes(topic(conversation_id), reader.patience):
            if stream.replaced:
                yield REPLACED
                return
            try:
                told = b"".join([reader.told(found) for found in await reader.read(changes)])
            except TokenChanged:
                return
            if told:
                yield told
            elif not changes:
                yield b": beat\n\n"


class _Reader:
    """What one stream has told so far."""

    def __init__(self, services: Services, conversation_id: str, after: int, token_hash: str) -> None:
        self._services = services
        self._conversation_id = conversation_id
        self._token_hash = token_hash
        self._seen = after
        self._told: StatusOut | None = None

    def patience(self) -> float:
        """While an answer is on its way, look soon whether the customer should be told that it takes long.

        While a person writes, look whether they have stopped.
        """
        busy = self._told is not None and self._told.typing
        return SLOW_AFTER.total_seconds() + 0.1 if busy else HEARTBEAT_SECONDS

    async def read(self, changes: list[bytes]) -> list[News]:
        """The news in the changes themselves, or from the database where they do not hold all of it."""
        if not changes:
            return [await self._from_database()] if self._told is not None and self._told.typing else []
        carried = [_NEWS.decode(change) for change in changes if change]
        if len(carried) == len(changes) and self._gapless(carried):
            return carried
        return [await self._from_database()]

    def told(self, found: News) -> bytes:
        """The events that tell what is new of it, as they are sent."""
        events = []
        for message in found.messages:
            if message.seq > self._seen:
                events.append(b"id: %d\nevent: message\ndata: %b\n\n" % (message.seq, msgspec.json.encode(message)))
                self._seen = message.seq
        if found.status != self._told:
            self._told = found.status
            events.append(b"event: status\ndata: %b\n\n" % msgspec.json.encode(found.status))
        return b"".join(events)

    def _gapless(self, carried: list[News]) -> bool:
        seen = self._seen
        for message in (message for found in carried for message in found.messages):
            if message.seq > seen + 1:
                return False
            seen = max(seen, message.seq)
        return True

    async def _from_database(self) -> News:
        return await self._services.database.read(self._news)

    def _news(self, session: Session) -> News:
        if queries.opened_by_another(session, self._conversation_id, self._token_hash):
            raise TokenChanged
        writer = self._services.typing.person_writing(self._conversation_id)
        return news(session, self._conversation_id, self._seen, writer)
