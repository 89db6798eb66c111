"""A flood of new conversations: what it costs those who are in the middle of a talk, and what becomes of the flood."""

import argparse
import asyncio
import itertools
import multiprocessing
import random
import sqlite3
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import uvloop

from benchmarks.customer import API, Conversation, TurnFailed, chat_client, open_conversation
from benchmarks.processes import Use
from benchmarks.questions import answerable, endless
from benchmarks.servers import servers, temporary_folder
from benchmarks.tables import table
from knowledge_base.evaluate import Question
from knowledge_base.metrics import percentile

CUSTOMERS = 5
# Reading an answer and writing the next question.
THINK_SECONDS = (1.0, 3.0)
SECONDS = 30.0
FLOOD_A_SECOND = 200
# What a question waits in the line, and a little more.
SETTLING = 2.0


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Let five customers chat, first alone and then in a flood that comes from as many addresses as conversations.

    Raises:
        StartFailed: When the servers do not start.
        TurnFailed: When the customers' conversations cannot be opened.
    """
    with ExitStack() as stack:
        started = stack.enter_context(servers(stack.enter_context(temporary_folder())))
        figures = uvloop.run(_measure(started.address, options.flood, started.use))
        figures["newcomers"] = _turns(started.running.home / "huilu.db") - Counter({"answered": figures.pop("answers")})
        return figures | {"log_troubles": started.troubles()}


async def _measure(address: str, rate: int, use: Callable[[], dict[str, Use]]) -> dict[str, Any]:
    asking = endless(answerable()["en"])
    async with chat_client(address) as client:
        customers = [await open_conversation(client, "en") for _ in range(CUSTOMERS)]
        _tell("five customers chat ...")
        alone = await chatting(customers, asking, SECONDS)
        _tell(f"{rate} new conversations a second join them ...")
        # In a process of its own, so that what it takes is not measured as waiting.
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            pouring = pool.apply_async(pour_now, (address, rate, SECONDS))
            await asyncio.sleep(SETTLING)
            before = use()
            flooded = await chatting(customers, asking, SECONDS - SETTLING)
            after = use()
            flood = await asyncio.to_thread(pouring.get)
        await asyncio.gather(*(customer.leave() for customer in customers))
    figures: dict[str, Any] = {"alone": _times(alone), "flooded": _times(flooded), "flood": flood, "rate": rate}
    figures["cpu_seconds"] = {name: round(after[name].cpu - before[name].cpu, 1) for name in before}
    answers = sum(not isinstance(turn, str) for turn in [*alone, *flooded])
    ratio = {name: figures["flooded"][name] / figures["alone"][name] for name in ("median_ms", "p95_ms")}
    return figures | {"ratio": ratio, "answers": answers}


async def chatting(
    customers: list[Conversation], asking: Iterator[tuple[Question, str]], seconds: float
) -> list[float | str]:
    """Customers ask at a normal pace for a while; the seconds until each answer, or why none came."""
    end = time.perf_counter() + seconds
    dice = random.Random(7)

    async def one(customer: Conversation) -> list[float | str]:
        turns: list[float | str] = []
        await asyncio.sleep(dice.uniform(0, THINK_SECONDS[1]))
        while time.perf_counter() < end:
            try:
                turns.append((await customer.ask(next(asking)[1]))[1])
            except TurnFailed as failure:
                turns.append(str(failure))
            await asyncio.sleep(dice.uniform(*THINK_SECONDS))
        return turns

    return [turn for turns in await asyncio.gather(*map(one, customers)) for turn in turns]


def pour_now(address: str, rate: int, seconds: float) -> Counter[str]:
    """`pour` in an event loop of its own."""
    return uvloop.run(pour(address, rate, seconds))


async def pour(address: str, rate: int, seconds: float) -> Counter[str]:
    """Open so many conversations a second, each from another address, and ask a question in each that opens.

    Returns:
        How often what came of it: "opened", "refused", "refused without a time", "asked", or what failed.
    """
    counts: Counter[str] = Counter()
    words = answerable()["en"]
    async with chat_client(address) as client:

        async def one(number: int) -> None:
            visitor = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
            try:
                async with client.post(API, json={"language": "en"}, headers=visitor) as answer:
                    if answer.status == 429:
                        counts["refused" if answer.headers.get("Retry-After") else "refused without a time"] += 1
                        return
                    opened = await answer.json()
                counts["opened" if answer.status == 201 else f"opening was answered with {answer.status}"] += 1
                own = visitor | {"Authorization": f"Bearer {opened['token']}"}
                body = {"client_id": str(uuid.uuid4()), "text": words[number % len(words)].query}
                async with client.post(f"{API}/{opened['id']}/messages", json=body, headers=own) as posted:
                    counts["asked" if posted.status == 202 else f"asking was answered with {posted.status}"] += 1
            except (aiohttp.ClientError, TimeoutError, KeyError) as error:
                counts[f"failed: {type(error).__name__}"] += 1

        begun, tasks = time.perf_counter(), []
        for number in itertools.count(1):
            late = begun + number / rate - time.perf_counter()
            if number > rate * seconds:
                break
            await asyncio.sleep(max(0.0, late))
            tasks.append(asyncio.create_task(one(number)))
        await asyncio.gather(*tasks)
    counts["a second, really"] = round(len(tasks) / (time.perf_counter() - begun))
    return counts


def _turns(database: Path) -> Counter[str]:
    """How many turns are in each state."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return Counter(dict(connection.execute("SELECT state, count(*) FROM turn GROUP BY state")))
    finally:
        connection.close()


def _times(turns: list[float | str]) -> dict[str, Any]:
    times = [turn * 1000 for turn in turns if not isinstance(turn, str)]
    return {
        "turns": len(turns),
        "median_ms": round(median(times), 1),
        "p95_ms": round(percentile(times, 0.95) or 0.0, 1),
        "max_ms": round(max(times), 1),
        "errors": [turn for turn in turns if isinstance(turn, str)],
    }


def _tell(text: str) -> None:
    print(f"flood: {text}", file=sys.stderr, flush=True)


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    alone, flooded, ratio = figures["alone"], figures["flooded"], figures["ratio"]
    flood, newcomers = figures["flood"], figures["newcomers"]
    waits = table(
        ["five customers", "alone", "in the flood", "ratio"],
        [
            ["answers", alone["turns"], flooded["turns"], ""],
            ["median, ms", alone["median_ms"], flooded["median_ms"], f"{ratio['median_ms']:.1f}"],
            ["95 of 100 within, ms", alone["p95_ms"], flooded["p95_ms"], f"{ratio['p95_ms']:.1f}"],
            ["longest, ms", alone["max_ms"], flooded["max_ms"], ""],
            ["errors", len(alone["errors"]), len(flooded["errors"]), ""],
        ],
    )
    tried = sum(count for name, count in flood.items() if name in ("opened", "refused", "refused without a time"))
    poured = table(
        ["the flood", ""],
        [
            [f"conversations tried, {figures['rate']} a second meant", tried],
            *([name, count] for name, count in sorted(flood.items())),
            ["refused of those tried, percent", round(100 * flood["refused"] / tried)],
            *([f"their questions: {name}", count] for name, count in sorted(newcomers.items())),
            *([f"processor seconds of {name}", seconds] for name, seconds in figures["cpu_seconds"].items()),
        ],
    )
    errors = "\n".join(sorted({*alone["errors"], *flooded["errors"]}))
    troubles = "\n".join(f"log, {count} times: {line[:200]}" for line, count in figures["log_troubles"].items())
    return "\n\n".join(part for part in (waits, poured, errors, troubles) if part)
