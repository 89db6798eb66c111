"""The turn runner: takes turns in order, asks the dialogue server, and sees that every turn ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from sqlalchemy.orm import Session

from storage.engine import Database
from support.turns import operations
from support.turns.operations import MOST_ATTEMPTS, TurnWork
from support.turns.rasa import RasaUnavailable
from support.turns.replies import Reply

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 6.0
SWEEP_SECONDS = 3.0
AT_ONCE = 32


class Asks(Protocol):
    """Whoever can answer a turn over the network."""

    async def ask(self, work: TurnWork) -> Reply:
        """The reply to a turn."""
        ...


class TurnRunner:
    """Works on many conversations at once, and on each in order.

    Args:
        database: Where turns are kept.
        rasa: The dialogue server.
        answer_directly: The answer without it; runs in a thread.
        publish: Called with a conversation's id after something was stored for it.
    """

    def __init__(
        self,
        database: Database,
        rasa: Asks,
        answer_directly: Callable[[TurnWork], Reply],
        publish: Callable[[str], Awaitable[None]],
    ) -> None:
        self._database = database
        self._rasa = rasa
        self._answer_directly = answer_directly
        self._publish = publish
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    def wake(self, conversation_id: str) -> None:
        """See to a conversation's turns; does nothing twice."""
        if conversation_id in self._workers:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._work(conversation_id))
        self._workers[conversation_id] = task
        task.add_done_callback(lambda _: self._done(conversation_id))

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
        for conversation_id in await self._database.read(operations.unsettled_conversations):
            self.wake(conversation_id)

    async def stop(self) -> None:
        """Let the workers finish what they have; the sweep of the next start takes the rest."""
        tasks = list(self._workers.values())
        if tasks:
            await asyncio.wait(tasks, timeout=ANSWER_SECONDS)
        for task in tasks:
            task.cancel()

    @property
    def working(self) -> int:
        """How many conversations are being worked on."""
        return len(self._workers)

    def _done(self, conversation_id: str) -> None:
        self._workers.pop(conversation_id, None)
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.wake(conversation_id)

    async def _work(self, conversation_id: str) -> None:
        try:
            async with self._places:
                work = await self._database.write(lambda session: operations.claim_next(session, conversation_id))
                while work is not None:
                    work = await self._answer(work)
        except Exception:
            logger.exception("A turn of conversation %s failed; the sweep will take it up.", conversation_id)

    async def _answer(self, work: TurnWork) -> TurnWork | None:
        """Answer a claimed turn; returns the next one, claimed in the transaction that settled this one."""
        asked = await self._ask(work)
        usable = asked is not None and asked.usable
        reply = asked if asked is not None and usable else await asyncio.to_thread(self._answer_directly, work)
        answered_by = "rasa" if usable else "knowledge base"

        def settle(session: Session) -> TurnWork | None:
            operations.settle(session, work, reply, answered_by)
            return operations.claim_next(session, work.conversation_id)

        following = await self._database.write(settle)
        await self._publish(work.conversation_id)
        return following

    async def _ask(self, work: TurnWork) -> Reply | None:
        if work.attempt > MOST_ATTEMPTS:
            return None
        try:
            return await asyncio.wait_for(self._rasa.ask(work), ANSWER_SECONDS)
        except (RasaUnavailable, TimeoutError) as error:
            logger.warning("The dialogue server did not answer turn %s: %r", work.turn_id, error)
            return None
