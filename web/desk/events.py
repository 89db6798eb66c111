"""What an open desk page is told as it happens, and the presence that it keeps up."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager, nullcontext
from time import monotonic

from litestar.response.sse import ServerSentEventMessage
from sqlalchemy.orm import Session

from support.staff import operations, queries
from support.staff.tables import StaffMember
from web.desk.offers import offers_stamp
from web.desk.views import case_stamp
from web.hub import AT_CASE, DESK, WRITING
from web.services import Services

PRESENCE_SECONDS = 30.0
# Changes within this time are told as one, so that a busy hour does not reload every desk at every word.
TOGETHER_SECONDS = 0.25


async def desk_events(
    services: Services, token: str, ticket_id: str | None, member: StaffMember | None = None
) -> AsyncIterator[ServerSentEventMessage]:
    """`queue` whenever a list may have changed, `said` when the open case has, `signed_out` at the session's end.

    `offers` is told when what is offered to the reader changed, or their presence.

    `onlookers` tells that a colleague came to the open case, left it or began to write a note or a reply, and
    `writing` that somebody began to write in a chat and nothing else happened. Events carry no content: the page asks
    for what it shows. While the stream is open its reader counts as present, and as somebody at the case.
    """
    at_case: AbstractContextManager[None] = nullcontext()
    if ticket_id is not None and member is not None:
        at_case = _at_case(services, ticket_id, member)
    with at_case:
        async with aclosing(_events(services, token, ticket_id)) as events:  # type: ignore[type-var]
            async for event in events:
                yield event


@contextmanager
def _at_case(services: Services, ticket_id: str, member: StaffMember) -> Iterator[None]:
    """Somebody has a case open; colleagues who have it open as well are told when they come and when they leave."""
    try:
        with services.onlookers.looking(ticket_id, member.id, member.name):
            services.hub.colleagues_at(ticket_id)
            yield
    finally:
        services.hub.colleagues_at(ticket_id)


async def _events(services: Services, token: str, ticket_id: str | None) -> AsyncIterator[ServerSentEventMessage]:
    seen: object = None
    offered: object = None
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
            if ticket_id is not None and AT_CASE + ticket_id.encode() in changed:
                yield _event("onlookers")
            if all(each == WRITING or each.startswith(AT_CASE) for each in changed):
                if WRITING in changed:
                    yield _event("writing")
                await asyncio.sleep(TOGETHER_SECONDS)
                continue
            yield _event("queue")
            standing = await services.database.read(lambda session: offers_stamp(session, token))
            if standing != offered:
                offered = standing
                yield _event("offers")
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
