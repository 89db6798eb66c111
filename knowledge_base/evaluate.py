"""Asking the knowledge base a file of questions, exactly as customers would, and counting what comes back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.articles.importing import ImportProblem, ImportRefused, read_text
from knowledge_base.metrics import Outcome, all_metrics
from knowledge_base.service import KnowledgeBase
from texts.language import LANGUAGES, detect


@dataclass(frozen=True)
class Question:
    """A line of the file: the customer's words, the right articles' keys, and their language."""

    query: str
    expected: frozenset[str]
    language: str


@dataclass(frozen=True)
class Evaluation:
    """The outcomes of all questions.

    Attributes:
        unknown: Expected articles which the knowledge base does not have; their questions cannot be got right.
    """

    questions: tuple[Question, ...]
    outcomes: tuple[Outcome, ...]
    unknown: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """All metrics over all questions, how many there were, and the same for each language."""
        figures: dict[str, Any] = {"questions": len(self.questions)}
        figures["answerable"] = sum(outcome.answerable for outcome in self.outcomes)
        figures |= _rounded(all_metrics(self.outcomes))
        languages = [code for code in LANGUAGES if any(question.language == code for question in self.questions)]
        figures["languages"] = {code: self._language(code) for code in languages}
        return figures

    def _language(self, code: str) -> dict[str, Any]:
        outcomes = [
            outcome
            for question, outcome in zip(self.questions, self.outcomes, strict=True)
            if question.language == code
        ]
        return {"questions": len(outcomes)} | _rounded(all_metrics(outcomes))


def read_questions(path: Path) -> list[Question]:
    """Read a .jsonl or .jsonl.gz file of `{"query", "expected": [article ids]}`, "language" if it is known.

    Raises:
        FileUnreadable: When the file cannot be read.
        ImportRefused: With the problems of all bad lines.
    """
    questions = []
    problems = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        question = _question(line)
        if isinstance(question, Question):
            questions.append(question)
        else:
            problems.append(ImportProblem(number, question))
    if problems:
        raise ImportRefused(problems)
    return questions


def evaluate(knowledge_base: KnowledgeBase, questions: Iterable[Question]) -> Evaluation:
    """Ask the questions one at a time, on the path of live questions."""
    asked = tuple(questions)
    outcomes = tuple(_ask(knowledge_base, question) for question in asked)
    expected = {key for question in asked for key in question.expected}
    return Evaluation(asked, outcomes, tuple(sorted(expected - set(knowledge_base.snapshot.keys))))


def _ask(knowledge_base: KnowledgeBase, question: Question) -> Outcome:
    result = knowledge_base.search(question.query, question.language)
    return Outcome(
        question.expected,
        tuple(candidate.article_id for candidate in result.candidates),
        result.candidates[0].probability if result.candidates else 0.0,
        result.decision,
        result.offered,
        result.milliseconds,
    )


def _question(line: str) -> Question | str:
    """The question of a line, or the reason why it is none."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not valid JSON: {getattr(error, 'msg', 'too deep')}"
    if not isinstance(data, dict):
        return "not a JSON object"
    query, expected, language = data.get("query"), data.get("expected"), data.get("language")
    if not isinstance(query, str):
        return '"query" must be a text'
    if not isinstance(expected, list) or not all(isinstance(key, str) for key in expected):
        return '"expected" must be a list of article ids (empty when nothing fits)'
    if language is not None and language not in LANGUAGES:
        return f"unknown language (known: {', '.join(LANGUAGES)})"
    return Question(query, frozenset(expected), language or detect(query))


def _rounded(figures: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in figures.items()}
