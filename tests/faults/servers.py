"""Doing to the servers what the schedule says, and undoing it."""

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tests.faults.proxy import ActionProxy
from tests.faults.schedule import KILL, LOCK, RESTART, STOP_AND_GO, Fault, Window, too_often
from tests.faults.wire import Address, Cut, ask, json_request
from tests.running import RunningServers

# What tells the processes of the Procfile apart.
COMMANDS = {"app": "-m web", "rasa": "-m rasa run"}
# What was just started shall work for a while before it is broken again, or too little would be tried with it.
WORKED_FOR = {"app": 6.0, "rasa": 12.0}
CLOSE_SECONDS, APART_SECONDS = (0.5, 3.0), (4.0, 8.0)


class Saboteur:
    """Plays a schedule on running servers.

    Args:
        ended: How many conversations have ended so far.

    Attributes:
        told: What was done and when, and what was left out.
        waiting: What is still to be done.
    """

    def __init__(
        self,
        servers: RunningServers,
        address: Address,
        proxy: ActionProxy,
        ended: Callable[[], int],
        counts: Counter[str],
    ) -> None:
        self.told: list[str] = []
        self.waiting: list[Fault] = []
        self._servers = servers
        self._address = address
        self._proxy = proxy
        self._ended = ended
        self._counts = counts
        self._began = time.monotonic()
        self._stopped: set[int] = set()
        self._up_since: dict[str, float | None] = {"app": self._began, "rasa": self._began}
        self._deaths: dict[str, list[float]] = {"app": [], "rasa": []}

    @property
    def rasa_is_up(self) -> bool:
        """Whether the dialogue server was there when last looked."""
        return self._up_since["rasa"] is not None

    async def play(self, schedule: Sequence[Fault], windows: Iterable[Window], seed: int) -> None:
        """Do everything at its moment; when cancelled, everything is undone."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch())
                group.create_task(self._break_actions(windows))
                await self._break_servers(schedule, group, random.Random(f"moments {seed}"))
        finally:
            self._proxy.window = None
            for process in list(self._stopped):
                self._go_on(process)

    async def _break_servers(self, schedule: Sequence[Fault], group: asyncio.TaskGroup, dice: random.Random) -> None:
        """Do what is due; what must wait until something has come back lets the next pass."""
        self.waiting = list(schedule)
        while self.waiting:
            due = [fault for fault in self.waiting if fault.after <= self._ended() and self._may_break(fault)]
            if not due:
                await asyncio.sleep(0.2)
                continue
            self.waiting.remove(due[0])
            group.create_task(self._do(due[0]))
            if due[0].close_before:
                await asyncio.sleep(dice.uniform(*CLOSE_SECONDS))
            else:
                await asyncio.sleep(dice.uniform(*APART_SECONDS))

    def _may_break(self, fault: Fault) -> bool:
        if fault.where not in self._up_since:
            return True
        since = self._up_since[fault.where]
        if since is None:
            return False
        if fault.what in (KILL, RESTART) and too_often(self._deaths[fault.where], time.monotonic()):
            return False
        return time.monotonic() - since >= WORKED_FOR[fault.where]

    async def _watch(self) -> None:
        """See since when the app answers, and says that the dialogue server does."""
        while True:
            try:
                health = (await ask(self._address, json_request("GET", "/health"), 3)).json()
                up = {"app": True, "rasa": health["components"]["dialogue_server"]["status"] == "ok"}
            except (Cut, ValueError, KeyError):
                up = {"app": False}
            for name, is_up in up.items():
                if not is_up:
                    self._up_since[name] = None
                elif self._up_since[name] is None:
                    self._up_since[name] = time.monotonic()
            await asyncio.sleep(0.5)

    async def _break_actions(self, windows: Iterable[Window]) -> None:
        for window in windows:
            await asyncio.sleep(window.pause)
            while not self.rasa_is_up:
                # Nobody calls an action now.
                await asyncio.sleep(0.5)
            self._proxy.window = window.fault
            self._counts[f"time with actions {window.fault}"] += 1
            await asyncio.sleep(window.seconds)
            self._proxy.window = None

    async def _do(self, fault: Fault) -> None:
        moment = f"{time.monotonic() - self._began:5.0f} s, after {self._ended()} conversations: {fault}"
        if fault.what == LOCK:
            done = await asyncio.to_thread(self._lock_database, fault.seconds)
        else:
            done = await self._signal(fault)
        self.told.append(moment if done else f"{moment} (left out: not running, or busy all the time)")
        self._counts[f"{fault.what} {fault.where}"] += done

    async def _signal(self, fault: Fault) -> bool:
        process = self._servers.child(COMMANDS[fault.where])
        if process is None:
            return False
        if fault.what == STOP_AND_GO:
            self._stopped.add(process)
            os.kill(process, signal.SIGSTOP)
            await asyncio.sleep(fault.seconds)
            self._go_on(process)
            return True
        self._up_since[fault.where] = None
        self._deaths[fault.where].append(time.monotonic())
        os.kill(process, signal.SIGKILL if fault.what == KILL else signal.SIGTERM)
        return True

    def _go_on(self, process: int) -> None:
        self._stopped.discard(process)
        # It may have been killed meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)

    def _lock_database(self, seconds: float) -> bool:
        connection = sqlite3.connect(self._servers.home / "huilu.db", timeout=20, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True
