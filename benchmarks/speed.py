"""Side by side in one run: a plain bot as Rasa's documentation builds it, Huilu, and one dialogue server's limit.

They take turns, so that what else this machine does meets all of them alike; idle ones take next to no time.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.contestant import Contestant
from benchmarks.customer import chat_client, open_conversation
from benchmarks.limit.server import limit
from benchmarks.load import Asking, Opener, load
from benchmarks.peer.server import peer
from benchmarks.pooling import Sample, added, pooled, ratios
from benchmarks.processes import busy_seconds
from benchmarks.questions import answerable, endless
from benchmarks.servers import WITHOUT_LIMITS, servers, temporary_folder
from benchmarks.tables import table

LEVELS = (1, 4, 16, 64)
# Each customer asks at least so often at a level.
TURNS_A_CUSTOMER = 4
WARM_UP_TURNS = 40
WARM_UP_AT_ONCE = 4
EXAMPLES = 10
# A machine that is busier with something else than this gives no figures to rely on.
QUIET = 0.1


@contextmanager
def ours(folder: Path) -> Iterator[Contestant]:
    """Start Huilu as `make run` does. Raises StartFailed when it is not ready in time."""
    with servers(folder, WITHOUT_LIMITS) as started:
        yield Contestant(
            "ours",
            started.address,
            lambda client: partial(open_conversation, client),
            started.use,
            started.troubles,
        )


CONTESTANTS: dict[str, Callable[[Path], AbstractContextManager[Contestant]]] = {
    "peer": peer,
    "ours": ours,
    "limit": limit,
}


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Drive all contestants, at every number of customers in `options.at_once`, in `options.rounds` rounds.

    Raises:
        StartFailed: When one of them does not start.
        TurnFailed: When no conversation can be opened.
    """
    chosen = [name for name in CONTESTANTS if name in (options.only or CONTESTANTS)]
    with ExitStack() as stack:
        home = stack.enter_context(temporary_folder())
        started = []
        for name in chosen:
            _tell(f"starting {name} ...")
            folder = home / name
            folder.mkdir()
            started.append(stack.enter_context(CONTESTANTS[name](folder)))
        levels = uvloop.run(_measure(started, options))
        troubles = {each.name: each.troubles() for each in started}
    threads = os.environ.get("OMP_NUM_THREADS")
    return {"levels": levels, "rounds": options.rounds, "omp_num_threads": threads, "log_troubles": troubles}


@dataclass
class _Running:
    contestant: Contestant
    open_one: Opener
    asking: Asking


async def _measure(started: Sequence[Contestant], options: argparse.Namespace) -> list[dict[str, Any]]:
    async with AsyncExitStack() as stack:
        running = []
        for each in started:
            client = await stack.enter_async_context(chat_client(each.address))
            # All are asked the same questions, each contestant its own round of them.
            asking = {language: endless(questions) for language, questions in answerable().items()}
            running.append(_Running(each, each.opener(client), asking))
        for one in running:
            _tell(f"warming {one.contestant.name} up ...")
            await _sample(one, WARM_UP_AT_ONCE, WARM_UP_TURNS)
        return [await _level(running, at_once, options) for at_once in options.at_once or LEVELS]


async def _level(running: Sequence[_Running], at_once: int, options: argparse.Namespace) -> dict[str, Any]:
    turns = max(options.turns, TURNS_A_CUSTOMER * at_once)
    samples: dict[str, list[Sample]] = {one.contestant.name: [] for one in running}
    for round_ in range(options.rounds):
        for one in running:
            _tell(f"{one.contestant.name}: {turns} turns with {at_once} at once, round {round_ + 1} ...")
            samples[one.contestant.name].append(await _sample(one, at_once, turns))
    figures = {name: pooled(taken) for name, taken in samples.items()}
    return {"at_once": at_once, **figures, "ratios": ratios(figures), "load_average": round(os.getloadavg()[0], 1)}


async def _sample(one: _Running, at_once: int, turns: int) -> Sample:
    async with load(one.open_one, one.asking, at_once, turns) as measured:
        before, own, busy = one.contestant.uses(), time.process_time(), busy_seconds()
        begun = time.perf_counter()
        asked = await measured.run()
        passed = time.perf_counter() - begun
        after, own, busy_after = one.contestant.uses(), time.process_time() - own, busy_seconds()
    cpu = {name: use.cpu - before[name].cpu for name, use in after.items() if name in before} | {"customers": own}
    elsewhere = None
    if busy is not None and busy_after is not None:
        elsewhere = max(0.0, busy_after - busy - sum(cpu.values())) / passed / cores()
    return Sample(asked, measured.seconds, cpu, {name: use.resident for name, use in after.items()}, elsewhere)


