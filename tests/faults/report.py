"""What a run brought: the table, the figures, and examples with all that is known about them."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from statistics import median

from tests.faults.check import Result
from tests.faults.compare import KINDS
from tests.faults.records import Stored, Violation, count_by_kind

EXAMPLES_OF_A_RULE = 2
SLOW_SECONDS = 6.0
LOG_LINES, LOUD_LINES, LOG_CHARACTERS = 20, 10, 240
_LOUD = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b|^\S+ ---")
_WITHOUT_NUMBERS = re.compile(r"[0-9a-f-]{8,}|\d+")
NAMES = {
    "lost": "lost: messages and answers that are not there",
    "doubled": "doubled: stored, answered or done twice",
    "out of order": "out of order: messages, answers, or an answer to another question",
    "stuck": "stuck: turns that do not end",
    "ticket": "tickets: two for one wish, none, or a number not told",
}


def table(result: Result) -> str:
    """The counts that must all be 0, and what else is worth knowing."""
    counts = count_by_kind(result.violations)
    messages = sum(len(_stored(result, each.conversation_id).messages) for each in result.diaries)
    total = sum(result.seconds.values())
    lines = [
        f"Faults: {result.conversations} conversations, {messages} messages, seed {result.seed}, {total:.0f} s",
        "",
        *(f"  {counts.get(kind, 0):6}  {NAMES[kind]}" for kind in KINDS),
        "",
        *_rules(result.violations),
        *(f"  {name}: {value}" for name, value in _figures(result)),
        "",
        "  Faults of the servers, in seconds after the first customer:",
        *(f"    {line}" for line in result.told),
    ]
    return "\n".join(lines)


def _rules(violations: list[Violation]) -> list[str]:
    counts = Counter((each.kind, each.rule) for each in violations)
    if not counts:
        return []
    return [*(f"  {count:6}  {kind}: {rule}" for (kind, rule), count in sorted(counts.items())), ""]


def _figures(result: Result) -> list[tuple[str, str]]:
    kept = [result.stored[each.conversation_id] for each in result.diaries if each.conversation_id in result.stored]
    turns = [turn for stored in kept for turn in stored.turns]
    states = Counter(turn.state for turn in turns)
    by = Counter(turn.answered_by for turn in turns if turn.state == "answered")
    seconds = sorted(_turn_seconds(kept))
    waits = sorted(wait for each in result.diaries for wait in each.waits)
    told = Counter[str]()
    counts = Counter(result.counts)
    for each in result.diaries:
        told.update(each.told_to_wait)
        counts.update(each.counts)
    slow = sum(1 for each in seconds if each > SLOW_SECONDS)
    return [
        ("time", ", ".join(f"{value:.0f} s {part}" for part, value in result.seconds.items())),
        ("turns", _words(states)),
        ("answered by", _words(by)),
        ("turns with one retry or more", str(sum(1 for turn in turns if turn.attempt > 1))),
        ("seconds from question to stored answer", f"{_times(seconds)}; {slow} over {SLOW_SECONDS:.0f} s"),
        ("seconds until customers saw it", f"{_times(waits)}; {sum(each.in_vain for each in result.diaries)} in vain"),
        ("told to wait", _words(told) or "never"),
        ("tickets", str(sum(len(each.tickets) for each in kept))),
        ("contacts kept", _contacts(result)),
        ("faults and what came of them", _words(counts)),
        ("processor time of the checker itself", f"{time.process_time():.0f} s"),
    ]


def _turn_seconds(kept: Iterable[Stored]) -> list[float]:
    seconds = []
    for stored in kept:
        for turn in stored.turns:
            if turn.answered_at is not None and turn.state == "answered":
                since = min((each.created_at for each in stored.questions(turn.id)), default=turn.created_at)
                seconds.append((turn.answered_at - since).total_seconds())
    return seconds


def _contacts(result: Result) -> str:
    given = [each for each in result.diaries if each.contacts]
    kept = sum(1 for each in given if any(ticket.contact for ticket in _stored(result, each.conversation_id).tickets))
    return f"{kept} of {len(given)}"


def _stored(result: Result, conversation_id: str) -> Stored:
    return result.stored.get(conversation_id) or Stored(conversation_id)


def _times(seconds: list[float]) -> str:
    if not seconds:
        return "none"
    p95 = seconds[int(0.95 * (len(seconds) - 1))]
    return f"median {median(seconds):.2f}, p95 {p95:.2f}, most {seconds[-1]:.2f}"


def _words(counts: Counter[str] | Counter[str | None]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda each: str(each[0])))


def examples(result: Result) -> str:
    """A few cases of each rule, with transcript, turns and log lines."""
    shown: Counter[tuple[str, str]] = Counter()
    parts = []
    for each in result.violations:
        rule = (each.kind, each.rule)
        shown[rule] += 1
        if shown[rule] <= EXAMPLES_OF_A_RULE:
            parts.append(_example(result, each))
    return "\n\n".join(parts)


def _example(result: Result, violation: Violation) -> str:
    stored = _stored(result, violation.conversation_id)
    diary = next((each for each in result.diaries if each.conversation_id == violation.conversation_id), None)
    who = f"customer {diary.number}, script {diary.script!r}, {diary.language}" if diary else "nobody"
    lines = [
        f"== {violation.kind}: {violation.rule}",
        f"   {violation.words}",
        f"   conversation {stored.id} ({stored.status}), turn {violation.turn_id}, {who}",
    ]
    for message in stored.messages:
        extra = f" {_short(message.payload)}" if message.payload else ""
        turn = (message.turn_id or "-")[:8]
        when = message.created_at.strftime("%H:%M:%S.%f")[:-3]
        lines.append(f"   {message.seq:3} {when} {turn} {message.author:8} {message.text[:70]!r}{extra}")
    for each in stored.turns:
        ended = each.answered_at.strftime("%H:%M:%S.%f")[:-3] if each.answered_at else "-"
        begun = each.created_at.strftime("%H:%M:%S.%f")[:-3]
        trigger = f" {each.trigger}" if each.trigger else ""
        lines.append(f"   turn {each.id[:8]} {begun} to {ended} {each.state} by {each.answered_by}{trigger}")
    lines += [f"   trail of {found.turn_id[:8]}: {found.query!r}" for found in stored.retrievals]
    for ticket in stored.tickets:
        opened = ticket.created_at.strftime("%H:%M:%S.%f")[:-3]
        turn = (ticket.turn_id or "-")[:8]
        lines.append(f"   ticket {ticket.number} {opened} {ticket.reason} of turn {turn}: {', '.join(ticket.events)}")
    return "\n".join([*lines, *_log_lines(result.home, stored)])


def _short(payload: dict[str, object] | None) -> str:
    words = str(payload)
    return words if len(words) <= 90 else words[:87] + "..."


def _log_lines(home: Path, stored: Stored) -> list[str]:
    """Lines that name the conversation or its turns, and the loud ones of its time, each once."""
    if not stored.messages:
        return []
    names = [stored.id, *(each.id for each in stored.turns), *(each.client_id or "-" for each in stored.messages)]
    begun = (stored.messages[0].created_at - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ended = (stored.messages[-1].created_at + timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    named, loud = [], dict[str, str]()
    for path in sorted((home / "log").glob("*.log")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            when, said = line[:20], _said(line[21:])
            if any(name in line for name in names if name != "-"):
                named.append(f"   {when} {path.stem:5}| {said}")
            elif begun <= when <= ended and _LOUD.search(line):
                loud.setdefault(_WITHOUT_NUMBERS.sub("#", said[:100]), f"   {when} {path.stem:5}| {said}")
    return sorted([*named[:LOG_LINES], *list(loud.values())[:LOUD_LINES]])


def _said(line: str) -> str:
    """A log line in short: of one in JSON what it says, without the time that stands before it anyway."""
    try:
        told = json.loads(line)
    except ValueError:
        return line[:LOG_CHARACTERS]
    if not isinstance(told, dict):
        return line[:LOG_CHARACTERS]
    more = {name: value for name, value in told.items() if name not in ("time", "level", "logger", "message")}
    return f"{told.get('level')} {told.get('message')} {more}"[:LOG_CHARACTERS]
