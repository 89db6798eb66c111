"""How fast English questions become vectors when one customer asks, and when many ask at the same moment.

Twice: encoded together with those that wait (as the app does it), and each by itself. The two take turns, so that what
else this machine does meets both alike.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from statistics import mean, median
from threading import Barrier
from typing import Any

from benchmarks.questions import answerable, endless
from benchmarks.tables import table
from knowledge_base.batching import Together, cores
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.minilm import load_minilm

AT_ONCE = (1, 4, 16)
# Each way is measured so often at a level, for about so long.
ROUNDS = 4
QUESTIONS = 400
Ask = Callable[[str], Vectors]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Questions a second, median and longest wait of one, for each number of threads and both ways."""
    encoder = load_minilm()
    encoder.prepare()
    together = Together(encoder.encode, at_once=cores())
    ways: dict[str, Ask] = {"together": together.encode, "by itself": lambda text: encoder.encode([text])}
    questions = (text for _, text in endless(answerable()["en"]))
    levels = []
    for at_once in options.at_once or AT_ONCE:
        print(f"encoding: {at_once} at once ...", file=sys.stderr, flush=True)
        levels.append({"at_once": at_once, **_level(ways, at_once, questions)})
    return {"encoder": encoder.name, "likeness": _likeness(encoder), "levels": levels}


def _level(ways: dict[str, Ask], at_once: int, questions: Iterator[str]) -> dict[str, Any]:
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for round_ in range(ROUNDS):
        # Each goes first as often as the other.
        for name, ask in sorted(ways.items(), reverse=bool(round_ % 2)):
            taken[name].append(_sample(ask, at_once, list(islice(questions, QUESTIONS))))
    return {
        name: {figure: median(each[figure] for each in samples) for figure in samples[0]}
        for name, samples in taken.items()
    }


def _sample(ask: Ask, at_once: int, questions: list[str]) -> dict[str, float]:
    ready = Barrier(at_once + 1)

    def customer(number: int) -> list[float]:
        ready.wait()
        seconds = []
        for text in questions[number::at_once]:
            begun = time.perf_counter()
            ask(text)
            seconds.append(time.perf_counter() - begun)
        return seconds

    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(customer, number) for number in range(at_once)]
        ready.wait()
        begun, spent = time.perf_counter(), time.process_time()
        waits = sorted(wait for each in running for wait in each.result())
        passed, spent = time.perf_counter() - begun, time.process_time() - spent
    return {
        "per_second": len(waits) / passed,
        "ms_median": 1000 * median(waits),
        "ms_p95": 1000 * waits[int(0.95 * len(waits))],
        "cpu_ms": 1000 * spent / len(waits),
    }


def _likeness(encoder: Encoder) -> dict[str, float]:
    """The cosine of a question's vector made alone and made among others, on the mean and at its least."""
    questions = [question.query for question in answerable()["en"]]
    among_others = encoder.encode(questions)
    found = [float(encoder.encode([text])[0] @ among_others[row]) for row, text in enumerate(questions)]
    return {"mean": mean(found), "least": min(found)}


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    rows: list[list[object]] = []
    for level in figures["levels"]:
        for name, found in level.items():
            if name == "at_once":
                continue
            values = (f"{found[each]:.1f}" for each in ("per_second", "ms_median", "ms_p95", "cpu_ms"))
            rows.append([f"{level['at_once']} {name}", *values])
    header = ["at once", "questions/s", "median ms", "p95 ms", "CPU ms each"]
    alike = figures["likeness"]
    return (
        f"{table(header, rows)}\n{figures['encoder']}; a question's vector alone and among others: cosine "
        f"{alike['mean']:.4f} on the mean, {alike['least']:.4f} at least; load {os.getloadavg()[0]:.1f}"
    )
