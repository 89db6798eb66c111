"""How well articles are found and decided on, ours beside others: the demo shop, and other sets of questions."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.questions import DEMO_QUESTIONS
from benchmarks.rivals import LeftOut, Phrasing, Ranking, Rival, bm25, nearest_variant
from benchmarks.selector import response_selector
from benchmarks.servers import temporary_folder
from knowledge_base.articles.importing import import_file
from knowledge_base.articles.queries import published_articles
from knowledge_base.encoder_setting import EncoderSetting
from knowledge_base.encoders import Encoder, load_encoder
from knowledge_base.evaluate import Question, evaluate, figures, read_questions
from knowledge_base.metrics import Outcome
from knowledge_base.minilm import load_minilm
from knowledge_base.report import aligned, figure, percent
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.migrate import upgrade
from storage.settings import settings

DEMO_ARTICLES = DEMO_QUESTIONS.with_name("articles.jsonl")
ARTICLES = ".articles.jsonl"
QUESTIONS = ".questions.jsonl"
OURS = "ours"
RIVALS = {"bm25": "BM25", "minilm": "MiniLM alone", "selector": "ResponseSelector"}
# What ranking and a score of one's own are enough for: the rivals decide nothing.
COMPARED = {
    "hit@1": "hit@1",
    "hit@3": "hit@3",
    "refused_at_5pct_false": "refused at 5 %",
    "refused_at_10pct_false": "refused at 10 %",
    "coverage_at_95pct_precision": "covered at 95 %",
    "ms_median": "median",
}
LEGEND = (
    "refused at 5 % (10 %): of the questions nothing fits, refused where so many of the others are refused wrongly.\n"
    "covered at 95 %: questions answered rightly where 95 % of the answers are right. Each by its own score.\n"
    "In brackets: where the figure lies, with 95 % certainty. median: time of a search."
)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """What `python -m knowledge_base evaluate` reports, for the demo shop and every set in the folders `options.data`.

    Each with "rivals": the figures of the others in `options.rivals`, or why one was left out.

    Raises:
        FileUnreadable, ImportRefused: When a file cannot be read or taken.
    """
    if not options.data:
        print("retrieval: other sets are left out; name their folder with --data.", file=sys.stderr)
    sets = sets_in(options.data)
    if options.data and not sets:
        print(f"retrieval: no sets are in {', '.join(map(str, options.data))}.", file=sys.stderr)
    encoder = load_encoder(EncoderSetting.of(settings()))
    rivals = chosen_rivals(options)
    found = {}
    for name, articles, questions in [("demo", DEMO_ARTICLES, DEMO_QUESTIONS), *sets]:
        asked = thinned(read_questions(questions), options.questions)
        found[name] = _measured(name, encoder, articles, asked, rivals)
    return found


def chosen_rivals(options: argparse.Namespace) -> dict[str, Rival]:
    """The rivals named in `options.rivals`, ready to be asked."""
    made: dict[str, Rival] = {}
    for name in options.rivals:
        if name == "bm25":
            made[name] = bm25
        elif name == "minilm":
            made[name] = nearest_variant(load_minilm())
        else:
            made[name] = response_selector(options.rival_minutes)
    return made


def _measured(
    name: str, encoder: Encoder, articles: Path, questions: list[Question], rivals: Mapping[str, Rival]
) -> dict[str, Any]:
    """The figures of ours and of all rivals for one set."""
    _tell(f"{name} ...")
    with temporary_folder() as folder:
        database = Database(f"sqlite:///{folder / 'huilu.db'}")
        try:
            upgrade(database)
            with database.writing() as session:
                import_file(session, articles)
            with database.reading() as session:
                phrasings = [
                    Phrasing(article.key, text)
                    for article in published_articles(session)
                    for text in (article.question, *article.variants)
                ]
            knowledge_base = KnowledgeBase(database, encoder)
            # The first search loads the model.
            knowledge_base.search("hello", "en")
            found = evaluate(knowledge_base, questions).as_json()
        finally:
            database.close()
    found["rivals"] = {}
    for each, rival in rivals.items():
        _tell(f"{name}, {RIVALS[each]} ...")
        found["rivals"][each] = beside(rival, phrasings, questions)
    return found


def beside(rival: Rival, phrasings: Sequence[Phrasing], questions: Sequence[Question]) -> dict[str, Any]:
    """A rival's figures with their intervals, or {"left_out": why}."""
    try:
        rankings = rival(phrasings, [question.query for question in questions])
    except LeftOut as reason:
        return {"left_out": str(reason)}
    outcomes = [_outcome(question, ranking) for question, ranking in zip(questions, rankings, strict=True)]
    every = figures(outcomes)
    return {name: every[name] for name in COMPARED} | {
        "intervals": {name: interval for name, interval in every["intervals"].items() if name in COMPARED}
    }


def _outcome(question: Question, ranking: Ranking) -> Outcome:
    return Outcome(question.expected, ranking.keys, ranking.score, "answer", 1, ranking.milliseconds)


def _tell(words: str) -> None:
    print(f"retrieval: {words}", file=sys.stderr, flush=True)


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


def show(found: dict[str, Any]) -> str:
    """A table for each set, ours first, then all of our own figures side by side."""
    return "\n\n".join([*(beside_each_other(name, figures) for name, figures in found.items()), LEGEND, ours(found)])


def beside_each_other(name: str, found: Mapping[str, Any]) -> str:
    """One set: ours, the rivals below, and ours by language where there are several. A rival left out says why."""
    rows = [["", *COMPARED.values()], _row(OURS, found)]
    left_out = []
    for key, figures_of_rival in found.get("rivals", {}).items():
        if "left_out" in figures_of_rival:
            left_out.append(f"{RIVALS[key]}: left out, {figures_of_rival['left_out']}")
        else:
            rows.append(_row(RIVALS[key], figures_of_rival))
    languages = found["languages"] if len(found["languages"]) > 1 else {}
    rows += [_row(f"{OURS}, {code}", column) for code, column in languages.items()]
    title = f"{name}: {found['questions']} questions, {found['answerable']} of them with an article that fits"
    return "\n".join([title, *aligned(rows), *left_out])


def _row(name: str, found: Mapping[str, Any]) -> list[str]:
    return [name, *(_short(measure, found) for measure in COMPARED)]


def _short(name: str, found: Mapping[str, Any]) -> str:
    """A figure, with its interval for hit@1 only: more of them would not fit a terminal."""
    if name == "hit@1" or name.startswith("ms_"):
        return figure(name, found)
    return percent(found[name])


def ours(found: Mapping[str, Any]) -> str:
    """All our figures, a column for each set."""
    names = list(next(iter(found.values()))["intervals"])
    rows = [[OURS, *found]] + [[name, *(percent(column[name]) for column in found.values())] for name in names]
    return "\n".join(aligned(rows))
