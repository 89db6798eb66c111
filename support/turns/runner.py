"""The turn runner: takes turns in order, asks the dialogue server, and sees that every turn ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from storage.engine import Database
from storage.logs import trace
from support.integrations.acting import begin
from support.turns import operations, queries
from support.turns.operations import MOST_ATTEMPTS
from support.turns.places import Places
from support.turns.rasa import RasaUnavailable
from support.turns.replies import Reply, apology
from support.turns.states import AT_ONCE
from support.turns.work import Settled, TurnWork

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 6.0
# Even who has waited long already is worth a try, if a short one.
LEAST_SECONDS = 2.0
SWEEP_SECONDS = 3.0
# Longer than an answer takes with everything that may go wrong on the way.
MOST_SECONDS_HELD = 12.0


def patience(work: TurnWork) -> float:
    """Seconds to wait for the dialogue server: less for whoever wrote on while it did not answer."""
    waited = (work.asked_at - work.since).total_seconds() if work.since else 0.0
    return max(LEAST_SECONDS, ANSWER_SECONDS - waited)


class Asks(Protocol):
    """Whoever can answer a turn over the network."""

    async def ask(self, work: TurnWork) -> Reply:
        """The reply to a turn."""
        ...

    async def forget(self, conversation_id: str) -> bool:
        """Erase what is kept of a conversation there; False when that cannot be reached."""
        ...


class TurnRunner:
    """Works on many conversations at once, and on each in order. Past its limit they wait in line (see admission.py).

    Args:
        database: Where turns are kept.
        rasa: The dialogue server.
        answer_directly: The answer without it; runs in a thread.
        publish: Called with what became of a turn, once it is stored.
    """

    def __init__(
        self,
        database: Database,
        rasa: Asks,
        answer_directly: Callable[[TurnWork], Reply],
        publish: Callable[[Settled], Awaitable[None]],
    ) -> None:
        self._database = database
        self._rasa = rasa
        self._answer_directly = answer_directly
        self._publish = publish
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._again: dict[str, TurnWork | None] = {}
        self._places = Places(AT_ONCE)
        self._answering = 0
        # Conversations whose turns are answered right now, and those that must not be answered now, or ever again.
        self._in_answer: dict[str, asyncio.Future[None]] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._erased: set[str] = set()

    @property
    def free(self) -> bool:
        """Whether a turn that comes now is answered at once."""
        return len(self._workers) < AT_ONCE

    @property
    def answering(self) -> int:
        """How many conversations are being answered."""
        return self._answering

    @property
    def waiting(self) -> int:
        """How many conversations wait in line."""
        return len(self._workers) - self._answering

    def wake(self, conversation_id: str, work: TurnWork | None = None, newcomer: bool = False) -> None:
        """See to a conversation's turns; does nothing twice.

        Args:
            work: Its next turn, if that was claimed already.
            newcomer: Whether this is the first question of a conversation just opened.
        """
        if conversation_id in self._workers:
            # The worker may be about to end: what comes now is for the next one, with its claimed turn.
            self._again[conversation_id] = work or self._again.get(conversation_id)
            return
        task = asyncio.create_task(self._work(conversation_id, work, newcomer))
        self._workers[conversation_id] = task
        task.add_done_callback(lambda _: self._done(conversation_id))

    @asynccontextmanager
    async def holding(self, conversation_ids: Sequence[str]) -> AsyncIterator[None]:
        """Answer nothing in these conversations meanwhile, so that nobody learns their words while they are erased.

        What is being answered is waited for, no longer than an answer may take.
        """
        held = [each for each in conversation_ids if each not in self._held]
        self._held |= {each: asyncio.Event() for each in held}
        try:
            under_way = [self._in_answer[each] for each in conversation_ids if each in self._in_answer]
            if under_way:
                await asyncio.wait(under_way, timeout=MOST_SECONDS_HELD)
            yield
        finally:
            for each in held:
                self._held.pop(each).set()

    def drop(self, conversation_ids: Sequence[str]) -> None:
        """Answer nothing in these conversations any more: they were erased, and what is still known of them is not."""
        self._erased.update(conversation_ids)

    async def sweep_forever(self) -> None:
        """Pick up, now and every few seconds, what a crash left behind."""
        while True:
            try:
                await self.sweep()
            except Exception:
                logger.exception("The sweep failed and will be tried again.")
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Wake every conversation that has a turn nobody works on."""
        for conversation_id, newcomer in await self._database.read(queries.left_behind):
            if conversation_id not in self._workers:
                self.wake(conversation_id, newcomer=newcomer)

    async def stop(self) -> None:
        """Let the workers finish what they have; the sweep of the next start takes the rest."""
        tasks = list(self._workers.values())
        if tasks:
            await asyncio.wait(tasks, timeout=ANSWER_SECONDS)
        for task in tasks:
            task.cancel()

    def _done(self, conversation_id: str) -> None:
        self._workers.pop(conversation_id, None)
        if conversation_id in self._again:
            self.wake(conversation_id, self._again.pop(conversation_id))

    async def _work(self, conversation_id: str, work: TurnWork | None, newcomer: bool) -> None:
        # A program may have woken it, but what the bot does is the bot's.
        begin("")
        try:
            async with self._places.place(newcomer):
                self._answering += 1
                try:
                    if work is None:
                        claim = partial(operations.claim_next, conversation_id=conversation_id)
                        work = await self._database.write(claim)
                    while work is not None and await self._may_answer(conversation_id):
                        work = await self._answer_once(work)
                finally:
                    self._answering -= 1
        except Exception:
            logger.exception("A turn of conversation %s failed; the sweep will take it up.", conversation_id)

    async def _may_answer(self, conversation_id: str) -> bool:
        """Wait while a conversation is held; false when it was erased."""
        while (event := self._held.get(conversation_id)) is not None:
            await event.wait()
        return conversation_id not in self._erased

    async def _answer_once(self, work: TurnWork) -> TurnWork | None:
        answered = self._in_answer[work.conversation_id] = asyncio.get_running_loop().create_future()
        try:
            return await self._answer(work)
        finally:
            del self._in_answer[work.conversation_id]
            answered.set_result(None)

    async def _answer(self, work: TurnWork) -> TurnWork | None:
        """Answer a claimed turn; returns the next one, claimed in the transaction that settled this one."""
        trace.set(work.trace)
        asked = await self._ask(work)
        usable = asked is not None and asked.usable
        reply = asked if asked is not None and usable else await self._without_rasa(work)
        answered_by = "rasa" if usable else "knowledge base"
        settle = partial(operations.settle_and_go_on, work=work, reply=reply, answered_by=answered_by)
        settled = await self._database.write(settle)
        if settled.untold:
            answered_by, reply = "knowledge base", await self._without_rasa(work)
            settle = partial(operations.settle_and_go_on, work=work, reply=reply, answered_by=answered_by, final=True)
            settled = await self._database.write(settle)
        logger.info(
            "turn settled",
            extra={
                "fields": {
                    "turn_id": work.turn_id,
                    "conversation": work.conversation_id,
                    "attempt": work.attempt,
                    "answered_by": answered_by,
                    "stored": settled.stored,
                }
            },
        )
        if not settled.conversation.token_hash:
            await self._forget_again(work.conversation_id)
        await self._publish(settled)
        return settled.following

    async def _forget_again(self, conversation_id: str) -> None:
        """A conversation was erased while we asked, by another process perhaps: what we asked may be known anew."""
        if not await self._rasa.forget(conversation_id):
            logger.warning("The dialogue server may still know words of conversation %s.", conversation_id)

    async def _ask(self, work: TurnWork) -> Reply | None:
        if work.attempt > MOST_ATTEMPTS:
            return None
        try:
            return await asyncio.wait_for(self._rasa.ask(work), patience(work))
        except (RasaUnavailable, TimeoutError) as error:
            logger.info("The dialogue server did not answer turn %s: %r", work.turn_id, error)
            return None

    async def _without_rasa(self, work: TurnWork) -> Reply:
        try:
            return await asyncio.to_thread(self._answer_directly, work)
        except DBAPIError:
            # Nothing could be stored now either; the sweep asks again when the database is back.
            raise
        except Exception:
            logger.exception("Turn %s could not be answered without the dialogue server either.", work.turn_id)
            return apology(work.language)
