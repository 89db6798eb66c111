"""How fast the real servers answer customers, alone and many at once, and how much memory they hold."""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Any

import uvloop

from benchmarks.customer import chat_client, open_conversation
from benchmarks.load import Load, Turn, load
from benchmarks.outcomes import ANSWERING, KINDS
from benchmarks.processes import Use
from benchmarks.questions import answerable, endless
from benchmarks.servers import WITHOUT_LIMITS, servers, temporary_folder
from benchmarks.tables import table
from knowledge_base.metrics import percentile

WARM_UP_TURNS = 24
WARM_UP_AT_ONCE = 4
EXAMPLES = 20
LEVELS = (1, 4, 16)

Uses = Callable[[], dict[str, Use]]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Drive answering turns through the chat API, at every number of customers in `options.at_once`.

    Raises:
        StartFailed: When the servers do not start.
        TurnFailed: When no conversation can be opened at `options.address`.
    """
    if options.address:
        # Running servers may remember the words of an earlier run.
        return uvloop.run(_measure(options.address, options, lambda: {}, random.randrange(1, 3000)))
    with ExitStack() as stack:
        started = stack.enter_context(servers(stack.enter_context(temporary_folder()), WITHOUT_LIMITS))
        figures = {"ready_seconds": round(started.seconds, 1)}
        figures |= uvloop.run(_measure(started.address, options, started.use, 0))
        return figures | {"log_troubles": started.troubles()}


async def _measure(address: str, options: argparse.Namespace, uses: Uses, asked_before: int) -> dict[str, Any]:
    asking = {language: endless(questions, asked_before) for language, questions in answerable().items()}
    figures: dict[str, Any] = {"memory_ready": _memory(uses()), "levels": []}
    async with chat_client(address) as client:
        open_one = partial(open_conversation, client)
        async with load(open_one, asking, WARM_UP_AT_ONCE, WARM_UP_TURNS) as warm_up:
            await warm_up.run()
        for at_once in options.at_once or LEVELS:
            print(f"turns: {options.turns} with {at_once} at once ...", file=sys.stderr, flush=True)
            async with load(open_one, asking, at_once, options.turns) as measured:
                figures["levels"].append(await _level(measured, uses))
    return figures


async def _level(measured: Load, uses: Uses) -> dict[str, Any]:
    before, own = uses(), time.process_time()
    asked = await measured.run()
    after, own = uses(), time.process_time() - own
    answering = [turn for turn in asked if turn.outcome.kind in ANSWERING]
    languages = sorted({turn.language for turn in answering})
    return {
        "at_once": measured.at_once,
        "turns": len(asked),
        "answering_turns": len(answering),
        "turns_per_second": round(len(answering) / measured.seconds, 2),
        **times(answering),
        "languages": {code: times([turn for turn in answering if turn.language == code]) for code in languages},
        "outcomes": {kind: sum(turn.outcome.kind == kind for turn in asked) for kind in KINDS},
        "right": {
            kind: sum(turn.outcome.right for turn in asked if turn.outcome.kind == kind)
            for kind in ("answer", "choices")
        },
        "errors": dict(Counter(turn.error for turn in asked if turn.error)),
        "opened_late": measured.opened_late,
        "cpu_ms_per_turn": cpu_per_turn(before, after, len(asked)) | {"customers": round(own * 1000 / len(asked), 1)},
        "memory": _memory(after),
        "load_average": round(os.getloadavg()[0], 1),
        "surprises": _surprises(asked),
    }


def times(turns: Sequence[Turn]) -> dict[str, Any]:
    """How many turns, and their median, 95th percentile and longest time in milliseconds."""
    milliseconds = [turn.seconds * 1000 for turn in turns if turn.seconds is not None]
    if not milliseconds:
        return {"count": 0, "ms_median": None, "ms_p95": None, "ms_max": None}
    p95 = percentile(milliseconds, 0.95) or 0.0
    return {
        "count": len(milliseconds),
        "ms_median": round(median(milliseconds), 1),
        "ms_p95": round(p95, 1),
        "ms_max": round(max(milliseconds), 1),
    }


def _surprises(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Turns in which the answer there is was neither spoken nor offered."""
    return [
        {
            "query": turn.query,
            "expected": sorted(turn.expected),
            "outcome": turn.outcome.kind,
            "shown": list(turn.outcome.shown),
        }
        for turn in turns
        if not turn.outcome.right and turn.outcome.kind != "error"
    ]


