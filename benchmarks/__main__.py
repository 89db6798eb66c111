"""Measure: `python -m benchmarks [speed|crowd|turns|retrieval|scale|encoding|intents|start|flood|desk|widget|all]`."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.customer import TurnFailed
from benchmarks.intents import IntentsNotMeasured
from benchmarks.servers import write_json
from knowledge_base.articles.importing import FileUnreadable, ImportRefused
from tests.running import StartFailed

# The quick ones first.
BENCHMARKS = (
    "widget",
    "encoding",
    "intents",
    "retrieval",
    "scale",
    "start",
    "turns",
    "flood",
    "desk",
    "crowd",
    "speed",
)
CONTESTANTS = ("peer", "ours", "limit")
RIVALS = ("bm25", "minilm", "selector")
FAILURES = (StartFailed, TurnFailed, IntentsNotMeasured, FileUnreadable, ImportRefused)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen benchmarks and print their figures; returns 1 when one of them could not be measured."""
    options = parser().parse_args(arguments)
    chosen = BENCHMARKS if options.benchmark == "all" else (options.benchmark,)
    figures: dict[str, Any] = {"machine": machine()}
    failed = False
    for name in chosen:
        module = import_module(f"benchmarks.{name}")
        measure: Callable[[argparse.Namespace], dict[str, Any]] = module.measure
        print(f"\n== {name} ==", flush=True)
        try:
            figures[name] = measure(options)
        except FAILURES as failure:
            failed = True
            print(f"Not measured: {failure}", flush=True)
        else:
            print(module.show(figures[name]), flush=True)
        if options.json:
            write_json(options.json, figures)
    return int(failed)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure speed and answer quality on this machine."
    )
    made.add_argument("benchmark", nargs="?", choices=[*BENCHMARKS, "all"], default="all")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    both = made.add_argument_group("turns, speed and encoding")
    both.add_argument("--at-once", type=whole_numbers, help="numbers of customers (1,4,16; for speed 1,4,16,64)")
    both.add_argument("--turns", type=positive, default=200, help="turns for each of them (200)")
    speed = made.add_argument_group("speed")
    speed.add_argument("--rounds", type=positive, default=2, help="how often each takes its turns at a level (2)")
    speed.add_argument("--only", type=contestants, help="some of peer,ours,limit")
    crowd = made.add_argument_group("crowd")
    crowd.add_argument("--customers", type=positive, default=200, help="how many ask at the same moment (200)")
    flood = made.add_argument_group("flood")
    flood.add_argument("--flood", type=positive, default=200, help="new conversations a second (200)")
    desk = made.add_argument_group("desk")
    desk.add_argument("--open-cases", type=positive, default=1_000, help="cases that are open (1000)")
    desk.add_argument("--settled-cases", type=positive, default=100_000, help="cases that are settled (100000)")
    desk.add_argument("--repeats", type=positive, default=30, help="how often each page is asked for (30)")
    desk.add_argument("--port", type=positive, default=8319, help="where the measured app listens (8319)")
    turns = made.add_argument_group("turns")
    turns.add_argument(
        "--address",
        help="measure running servers, such as http://127.0.0.1:8000, instead of starting some; this leaves "
        "conversations and perhaps tickets there",
    )
    retrieval = made.add_argument_group("retrieval")
    retrieval.add_argument(
        "--data",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="more sets: NAME.articles.jsonl and NAME.questions.jsonl, also packed (.gz); may be given again",
    )
    retrieval.add_argument("--questions", type=positive, metavar="N", help="ask at most so many of each set")
    retrieval.add_argument(
        "--rivals",
        type=rivals,
        default=[*RIVALS],
        metavar="NAMES",
        help=f"whom to measure beside ours: some of {','.join(RIVALS)}, or none (all)",
    )
    retrieval.add_argument(
        "--rival-minutes",
        type=positive,
        default=10,
        metavar="N",
        help="how long the ResponseSelector may train for a set (10)",
    )
    scale = made.add_argument_group("scale")
    scale.add_argument(
        "--million", action="store_true", help="also a million vectors (about 10 GiB of memory, and many minutes)"
    )
    return made


def positive(text: str) -> int:
    """A whole number above zero. Raises ValueError, which the command line explains."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def whole_numbers(text: str) -> list[int]:
    """Numbers with commas between them. Raises ValueError, which the command line explains."""
    return [positive(part) for part in text.split(",")]


def contestants(text: str) -> list[str]:
    """Names with commas between them. Raises ValueError, which the command line explains."""
    names = text.split(",")
    if not set(names) <= set(CONTESTANTS):
        raise ValueError
    return names


def rivals(text: str) -> list[str]:
    """Names with commas between them, or "none". Raises ValueError, which the command line explains."""
    names = [] if text == "none" else text.split(",")
    if not set(names) <= set(RIVALS):
        raise ValueError
    return names


def machine() -> dict[str, Any]:
    """What the figures were measured on, and when."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    sys.exit(main())
