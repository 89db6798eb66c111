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
from support.integrations.courier import Courier
from support.integrations.sending import Sender
from support.privacy.retention import forget_old_mail, has_old_mail
from support.tickets.snoozing import wake_due
from support.tickets.stepping_in import step_out_absent, supervised_by_absent
from support.tickets.together_queries import snoozed_until
from web.desk.indexing import keep_search_in_step
from web.queue_watch import watch_queue
from web.services import Services

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 0.5
PRESENCE_CHECK_SECONDS = 20.0
IDLE_CHECK_SECONDS = 3600.0
FILE_SWEEP_SECONDS = 3600.0
WAKE_UP_SECONDS = 15.0
SOLVED_CASES_SECONDS = 10.0
MAIL_CHECK_SECONDS = 2.0
RETENTION_SECONDS = 86_400.0


def beside_the_requests(services: Services) -> list[Coroutine[Any, Any, None]]:
    """Everything that is to run for as long as the app does."""
    courier = Courier(services.database, Sender(services.settings.webhook_private))
    return [
        services.runner.sweep_forever(),
        services.purge.run_forever(),
        _keep_index_in_step(services),
        _free_stuck_chats(services),
        watch_queue(services),
        _close_idle_chats(services),
        _sweep_files(services),
        _wake_snoozed_cases(services),
        keep_search_in_step(services),
        _keep_solved_cases_in_step(services),
        courier.run_forever(),
        courier.clear_forever(),
        _send_mail(services),
        _fetch_mail(services),
        _forget_by_age(services),
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
    """See that nobody waits for an agent who has gone, and that no supervisor who has gone stays beside one."""
    while True:
        await asyncio.sleep(PRESENCE_CHECK_SECONDS)
        try:
            for conversation_id in await services.database.read(stuck):
                await services.database.write(partial(release, conversation_id=conversation_id))
                services.runner.wake(conversation_id)
                await services.hub.conversation_changed(conversation_id)
            await step_out_absent_supervisors(services)
        except Exception:
            logger.exception("Stuck chats could not be freed; it will be tried again.")


async def step_out_absent_supervisors(services: Services) -> None:
    """Take supervisors out of chats whose desk page was closed for as long as makes an agent's chats wait again."""
    for conversation_id in await services.database.read(supervised_by_absent):
        if await services.database.write(partial(step_out_absent, conversation_id=conversation_id)):
            await services.hub.conversation_changed(conversation_id)


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


async def _wake_snoozed_cases(services: Services) -> None:
    """Bring cases back whose time has come; of several processes that try, one does."""
    while True:
        try:
            at = now()
            for ticket_id in await services.database.read(partial(snoozed_until, at=at)):
                ticket = await services.database.write(partial(wake_due, ticket_id=ticket_id, at=at))
                if ticket is not None:
                    await services.hub.conversation_changed(ticket.conversation_id)
        except Exception:
            logger.exception("Snoozed cases could not be woken; it will be tried again.")
        await asyncio.sleep(WAKE_UP_SECONDS)


async def _keep_solved_cases_in_step(services: Services) -> None:
    """Know settled cases by meaning, and let go of those that were opened again or erased."""
    while True:
        try:
            await asyncio.to_thread(services.solved_cases.keep_up)
        except Exception:
            logger.exception("Settled cases could not be read; it will be tried again.")
        await asyncio.sleep(SOLVED_CASES_SECONDS)


async def _send_mail(services: Services) -> None:
    """Send what lies in the outbox, as soon as it is due."""
    while services.post.sends:
        try:
            await services.post.send_due()
        except Exception:
            logger.exception("Mail could not be sent; it will be tried again.")
        await asyncio.sleep(MAIL_CHECK_SECONDS)


async def _fetch_mail(services: Services) -> None:
    """Take in what customers wrote by mail."""
    while services.post.fetches:
        try:
            await services.post.fetch()
        except Exception:
            logger.exception("Mail could not be fetched; it will be tried again.")
        await asyncio.sleep(services.settings.mail.seconds)


async def _forget_by_age(services: Services) -> None:
    """Remove what is kept for some time only, now and every day."""
    while True:
        try:
            at = now()
            if await services.database.read(partial(has_old_mail, at=at)):
                removed = await services.database.write(partial(forget_old_mail, at=at))
                services.purge.request()
                logger.info("old mail without a case removed", extra={"fields": {"mails": removed}})
        except Exception:
            logger.exception("What is too old could not be removed; it will be tried again.")
        await asyncio.sleep(RETENTION_SECONDS)