def cpu_per_turn(before: Mapping[str, Use], after: Mapping[str, Use], turns: int) -> dict[str, float]:
    """Milliseconds of processor time that each process took for a turn.

    A process that was started again meanwhile is left out.
    """
    spent = {name: use.cpu - before[name].cpu for name, use in after.items() if name in before}
    return {name: round(seconds * 1000 / turns, 1) for name, seconds in spent.items() if seconds >= 0}


def _memory(uses: Mapping[str, Use]) -> dict[str, dict[str, int]]:
    return {name: {"mib": round(use.resident / 1024), "peak_mib": round(use.peak / 1024)} for name, use in uses.items()}


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    levels = figures["levels"]
    parts = [_speed_table(levels), _outcome_table(levels)]
    parts += [_error_lines(levels), _cpu_table(levels), _memory_table(figures), _surprise_lines(levels)]
    if "ready_seconds" in figures:
        parts.insert(0, f"ready after {figures['ready_seconds']} s")
    troubles = figures.get("log_troubles", {})
    parts.append("\n".join(f"log, {count} times: {line[:300]}" for line, count in list(troubles.items())[:EXAMPLES]))
    return "\n\n".join(part for part in parts if part)


def _speed_table(levels: Sequence[dict[str, Any]]) -> str:
    rows: list[list[object]] = []
    for level in levels:
        speed = f"{level['turns_per_second']:.1f}"
        errors = sum(level["errors"].values())
        rows.append([level["at_once"], level["count"], speed, *_milliseconds(level), errors])
        for code, figures in level["languages"].items():
            rows.append([f"   {code}", figures["count"], "", *_milliseconds(figures), ""])
    return table(["at once", "answering turns", "turns/s", "median ms", "p95 ms", "max ms", "errors"], rows)


def _milliseconds(figures: dict[str, Any]) -> list[object]:
    values = (figures[name] for name in ("ms_median", "ms_p95", "ms_max"))
    return [None if value is None else f"{value:.0f}" for value in values]


def _outcome_table(levels: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            level["at_once"],
            *(level["outcomes"][kind] for kind in KINDS),
            f"{level['right']['answer']} of {level['outcomes']['answer']}",
            f"{level['right']['choices']} of {level['outcomes']['choices']}",
        ]
        for level in levels
    ]
    return table(["at once", *KINDS, "right answers", "right choices"], rows)


def _error_lines(levels: Sequence[dict[str, Any]]) -> str:
    return "\n".join(
        f"error at {level['at_once']} at once, {count} times: {error}"
        for level in levels
        for error, count in level["errors"].items()
    )


def _cpu_table(levels: Sequence[dict[str, Any]]) -> str:
    names = list(levels[0]["cpu_ms_per_turn"])
    rows = [
        [level["at_once"], *(level["cpu_ms_per_turn"].get(name) for name in names), level["load_average"]]
        for level in levels
    ]
    return table(["at once", *(f"{name} CPU ms a turn" for name in names), "load average"], rows)


def _memory_table(figures: dict[str, Any]) -> str:
    rows: list[list[object]] = [["ready", *_held(figures["memory_ready"])]]
    rows += [[f"{level['at_once']} at once", *_held(level["memory"])] for level in figures["levels"]]
    names = list(figures["memory_ready"])
    header = ["memory in MiB", *(f"{name}{part}" for name in names for part in ("", " peak"))]
    return table(header, rows) if names else ""


def _held(memory: dict[str, dict[str, int]]) -> list[object]:
    return [value for figures in memory.values() for value in (figures["mib"], figures["peak_mib"])]


def _surprise_lines(levels: Sequence[dict[str, Any]]) -> str:
    found = [each for level in levels for each in level["surprises"]]
    counts = Counter(
        f"{each['outcome']} {', '.join(each['shown']) or '-'} instead of {', '.join(each['expected'])}: {each['query']}"
        for each in found
    )
    return "\n".join(f"{count} x {line}" for line, count in counts.most_common(EXAMPLES))
