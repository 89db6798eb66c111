"""Asking the knowledge base a file of questions, exactly as customers would, and counting what comes back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from knowledge_base.articles.importing import ImportProblem, ImportRefused, read_text
from knowledge_base.intervals import Interval, all_intervals, wilson
from knowledge_base.metrics import Outcome, all_metrics, shares
from knowledge_base.mistakes import confusions, should_have_been_refused
from knowledge_base.service import KnowledgeBase
from texts.language import LANGUAGES, detect

# How many pairs of mistaken articles, and of wrongly answered questions, are told.
WORST = 10
_BY_CATEGORY = ("hit@1", "hit@3", "helped", "answered", "answer_precision")


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
        categories: Of the articles each question expects; none where nothing fits.
    """

    questions: tuple[Question, ...]
    outcomes: tuple[Outcome, ...]
    unknown: tuple[str, ...]
    categories: tuple[frozenset[str], ...]

    @property
    def languages(self) -> dict[str, list[Outcome]]:
        """The outcomes by the questions' language."""
        return {
            code: [outcome for question, outcome in self._asked() if question.language == code]
            for code in LANGUAGES
            if any(question.language == code for question in self.questions)
        }

    def as_json(self, worst: int = WORST) -> dict[str, Any]:
        """All figures with their 95 % intervals: over all questions, by language and by category; and what went wrong.

        Args:
            worst: How many pairs of mistaken articles, and of wrongly answered questions.
        """
        said = [(question.query, outcome) for question, outcome in self._asked()]
        refusable = [asdict(mistake) for mistake in should_have_been_refused(said)[:worst]]
        return {
            "questions": len(self.questions),
            "answerable": sum(outcome.answerable for outcome in self.outcomes),
            **figures(self.outcomes),
            "languages": {
                code: {"questions": len(outcomes)} | figures(outcomes) for code, outcomes in self.languages.items()
            },
            "categories": {name: self._category(name) for name in sorted(frozenset().union(*self.categories))},
            "confusions": [pair.as_json() for pair in confusions(said)[:worst]],
            "should_have_been_refused": [each | {"probability": round(each["probability"], 4)} for each in refusable],
        }

    def _asked(self) -> Iterable[tuple[Question, Outcome]]:
        return zip(self.questions, self.outcomes, strict=True)

    def _category(self, name: str) -> dict[str, Any]:
        outcomes = [outcome for outcome, names in zip(self.outcomes, self.categories, strict=True) if name in names]
        counted = {name: share for name, share in shares(outcomes).items() if name in _BY_CATEGORY}
        return {
            "questions": len(outcomes),
            **{name: _rounded(counted[name].value) for name in _BY_CATEGORY},
            "intervals": {name: _both_rounded(wilson(counted[name])) for name in _BY_CATEGORY},
        }


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All metrics, to four decimals, and under "intervals" [low, high] of each but the times; None for unknown."""
    values = all_metrics(outcomes)
    intervals = all_intervals(outcomes)
    return {name: _rounded(value) for name, value in values.items()} | {
        "intervals": {name: _both_rounded(intervals[name]) for name in values if name in intervals}
    }


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
    articles = {key: knowledge_base.article(key, LANGUAGES[0]) for key in expected}
    categories = {key: article.category for key, article in articles.items() if article}
    return Evaluation(
        asked,
        outcomes,
        tuple(sorted(expected - categories.keys())),
        tuple(frozenset(categories[key] for key in question.expected if key in categories) for question in asked),
    )


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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _both_rounded(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [round(end, 4) for end in interval]
