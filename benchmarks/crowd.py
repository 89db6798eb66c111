"""Many customers at the same moment: everybody is answered, in order, told when it takes long, and it passes."""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

import uvloop

from benchmarks.customer import Conversation, TurnFailed, chat_client, open_conversation
from benchmarks.load import LANGUAGES
from benchmarks.processes import Use
from benchmarks.questions import answerable, endless
from benchmarks.servers import WITHOUT_LIMITS, servers, temporary_folder
from benchmarks.tables import table
from knowledge_base.metrics import percentile

QUESTIONS_EACH = 4
ALONE_TURNS = 30
SAMPLE_SECONDS = 0.5
OPENING_AT_ONCE = 8
# Streams look after three seconds whether somebody should be told; whoever waited this long must have been.
TOLD_AFTER = 4.0


@dataclass
class Memory:
    """Memory over time, in MiB, of the app and the dialogue server together."""

    samples: list[int] = field(default_factory=list)

    async def watch(self, uses: Callable[[], dict[str, Use]]) -> None:
        """Take samples until cancelled."""
        while True:
            self.samples.append(sum(use.resident for use in uses().values()) // 1024)
            await asyncio.sleep(SAMPLE_SECONDS)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Let `options.customers` ask at the same moment, and compare one customer's waiting before and after.

    Raises:
        StartFailed: When the servers do not start.
        TurnFailed: When no conversation can be opened.
    """
    with ExitStack() as stack:
        started = stack.enter_context(servers(stack.enter_context(temporary_folder()), WITHOUT_LIMITS))
        figures = uvloop.run(_measure(started.address, options.customers, started.use))
        return figures | {"log_troubles": started.troubles()}


async def _measure(address: str, customers: int, uses: Callable[[], dict[str, Use]]) -> dict[str, Any]:
    asking = {language: endless(questions) for language, questions in answerable().items()}
    async with chat_client(address) as client:
        alone = await open_conversation(client, "en")
        before = await _alone(alone, asking)
        _tell(f"{customers} customers come in ...")
        crowd: list[Conversation] = []
        for start in range(0, customers, OPENING_AT_ONCE):
            languages = [LANGUAGES[number % len(LANGUAGES)] for number in range(start, min(start + 8, customers))]
            crowd += await asyncio.gather(*(open_conversation(client, language) for language in languages))
        memory = Memory()
        watching = asyncio.create_task(memory.watch(uses))
        await asyncio.sleep(2 * SAMPLE_SECONDS)
        _tell("all of them ask at once ...")
        begun = time.perf_counter()
        asked = await asyncio.gather(*(_ask(conversation, asking[conversation.language]) for conversation in crowd))
        seconds = time.perf_counter() - begun
        after = await _alone(alone, asking)
        await asyncio.sleep(2 * SAMPLE_SECONDS)
        watching.cancel()
        figures = _figures(crowd, [turn for turns in asked for turn in turns], seconds)
        await asyncio.gather(*(conversation.leave() for conversation in (alone, *crowd)))
    return figures | {"alone_before_ms": before, "alone_after_ms": after, "memory_mib": memory.samples}


async def _ask(conversation: Conversation, questions: Any) -> list[float | str]:
    turns: list[float | str] = []
    for _ in range(QUESTIONS_EACH):
        if conversation.handed_over:
            break
        try:
            turns.append((await conversation.ask(next(questions)[1]))[1])
        except TurnFailed as failure:
            turns.append(str(failure))
            break
    return turns


async def _alone(conversation: Conversation, asking: Any) -> float:
    """Median milliseconds of one customer who is alone."""
    return round(median([(await conversation.ask(next(asking["en"])[1]))[1] * 1000 for _ in range(ALONE_TURNS)]), 1)


def _figures(crowd: Sequence[Conversation], turns: Sequence[float | str], seconds: float) -> dict[str, Any]:
    times = [turn for turn in turns if not isinstance(turn, str)]
    waited_long = [each for each in crowd if _longest_wait(each) > TOLD_AFTER]
    return {
        "customers": len(crowd),
        "turns": len(turns),
        "seconds": round(seconds, 1),
        "turns_per_second": round(len(times) / seconds, 1),
        "median_s": round(median(times), 2),
        "p95_s": round(percentile(times, 0.95) or 0.0, 2),
        "max_s": round(max(times), 2),
        "errors": [turn for turn in turns if isinstance(turn, str)],
        "waited_long": len(waited_long),
        "waited_long_and_told": sum(bool(each.notices) for each in waited_long),
        "overtaken_by_at_most": overtaken([_first_turn(each.messages) for each in crowd if len(each.messages) > 1]),
    }


def _longest_wait(conversation: Conversation) -> float:
    """The longest time between a customer's message and the bot's next one, in seconds."""
    longest, asked_at = 0.0, None
    for message in conversation.messages:
        moment = datetime.fromisoformat(message["created_at"]).timestamp()
        if message["author"] == "customer":
            asked_at = asked_at or moment
        elif asked_at is not None:
            longest, asked_at = max(longest, moment - asked_at), None
    return longest


def _first_turn(messages: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """When the first question came in, and when it was answered."""
    asked = next(each for each in messages if each["author"] == "customer")
    answered = next((each for each in messages if each["author"] != "customer" and each["seq"] > asked["seq"]), asked)
    moments = [datetime.fromisoformat(each["created_at"]).timestamp() for each in (asked, answered)]
    return moments[0], moments[1]


def overtaken(turns: Sequence[tuple[float, float]]) -> int:
    """The most turns that came after another one but were answered before it.

    Args:
        turns: When each came, and when it was answered.
    """
    return max(
        (sum(came > own and answered < end for came, answered in turns) for own, end in turns),
        default=0,
    )


def _tell(text: str) -> None:
    print(f"crowd: {text}", file=sys.stderr, flush=True)


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    memory = figures["memory_mib"] or [0]
    rows: list[list[object]] = [
        ["customers at once", figures["customers"]],
        ["turns", figures["turns"]],
        ["turns/s", figures["turns_per_second"]],
        ["wait, median / p95 / longest", f"{figures['median_s']} / {figures['p95_s']} / {figures['max_s']} s"],
        ["errors", len(figures["errors"])],
        [f"customers who waited over {TOLD_AFTER:.0f} s", figures["waited_long"]],
        ["   of them told why", figures["waited_long_and_told"]],
        ["first questions: overtaken by at most", f"{figures['overtaken_by_at_most']} later ones"],
        ["memory before / most / after", f"{memory[0]} / {max(memory)} / {memory[-1]} MiB"],
        ["one alone, median before / after", f"{figures['alone_before_ms']} / {figures['alone_after_ms']} ms"],
    ]
    errors = "\n".join(sorted(set(figures["errors"])))
    troubles = "\n".join(f"log, {count} times: {line[:200]}" for line, count in figures["log_troubles"].items())
    return "\n\n".join(part for part in (table(["", ""], rows), errors, troubles) if part)
