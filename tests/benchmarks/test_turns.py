"""Counting turns: the questions, the event stream, what a turn amounts to, and the figures. No time is asserted."""

import itertools
import json

import pytest

from benchmarks.event_stream import Event, EventReader
from benchmarks.load import TURNS_A_CONVERSATION, Turn, conversations_needed
from benchmarks.outcomes import KINDS, Outcome, outcome_of
from benchmarks.processes import Use
from benchmarks.questions import answerable, ending, endless
from benchmarks.servers import trouble_lines
from benchmarks.turns import cpu_per_turn, show, times

pytestmark = pytest.mark.fast


def test_no_question_is_asked_twice_in_the_same_characters() -> None:
    questions = answerable()["en"]
    asked = [text for _, text in itertools.islice(endless(questions), len(questions) * 50)]
    assert len(set(asked)) == len(asked)
    assert asked[0] == questions[0].query


def test_endings_are_marks_in_a_fixed_order() -> None:
    assert [ending(time) for time in range(6)] == ["", "?", ".", "!", "??", "?."]


def test_all_three_languages_are_asked_in() -> None:
    assert set(answerable()) == {"en", "zh-Hans", "zh-Hant"}
    assert all(question.expected for questions in answerable().values() for question in questions)


STREAM = (
    ": beat\r\n\r\n"
    "id: 3\r\nevent: message\r\ndata: "
    + json.dumps({"seq": 3, "text": "退款\u2028好"}, ensure_ascii=False)
    + "\r\n\r\n"
    'event: status\ndata: {"status":\ndata: "bot"}\n\n'
    "data: 1\n\nid: 9\n\n"
).encode()


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_are_read_however_the_bytes_are_cut(size: int) -> None:
    reader = EventReader()
    chunks = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    assert [event for chunk in chunks for event in reader.feed(chunk)] == [
        Event("message", {"seq": 3, "text": "退款\u2028好"}),
        Event("status", {"status": "bot"}),
        Event("message", 1),
    ]


@pytest.mark.parametrize(
    ("payloads", "outcome"),
    [
        ([{"answer": {"article_id": "a"}}], Outcome("answer", ("a",), True)),
        ([{"answer": {"article_id": "z"}}], Outcome("answer", ("z",), False)),
        ([{"choices": [{"article_id": "z"}, {"article_id": "a"}]}], Outcome("choices", ("z", "a"), True)),
        ([{"offer": ["person"]}], Outcome("refused", (), False)),
        ([None, {"ticket": {"number": "T-1"}}], Outcome("handed over", (), False)),
        ([], Outcome("handed over", (), False)),
        ([None], Outcome("dialogue act", (), False)),
    ],
)
def test_what_a_turn_amounts_to(payloads: list[dict[str, object] | None], outcome: Outcome) -> None:
    assert outcome_of([{"payload": payload} for payload in payloads], {"a"}) == outcome


def test_enough_conversations_are_opened_beforehand() -> None:
    assert conversations_needed(1, 200) * TURNS_A_CONVERSATION >= 200 + TURNS_A_CONVERSATION
    assert conversations_needed(16, 200) == 16 * 3
    assert conversations_needed(16, 3) == 32


def turn(seconds: float | None) -> Turn:
    return Turn("en", "words", frozenset("a"), seconds, Outcome("answer", ("a",), True))


def test_times_leave_out_turns_without_an_answer() -> None:
    assert times([turn(0.1), turn(0.2), turn(0.4), turn(None)]) == {
        "count": 3,
        "ms_median": 200.0,
        "ms_p95": 400.0,
        "ms_max": 400.0,
    }
    assert times([turn(None)]) == {"count": 0, "ms_median": None, "ms_p95": None, "ms_max": None}


def test_a_process_started_again_has_no_processor_time_a_turn() -> None:
    before = {"rasa": Use(cpu=1.0), "app": Use(cpu=50.0)}
    after = {"rasa": Use(cpu=2.5), "app": Use(cpu=3.0), "new": Use(cpu=1.0)}
    assert cpu_per_turn(before, after, 100) == {"rasa": 15.0}


def test_troubles_in_a_log_are_told_without_their_times() -> None:
    log = (
        "2026-01-02T03:04:05Z --- app started as process 7\n"
        "2026-01-02T03:04:06Z 2026-01-02 03:04:06,123 INFO web: fine, no ERRORS\n"
        "2026-01-02T03:04:07Z 2026-01-02 03:04:07,123 WARNING support.turns.runner: slow\n"
        "2026-01-02T03:04:08Z Traceback (most recent call last):\n"
    )
    assert trouble_lines(log) == ["WARNING support.turns.runner: slow", "Traceback (most recent call last):"]


def test_the_report_names_every_figure() -> None:
    level = {
        "at_once": 4,
        "turns": 10,
        "answering_turns": 8,
        "turns_per_second": 12.5,
        **times([turn(0.1)]),
        "languages": {"en": times([turn(0.1)])},
        "outcomes": dict.fromkeys(KINDS, 1),
        "right": {"answer": 1, "choices": 0},
        "errors": {"nothing came": 2},
        "opened_late": 0,
        "cpu_ms_per_turn": {"app": 50.5, "customers": 5.0},
        "load_average": 1.5,
        "memory": {"app": {"mib": 640, "peak_mib": 650}},
        "surprises": [{"query": "why?", "expected": ["a"], "outcome": "answer", "shown": ["b"]}],
    }
    figures = {
        "levels": [level],
        "memory_ready": level["memory"],
        "ready_seconds": 9.5,
        "log_troubles": {"app: bad": 3},
    }
    text = show(figures)
    for part in ("12.5", "nothing came", "640", "50.5", "answer b instead of a: why?", "ready after 9.5 s", "app: bad"):
        assert part in text
