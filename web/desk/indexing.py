"""Keeping what cases are found by in step with what was said and done, beside the requests."""

import asyncio
import logging
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial

from storage.base import now
from storage.engine import Database
from support.tickets.documents import outdated, write_documents
from web.hub import DESK
from web.services import Services

logger = logging.getLogger(__name__)

# Words that another process stored are seen within this time, own ones at once.
LOOK_SECONDS = 1.0
# Changes within this time are written together.
TOGETHER_SECONDS = 0.3
# A change is seen although it was committed a while after the moment it bears.
OVERLAP = timedelta(seconds=15)
AT_ONCE = 20
# While what is old is caught up with, others get their turn to write.
BREATH_SECONDS = 0.02
RETRY_SECONDS = 5.0


async def keep_search_in_step(services: Services) -> None:
    """First all cases that changed while nobody looked, then every case soon after it changed."""
    while True:
        try:
            begun = now()
            await catch_up(services.database)
            await _follow(services, begun)
        except Exception:
            logger.exception("The search of cases could not be kept in step; it will be tried again.")
        await asyncio.sleep(RETRY_SECONDS)


async def catch_up(database: Database, since: datetime | None = None) -> int:
    """Write every document that is missing or outdated.

    Args:
        since: Only of cases in which something changed since then.

    Returns:
        How many were written.
    """
    written, after = 0, ""
    while found := await database.read(partial(outdated, since=since, limit=AT_ONCE * 10, after=after)):
        for start in range(0, len(found), AT_ONCE):
            written += await database.write(partial(write_documents, ticket_ids=found[start : start + AT_ONCE]))
            await asyncio.sleep(BREATH_SECONDS if since is None else 0)
        after = found[-1]
    return written


async def _follow(services: Services, since: datetime) -> None:
    async with aclosing(services.hub.changes(DESK, lambda: LOOK_SECONDS)) as changes:  # type: ignore[type-var]
        async for _ in changes:
            moment = now()
            await catch_up(services.database, since - OVERLAP)
            since = moment
            await asyncio.sleep(TOGETHER_SECONDS)
