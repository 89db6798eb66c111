"""How well articles are found and decided on: the demo shop by language, and other sets of articles and questions."""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.questions import DEMO_QUESTIONS
from benchmarks.servers import temporary_folder
from benchmarks.tables import table
from knowledge_base.articles.importing import import_file
from knowledge_base.encoders import Encoder, load_encoder
from knowledge_base.evaluate import Question, evaluate, read_questions
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.migrate import upgrade
from storage.settings import settings

DEMO_ARTICLES = DEMO_QUESTIONS.with_name("articles.jsonl")
ARTICLES = ".articles.jsonl"
QUESTIONS = ".questions.jsonl"


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """What `python -m knowledge_base evaluate` reports, for the demo shop and every set in the folders `options.data`.

    Raises:
        FileUnreadable, ImportRefused: When a file cannot be read or taken.
    """
    if not options.data:
        print("retrieval: other sets are left out; name their folder with --data.", file=sys.stderr)
    sets = sets_in(options.data)
    if options.data and not sets:
        print(f"retrieval: no sets are in {', '.join(map(str, options.data))}.", file=sys.stderr)
    encoder = load_encoder(settings().encoder)
    figures = {}
    for name, articles, questions in [("demo", DEMO_ARTICLES, DEMO_QUESTIONS), *sets]:
        print(f"retrieval: {name} ...", file=sys.stderr, flush=True)
        chosen = thinned(read_questions(questions), options.questions)
        figures[name] = _evaluated(encoder, articles, chosen)
    return figures


def _evaluated(encoder: Encoder, articles: Path, questions: list[Question]) -> dict[str, Any]:
    with temporary_folder() as folder:
        database = Database(f"sqlite:///{folder / 'huilu.db'}")
        try:
            upgrade(database)
            with database.writing() as session:
                import_file(session, articles)
            knowledge_base = KnowledgeBase(database, encoder)
            # The first search loads the model.
            knowledge_base.search("hello", "en")
            return evaluate(knowledge_base, questions).as_json()
        finally:
            database.close()


def sets_in(folders: list[Path]) -> list[tuple[str, Path, Path]]:
    """Name, articles and questions of the sets in folders: NAME.articles.jsonl and NAME.questions.jsonl, or .gz."""
    found = []
    for folder in folders:
        for articles in sorted([*folder.glob(f"*{ARTICLES}"), *folder.glob(f"*{ARTICLES}.gz")]):
            questions = articles.with_name(articles.name.replace(ARTICLES, QUESTIONS))
            if questions.exists():
                found.append((articles.name.split(ARTICLES)[0], articles, questions))
    return found


def thinned(questions: list[Question], most: int | None) -> list[Question]:
    """At most so many of the questions, evenly spread over the file; all of them for None."""
    if most is None or len(questions) <= most:
        return questions
    return [questions[place * len(questions) // most] for place in range(most)]


def show(figures: dict[str, Any]) -> str:
    """The figures side by side; the demo shop in each language too."""
    columns = {}
    for name, found in figures.items():
        columns[name] = found
        if name == "demo":
            columns |= {code: found["languages"][code] for code in found["languages"]}
    measures = [name for name in next(iter(columns.values())) if name not in ("languages", "answerable")]
    rows = [[name, *(_cell(name, column[name]) for column in columns.values())] for name in measures]
    return table(["", *columns], rows)


def _cell(name: str, value: float | None) -> object:
    return f"{value:.1f}" if name.startswith("ms_") and value is not None else value
