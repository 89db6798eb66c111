"""What an open desk page is told as it happens, and the presence that it keeps up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from time import monotonic

from litestar.response.sse import ServerSentEventMessage
from sqlalchemy.orm import Session

from support.staff import operations, queries
from web.desk.views import case_stamp
from web.hub import DESK
from web.services import Services

PRESENCE_SECONDS = 30.0
# Changes within this time are told as one, so that a busy hour does not reload every desk at every word.
TOGETHER_SECONDS = 0.25


async def desk_events(services: Services, token: str, ticket_id: str | None) -> AsyncIterator[ServerSentEventMessage]:
    """`queue` whenever a list may have changed, `said` when the open case has, `signed_out` at the session's end.

    Events carry no content: the page asks for what it shows. While the stream is open its reader counts as present.
    """
    seen: object = None
    noted = -PRESENCE_SECONDS
    async with aclosing(services.hub.changes(DESK)) as changes:  # type: ignore[type-var]
        async for changed in changes:
            if monotonic() - noted >= PRESENCE_SECONDS:
                if not await services.database.write(lambda session: keep_presence(session, token)):
                    yield _event("signed_out")
                    return
                noted = monotonic()
            if not changed:
                yield ServerSentEventMessage(data=None, comment="beat")
                continue
            yield _event("queue")
            if ticket_id is not None:
                stamp = await services.database.read(lambda session: case_stamp(session, ticket_id))
                if stamp is not None and stamp != seen:
                    seen = stamp
                    yield _event("said")
            await asyncio.sleep(TOGETHER_SECONDS)


def keep_presence(session: Session, token: str) -> bool:
    """Note that the session's owner is there; False when the session has ended."""
    member = queries.by_session(session, operations.token_hash(token))
    if member is None:
        return False
    operations.note_presence(session, member.id)
    return True


def _event(name: str) -> ServerSentEventMessage:
    # An event without any data is dropped by browsers.
    return ServerSentEventMessage(data="1", event=name)
