"""The demo shop's questions as customers ask them, over and over but never twice in the same characters."""

import random
from collections.abc import Iterator
from pathlib import Path

from knowledge_base.evaluate import Question, read_questions

DEMO_QUESTIONS = Path(__file__).parent.parent / "demo" / "questions.jsonl"
MARKS = "?.!"


def answerable(path: Path = DEMO_QUESTIONS) -> dict[str, list[Question]]:
    """The questions that have an answer, by language, in an order that is mixed but always the same."""
    by_language: dict[str, list[Question]] = {}
    for question in read_questions(path):
        if question.expected:
            by_language.setdefault(question.language, []).append(question)
    for questions in by_language.values():
        random.Random(7).shuffle(questions)
    return by_language


def endless(questions: list[Question], time: int = 0) -> Iterator[tuple[Question, str]]:
    """Each question with its words, round and round; every round ends the words in other marks.

    The app keeps the vectors of recent queries. A load that repeats itself would measure that memory.

    Args:
        time: How often the questions were asked already.
    """
    while True:
        for question in questions:
            yield question, question.query + ending(time)
        time += 1


def ending(time: int) -> str:
    """Marks that tell the times a question is asked apart: "", "?", ".", "!", "??", "?.", ..."""
    marks = ""
    while time > 0:
        time, mark = divmod(time - 1, len(MARKS))
        marks = MARKS[mark] + marks
    return marks
