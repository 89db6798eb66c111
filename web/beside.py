"""What runs beside the requests, each by itself and forever: a failure is logged, and tried again."""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from storage.base import now
from support.conversations.idle import close_idle, idle
from support.files.operations import sweep
from support.handoff.release import release, stuck
from web.services import Services

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 0.5
PRESENCE_CHECK_SECONDS = 20.0
IDLE_CHECK_SECONDS = 3600.0
FILE_SWEEP_SECONDS = 3600.0


def beside_the_requests(services: Services) -> list[Coroutine[Any, Any, None]]:
    """Everything that is to run for as long as the app does."""
    return [
        services.runner.sweep_forever(),
        services.purge.run_forever(),
        _keep_index_in_step(services),
        _free_stuck_chats(services),
        _close_idle_chats(services),
        _sweep_files(services),
    ]


async def _keep_index_in_step(services: Services) -> None:
    """See edits made by another process, such as an import from the shell."""
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        try:
            await asyncio.to_thread(services.knowledge_base.refresh)
            await asyncio.to_thread(services.knowledge_base.recalibrate)
        except Exception:
            logger.exception("The index could not be refreshed and will be tried again.")


async def _free_stuck_chats(services: Services) -> None:
    """See that nobody waits for an agent who has gone."""
    while True:
        await asyncio.sleep(PRESENCE_CHECK_SECONDS)
        try:
            for conversation_id in await services.database.read(stuck):
                await services.database.write(partial(release, conversation_id=conversation_id))
                services.runner.wake(conversation_id)
                await services.hub.conversation_changed(conversation_id)
        except Exception:
            logger.exception("Stuck chats could not be freed; it will be tried again.")


async def _close_idle_chats(services: Services) -> None:
    """Close what nobody writes in any more, now and every hour; an open page sees that it is closed."""
    while True:
        try:
            at = now()
            while found := await services.database.read(partial(idle, at=at)):
                for conversation_id in found:
                    close = partial(close_idle, conversation_id=conversation_id, at=at)
                    if await services.database.write(close):
                        await services.hub.conversation_changed(conversation_id)
        except Exception:
            logger.exception("Idle chats could not be closed; it will be tried again.")
        await asyncio.sleep(IDLE_CHECK_SECONDS)


async def _sweep_files(services: Services) -> None:
    """Remove files whose message was erased, or never came to be."""
    while True:
        try:
            removed = await asyncio.to_thread(sweep, services.database, services.files)
            if removed:
                logger.info("files without a message removed", extra={"fields": {"files": removed}})
        except Exception:
            logger.exception("Files without a message could not be removed; it will be tried again.")
        await asyncio.sleep(FILE_SWEEP_SECONDS)
