"""Keeping the queue moving: offers made, passed on and taken back, and those who wait long are told."""

import asyncio
import logging
from contextlib import aclosing
from functools import partial

from support.routing import operations, waits
from web.hub import DESK
from web.services import Services

logger = logging.getLogger(__name__)

# Time passes without anybody changing anything, and another process may have changed something.
CHECK_SECONDS = 1.0
# Changes within this time are looked at together.
TOGETHER_SECONDS = 0.25


async def watch_queue(services: Services) -> None:
    """Look after the queue for as long as the app runs: after every change, and every second."""
    while True:
        try:
            async with aclosing(services.hub.changes(DESK, lambda: CHECK_SECONDS)) as changes:  # type: ignore[type-var]
                async for _ in changes:
                    await look_after_queue(services)
                    await asyncio.sleep(TOGETHER_SECONDS)
        except Exception:
            logger.exception("The queue could not be looked after; it will be tried again.")
            await asyncio.sleep(CHECK_SECONDS)


async def look_after_queue(services: Services) -> None:
    """Do what is due now, each step in a unit of work of its own, and tell the pages it concerns."""
    told: set[str] = set()
    due = await services.database.read(partial(operations.due, making=services.settings.offers))
    for offer_id in due.withdraw:
        told |= _known(await services.database.write(partial(operations.withdraw, offer_id=offer_id)))
    for offer_id in due.expire:
        told |= _known(await services.database.write(partial(operations.expire, offer_id=offer_id)))
    if due.withdraw or due.expire:
        # Whoever is free by now can be asked.
        due = await services.database.read(partial(operations.due, making=services.settings.offers))
    for ticket_id in due.offer:
        seconds = services.settings.offer_seconds
        told |= _known(
            await services.database.write(partial(operations.make_offer, ticket_id=ticket_id, seconds=seconds))
        )
    told |= await _look_after_waits(services)
    for conversation_id in told:
        await services.hub.conversation_changed(conversation_id)


async def _look_after_waits(services: Services) -> set[str]:
    found = await services.database.read(waits.due)
    for wait_id in found.end:
        await services.database.write(partial(waits.end, wait_id=wait_id))
    for conversation_id in found.begin:
        await services.database.write(partial(waits.begin_unless_known, conversation_id=conversation_id))
    told: set[str] = set()
    for wait_id in found.tell:
        told |= _known(await services.database.write(partial(waits.tell_late, wait_id=wait_id)))
    return told


def _known(conversation_id: str | None) -> set[str]:
    return {conversation_id} if conversation_id else set()
