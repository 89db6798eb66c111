"""The whole check: start everything, let customers talk while it breaks, wait until it is quiet, compare."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.compare import compare
from tests.faults.customers import Customer
from tests.faults.network import Network
from tests.faults.proxy import ActionProxy
from tests.faults.records import Diary, Stored, Violation
from tests.faults.schedule import plan, windows
from tests.faults.scripts import make_scripts
from tests.faults.servers import Saboteur
from tests.faults.stored import read_stored, unsettled
from tests.faults.wire import Address, Cut, ask, json_request
from tests.running import RunningServers, free_port, start_servers

AT_ONCE = 28
# While the dialogue server starts, customers take their time: it would hardly get up beside all of them, and most
# turns would go the short way past it.
SLOWER_WITHOUT_RASA = 4.0
QUIET_WITHIN_SECONDS = 60.0
# Late results must have had their chance to do harm.
CALM_SECONDS = 3.0


@dataclass
class Result:
    """All that came of a run.

    Attributes:
        told: Which faults came when.
        seconds: How long starting, playing and calming down took.
        left: Processes that were still there after the end.
    """

    conversations: int
    seed: int
    home: Path
    told: list[str] = field(default_factory=list)
    diaries: list[Diary] = field(default_factory=list)
    stored: dict[str, Stored] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


Say = Callable[[str], None]


async def check(conversations: int, seed: int, folder: Path, say: Say) -> Result:
    """Run everything once in `folder`."""
    result = Result(conversations, seed, folder / "home")
    address = Address("127.0.0.1", free_port())
    proxy = ActionProxy(address, result.counts, seed)
    await proxy.start()
    clock = _Clock(result)
    try:
        say(f"starting the servers for {conversations} conversations, seed {seed} ...")
        servers = await asyncio.to_thread(
            start_servers, folder, address.port, {"HUILU_ACTIONS_URL": proxy.url, "HOST": address.host}
        )
        try:
            clock.note("to start the servers")
            customers = await _play(result, servers, address, proxy, say)
            clock.note("of conversations under faults")
            await _quiet(result, servers, address)
            await _at_once((customer.page.read_all for customer in customers), AT_ONCE)
            result.diaries = [customer.diary for customer in customers]
            result.stored = await asyncio.to_thread(read_stored, servers.home / "huilu.db")
            clock.note("until all was quiet and read")
        finally:
            result.left = await asyncio.to_thread(servers.stop)
    finally:
        proxy.close()
    for diary in result.diaries:
        result.violations += compare(diary, result.stored.get(diary.conversation_id))
    return result


async def _play(
    result: Result, servers: RunningServers, address: Address, proxy: ActionProxy, say: Say
) -> list[Customer]:
    network = Network(address, result.counts)
    scripts = make_scripts(result.conversations, result.seed)
    saboteur = Saboteur(servers, address, proxy, lambda: sum(each.ended for each in customers), result.counts)

    def pace() -> float:
        return 1.0 if saboteur.rasa_is_up else SLOWER_WITHOUT_RASA

    customers = [Customer(number, script, network, result.seed, pace) for number, script in enumerate(scripts)]
    result.told = saboteur.told
    schedule = plan(result.seed, result.conversations)
    say("planned, each after so many conversations:")
    for fault in schedule:
        say(f"  {fault.after:4}  {fault}")
    breaking = asyncio.create_task(saboteur.play(schedule, windows(result.seed), result.seed))
    telling = asyncio.create_task(_tell(customers, saboteur, say))
    try:
        await _at_once((customer.visit for customer in customers), AT_ONCE)
    finally:
        # A schedule that failed must not pass for one that found nothing.
        failed = breaking.exception() if breaking.done() and not breaking.cancelled() else None
        for task in (breaking, telling):
            task.cancel()
        await asyncio.gather(breaking, telling, return_exceptions=True)
    if failed is not None:
        raise failed
    result.told += [f"not come to: {fault}" for fault in saboteur.waiting]
    await proxy.calm()
    await network.finish()
    return customers


async def _at_once(tasks: Iterable[Callable[[], Awaitable[None]]], most: int) -> None:
    places = asyncio.Semaphore(most)

    async def one(task: Callable[[], Awaitable[None]]) -> None:
        async with places:
            await task()

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(task))


async def _tell(customers: list[Customer], saboteur: Saboteur, say: Say) -> None:
    """A line now and then for whoever watches."""
    began, told = time.monotonic(), 0
    while True:
        await asyncio.sleep(10)
        ended, sent = sum(each.ended for each in customers), sum(len(each.diary.sent) for each in customers)
        say(f"{time.monotonic() - began:5.0f} s: {ended} conversations ended, {sent} messages")
        for line in saboteur.told[told:]:
            say(f"  fault at {line}")
        told = len(saboteur.told)


async def _quiet(result: Result, servers: RunningServers, address: Address) -> None:
    """Wait until the app answers and every turn has been over for a while; not longer than the limit."""
    deadline = time.monotonic() + QUIET_WITHIN_SECONDS
    calm_since: float | None = None
    while time.monotonic() < deadline:
        try:
            await ask(address, json_request("GET", "/health"), 5)
            busy = await asyncio.to_thread(unsettled, servers.home / "huilu.db")
        except Cut:
            busy = -1
        if busy:
            calm_since = None
        elif calm_since is None:
            calm_since = time.monotonic()
        elif time.monotonic() - calm_since >= CALM_SECONDS:
            return
        await asyncio.sleep(0.5)
    result.told.append(f"it did not become quiet within {QUIET_WITHIN_SECONDS:.0f} s")


class _Clock:
    """Notes how long each part took."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._since = time.monotonic()

    def note(self, part: str) -> None:
        """A part is over."""
        now = time.monotonic()
        self._result.seconds[part] = now - self._since
        self._since = now
