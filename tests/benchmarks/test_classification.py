"""Figures of the intent classifier, worked by hand and against scikit-learn."""

import random

import pytest
from sklearn.metrics import f1_score

from benchmarks.classification import accuracy, label_figures, macro_f1
from benchmarks.intents import figures_of, lost_questions, read_examples, show

pytestmark = pytest.mark.fast

PAIRS = [("greet", "greet"), ("greet", "thanks"), ("stop", "stop"), ("stop", "stop")]


def test_each_label_gets_its_own_figures() -> None:
    figures = label_figures(PAIRS)
    assert (figures["greet"].precision, figures["greet"].recall, figures["greet"].expected) == (1.0, 0.5, 2)
    assert figures["greet"].f1 == pytest.approx(2 / 3)
    assert figures["stop"].f1 == 1.0


def test_a_label_that_was_only_ever_understood_counts_as_zero() -> None:
    assert label_figures(PAIRS)["thanks"].f1 == 0.0
    assert macro_f1(PAIRS) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert accuracy(PAIRS) == 0.75


def test_nothing_measured_is_no_figure() -> None:
    assert macro_f1([]) is None
    assert accuracy([]) is None


def test_macro_f1_is_what_scikit_learn_counts() -> None:
    dice = random.Random(3)
    pairs = [(dice.choice("abcd"), dice.choice("abcde")) for _ in range(200)]
    theirs = f1_score([wanted for wanted, _ in pairs], [got for _, got in pairs], average="macro", zero_division=0)
    assert macro_f1(pairs) == pytest.approx(theirs)


HELD_OUT = """
version: "3.1"
nlu:
- intent: greet
  metadata:
    language: en
  examples: |
    - hi there
    - hello - it's me
- intent: question
  metadata:
    language: zh-Hans
  examples: |
    - 怎么退货
"""


def test_examples_come_with_the_language_of_their_intent() -> None:
    assert read_examples(HELD_OUT) == [
        {"text": "hi there", "intent": "greet", "language": "en"},
        {"text": "hello - it's me", "intent": "greet", "language": "en"},
        {"text": "怎么退货", "intent": "question", "language": "zh-Hans"},
    ]


def test_a_fallback_counts_as_a_question_and_is_told() -> None:
    understood = ["greet", "nlu_fallback", "nlu_fallback"]
    examples = [
        example | {"understood": intent, "confidence": 0.5}
        for example, intent in zip(read_examples(HELD_OUT), understood, strict=True)
    ]
    figures = figures_of(examples)
    assert figures["languages"]["zh-Hans"]["macro_f1"] == 1.0
    assert figures["all"]["fallbacks"] == {"greet": 1, "question": 1}
    assert figures["confusions"] == [
        {"expected": "greet", "understood": "question", "count": 1, "examples": ["hello - it's me"]}
    ]
    figures["demo_questions"] = lost_questions(examples[:1])
    assert "greet taken for question, 1 times: hello - it's me" in show(figures)
    assert "never reach the search: 1 of 1" in show(figures)


def test_questions_that_are_taken_for_something_else_are_named() -> None:
    questions = [
        {"text": "a", "intent": "question", "language": "en", "understood": "nlu_fallback", "confidence": 0.4},
        {"text": "b", "intent": "question", "language": "en", "understood": "complaint", "confidence": 0.9},
    ]
    lost = {"text": "b", "language": "en", "understood": "complaint", "confidence": 0.9}
    assert lost_questions(questions) == {"count": 2, "lost": [lost]}