def cores() -> int:
    """How many cores this process may use, which is taken for all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tell(text: str) -> None:
    print(f"speed: {text}", file=sys.stderr, flush=True)


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    levels = figures["levels"]
    parts = [speed_table(levels), noise(levels), ratio_table(levels), quality_table(levels), error_lines(levels)]
    troubles = [(name, *each) for name, found in figures["log_troubles"].items() for each in found.items()]
    parts.append("\n".join(f"log of {name}, {count} times: {line[:300]}" for name, line, count in troubles[:EXAMPLES]))
    return "\n\n".join(part for part in parts if part)


def _names(level: Mapping[str, Any]) -> list[str]:
    return [name for name in CONTESTANTS if name in level]


def speed_table(levels: Sequence[Mapping[str, Any]]) -> str:
    """Speed and what it takes: the app of ours stands where the others have an action server."""
    rows: list[list[object]] = []
    for level in levels:
        for name in _names(level):
            found = level[name]
            cpu, memory = dict(found["cpu_ms_per_turn"]), found["memory_mib"]
            customers = cpu.pop("customers", None)
            rasa = cpu.pop("rasa", None)
            other = sum(cpu.values()) if cpu else None
            rows.append(
                [
                    f"{level['at_once']} {name}",
                    f"{found['turns_per_second']:.1f}",
                    *(_whole(found[each]) for each in ("ms_median", "ms_p95", "ms_max")),
                    sum(found["errors"].values()),
                    None if rasa is None or other is None else f"{rasa + other:.1f}",
                    *(None if each is None else f"{each:.1f}" for each in (rasa, other, customers)),
                    sum(memory.values()) if memory else None,
                    None if found["elsewhere"] is None else f"{found['elsewhere']:.0%}",
                ]
            )
    header = ["at once", "turns/s", "median ms", "p95 ms", "max ms", "errors"]
    header += ["CPU ms a turn", "rasa", "app or actions", "customers", "memory MiB", "busy elsewhere"]
    return table(header, rows)


def _whole(value: float | None) -> object:
    return None if value is None else f"{value:.0f}"


def noise(levels: Sequence[Mapping[str, Any]]) -> str:
    """A warning when something else took part of the machine while it was measured."""
    found = [level[name]["elsewhere"] for level in levels for name in _names(level)]
    most = max((share for share in found if share is not None), default=0.0)
    if most <= QUIET:
        return ""
    return (
        f"Up to {most:.0%} of this machine's processor time went to something else. Measure again when it is idle: "
        "these figures are too low, and the ratios lean, as the peer's encoder suffers most from it."
    )


def ratio_table(levels: Sequence[Mapping[str, Any]]) -> str:
    """How ours stands to the others; empty unless ours was measured with one of them."""
    names = list(levels[0]["ratios"]) if levels else []
    rows = [[level["at_once"], *(_times(level["ratios"][name]) for name in names)] for level in levels]
    return (
        table(["at once", *(name.replace("_per_second", "/s").replace("_", " ") for name in names)], rows)
        if names
        else ""
    )


def _times(value: float | None) -> object:
    return None if value is None else f"{value:.2f}"


def quality_table(levels: Sequence[Mapping[str, Any]]) -> str:
    """What was answered by whom; the limit always says the same, so it is left out."""
    rows: list[list[object]] = []
    for name in ("peer", "ours"):
        parts = [level[name]["quality"] for level in levels if name in level]
        for tongue, counts in sorted(added(parts).items(), reverse=True):
            shares = (counts[each] / counts["asked"] for each in ("right", "right_choice", "wrong", "no_answer"))
            rows.append([f"{name}, {tongue}", counts["asked"], *(f"{share:.0%}" for share in shares)])
    if not rows:
        return ""
    shown = table(["questions that have an answer", "asked", "right", "right choice", "wrong", "no answer"], rows)
    return (
        shown + "\nThe peer's encoder reads English alone: every Chinese character is [UNK] to it, so it guesses there."
    )


def error_lines(levels: Sequence[Mapping[str, Any]]) -> str:
    """What failed, and how often."""
    return "\n".join(
        f"error of {name} at {level['at_once']} at once, {count} times: {error}"
        for level in levels
        for name in _names(level)
        for error, count in level[name]["errors"].items()
    )
