"""Which article is taken for which, and what should have been refused."""

import pytest

from knowledge_base.decision import Kind
from knowledge_base.metrics import Outcome
from knowledge_base.mistakes import confusions, should_have_been_refused

pytestmark = pytest.mark.fast


def asked(query: str, expected: str, found: str, probability: float, decision: Kind = "answer") -> tuple[str, Outcome]:
    return query, Outcome(frozenset(expected), tuple(found), probability, decision, 1, 1.0)


def test_pairs_come_most_frequent_first_with_their_surest_questions() -> None:
    found = confusions(
        [
            asked("right", "a", "ab", 0.9),
            asked("once", "b", "ca", 0.9),
            asked("unsure", "a", "ba", 0.2),
            asked("sure", "a", "ba", 0.8),
            asked("fairly sure", "a", "ba", 0.5),
            asked("least sure", "a", "ba", 0.1),
        ]
    )
    assert [pair.as_json() for pair in found] == [
        {
            "expected": "a",
            "found": "b",
            "count": 4,
            "examples": [
                {"query": "sure", "probability": 0.8},
                {"query": "fairly sure", "probability": 0.5},
                {"query": "unsure", "probability": 0.2},
            ],
        },
        {"expected": "b", "found": "c", "count": 1, "examples": [{"query": "once", "probability": 0.9}]},
    ]


def test_of_several_right_articles_the_one_found_soonest_is_named() -> None:
    assert [pair.expected for pair in confusions([asked("q", "xb", "cb", 0.5), asked("q", "xy", "cb", 0.5)])] == [
        "b",
        "x",
    ]


def test_finding_nothing_is_a_mistake_too() -> None:
    (pair,) = confusions([asked("q", "a", "", 0.0, "none")])
    assert (pair.expected, pair.found) == ("a", None)


def test_only_answers_to_unanswerable_questions_should_have_been_refused() -> None:
    found = should_have_been_refused(
        [
            asked("offered", "", "a", 0.9, "choices"),
            asked("answered", "", "a", 0.6),
            asked("answered surely", "", "b", 0.8),
            asked("answerable", "a", "b", 0.9),
        ]
    )
    assert [(each.query, each.found, each.probability) for each in found] == [
        ("answered surely", "b", 0.8),
        ("answered", "a", 0.6),
    ]
