"""Figures of contestants, pooled over rounds, and how they stand to each other. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.load import Turn
from benchmarks.outcomes import ANSWERING, KINDS
from benchmarks.turns import times

# The first one's figure over the second one's.
RATIOS = (
    ("ours", "peer", "turns_per_second"),
    ("ours", "peer", "ms_median"),
    ("ours", "peer", "ms_p95"),
    ("ours", "limit", "turns_per_second"),
    ("ours", "limit", "ms_p95"),
)
TONGUES = {"en": "English", "zh-Hans": "Chinese", "zh-Hant": "Chinese"}


@dataclass(frozen=True)
class Sample:
    """One contestant for one round at one level.

    Attributes:
        seconds: From the first question to the last answer.
        cpu: Processor seconds that each process took meanwhile; `customers` is the load itself.
        memory: What each process held at the end, in KiB.
        elsewhere: Share of the machine's processor time that went to anything else; None where it is not known.
    """

    turns: Sequence[Turn]
    seconds: float
    cpu: Mapping[str, float]
    memory: Mapping[str, int]
    elsewhere: float | None = None


def pooled(samples: Sequence[Sample]) -> dict[str, Any]:
    """The figures of one contestant at one level: all turns over all seconds, and times over all turns.

    A turn counts as answered when the knowledge base was searched and the bot went on by itself.
    """
    turns = [turn for sample in samples for turn in sample.turns]
    answering = [turn for turn in turns if turn.outcome.kind in ANSWERING]
    seconds = sum(sample.seconds for sample in samples)
    memory = {name: max(_of(samples, name)) for name in dict.fromkeys(name for each in samples for name in each.memory)}
    return {
        "turns": len(turns),
        "answering_turns": len(answering),
        "seconds": round(seconds, 2),
        "turns_per_second": round(len(answering) / seconds, 2),
        "turns_per_second_by_round": [
            round(sum(turn.outcome.kind in ANSWERING for turn in each.turns) / each.seconds, 2) for each in samples
        ],
        **times(answering),
        "errors": dict(Counter(turn.error for turn in turns if turn.error)),
        "outcomes": {kind: sum(turn.outcome.kind == kind for turn in turns) for kind in KINDS},
        "quality": quality(turns),
        "cpu_ms_per_turn": _cpu_per_turn(samples),
        "elsewhere": _mean([sample.elsewhere for sample in samples]),
        "memory_mib": {name: round(kib / 1024) for name, kib in memory.items()},
    }


def _of(samples: Sequence[Sample], name: str) -> list[int]:
    return [sample.memory[name] for sample in samples if name in sample.memory]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 3) if known else None


def _cpu_per_turn(samples: Sequence[Sample]) -> dict[str, float]:
    """Milliseconds a turn; a process that was started again in a round is left out of that round."""
    spent: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    for sample in samples:
        for name, seconds in sample.cpu.items():
            if seconds >= 0:
                spent[name] += seconds  # type: ignore[assignment]
                turns[name] += len(sample.turns)
    return {name: round(seconds * 1000 / turns[name], 1) for name, seconds in spent.items() if turns[name]}


def quality(turns: Sequence[Turn]) -> dict[str, dict[str, int]]:
    """What was answered, by English and Chinese: rightly, rightly as one of a few choices, wrongly, or not."""
    figures: dict[str, dict[str, int]] = {}
    for turn in turns:
        kind, right = turn.outcome.kind, turn.outcome.right
        counted = figures.setdefault(
            TONGUES[turn.language], dict.fromkeys(("asked", "right", "right_choice", "wrong", "no_answer"), 0)
        )
        counted["asked"] += 1
        if kind == "answer":
            counted["right" if right else "wrong"] += 1
        elif kind == "choices":
            counted["right_choice" if right else "wrong"] += 1
        else:
            counted["no_answer"] += 1
    return figures


def added(parts: Sequence[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    """Several of `quality` as one."""
    total: dict[str, dict[str, int]] = {}
    for part in parts:
        for tongue, counts in part.items():
            sums = total.setdefault(tongue, dict.fromkeys(counts, 0))
            for name, count in counts.items():
                sums[name] += count
    return total


def ratios(level: Mapping[str, Mapping[str, Any]]) -> dict[str, float | None]:
    """How contestants at one level stand to each other; None where one of them has no such figure.

    Returns:
        "ours/peer turns_per_second" -> ours over the peer's, and so on.
    """
    return {
        f"{over}/{under} {figure}": _ratio(level[over][figure], level[under][figure])
        for over, under, figure in RATIOS
        if over in level and under in level
    }


def _ratio(over: float | None, under: float | None) -> float | None:
    return round(over / under, 3) if over is not None and under else None
