"""Fits the decision's coefficients: python -m knowledge_base.fitting FOLDER

FOLDER holds, for each set, NAME.articles.jsonl.gz and NAME.questions.jsonl.gz in the format of import and evaluate.
Each set is asked in several ways: with all its articles, a random half, twenty, five; the small ones several times,
each for less. A fixed share of the weight lies on unanswerable questions: half of it on those whose article was left
out, which is the hardest way, half on questions of another field. The best candidates are the examples: right, or not.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from knowledge_base.articles.importing import check_lines, read_text
from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.calibration import DEPTH, UNANSWERABLE_SHARE, row_of
from knowledge_base.encoders import Encoder, load_encoder
from knowledge_base.evaluate import Question, read_questions
from knowledge_base.index import IndexSnapshot, build_snapshot
from knowledge_base.matching import find_matches

SETS = {"dense": ("banking77", "clinc150"), "lexical": ("lcqmc", "cic")}
# Where questions of another field come from: those that fit nothing there, or all.
FOREIGN = {"banking77": "clinc150", "clinc150": "clinc150", "lcqmc": "cic", "cic": "lcqmc"}
# Share or number of the articles, and what the way counts.
WAYS: tuple[tuple[float, float], ...] = ((1.0, 1.0), (0.5, 1.0), *[(20, 0.5)] * 3, *[(5, 0.25)] * 6)
QUESTIONS_A_KIND = 500
SEED = 1

Examples = tuple[list[list[float]], list[bool], list[float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the coefficients for a query with a vector and for one without."""
    parser = argparse.ArgumentParser(
        prog="python -m knowledge_base.fitting", description="Fit the coefficients of the decision."
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    encoder = load_encoder()
    for mode, names in SETS.items():
        rows: list[list[float]] = []
        rights: list[bool] = []
        weights: list[float] = []
        for name in names:
            more_rows, more_rights, more_weights = examples_of_set(folder, name, encoder)
            rows += more_rows
            rights += more_rights
            weights += more_weights
        bias, strength, lead = fit(np.array(rows), np.array(rights), np.array(weights))
        print(f"{mode}: Weights(bias={bias:.2f}, strength={strength:.2f}, lead={lead:.2f})  from {len(rows)} examples")
    return 0


def fit(rows: NDArray[np.float64], rights: NDArray[np.bool_], weights: NDArray[np.float64]) -> tuple[float, ...]:
    """Logistic regression on (strength, weighed lead); returns bias and the two coefficients."""
    model = LogisticRegression(C=100, max_iter=1000)
    model.fit(rows, rights, sample_weight=weights * len(weights) / weights.sum())
    return (float(model.intercept_[0]), *(float(value) for value in model.coef_[0]))


def examples_of_set(folder: Path, name: str, encoder: Encoder) -> Examples:
    """Rows of (strength, weighed lead), whether right, and weights, over all ways of asking a set."""
    articles = [
        PublishedArticle(line.key, line.language, line.fields.question, "", "", (), line.fields.variants)
        for line in check_lines(read_text(folder / f"{name}.articles.jsonl.gz"))[0]
    ]
    questions = [question for question in _questions(folder, name) if question.expected]
    foreign = _foreign(folder, FOREIGN[name])
    chance = np.random.default_rng(SEED)
    rows: list[list[float]] = []
    rights: list[bool] = []
    weights: list[float] = []
    whole = build_snapshot(0, articles, encoder, {})
    for way, worth in WAYS:
        count = int(way) if way > 1 else int(way * len(articles))
        kept = [articles[number] for number in chance.permutation(len(articles))[:count]]
        snapshot = build_snapshot(0, kept, encoder, whole.vectors)
        shuffled = [questions[number] for number in chance.permutation(len(questions))]
        for question, weight in _weighted(shuffled, foreign, snapshot):
            for match in find_matches(snapshot, encoder, question.query)[:DEPTH]:
                rows.append(row_of(match))
                rights.append(snapshot.keys[match.article] in question.expected)
                weights.append(weight * worth)
    return rows, rights, weights


def _questions(folder: Path, name: str) -> list[Question]:
    return read_questions(folder / f"{name}.questions.jsonl.gz")


def _foreign(folder: Path, name: str) -> list[Question]:
    """Questions of another field, as questions that nothing fits."""
    questions = _questions(folder, name)
    chosen = [question for question in questions if not question.expected] or questions
    return [Question(question.query, frozenset(), question.language) for question in chosen[:QUESTIONS_A_KIND]]


def _weighted(
    questions: list[Question], foreign: list[Question], snapshot: IndexSnapshot
) -> list[tuple[Question, float]]:
    """A sample of each kind of question, with what each counts: a way counts 1 in all."""
    keys = set(snapshot.keys)
    answerable = [question for question in questions if question.expected & keys][:QUESTIONS_A_KIND]
    left_out = [question for question in questions if not question.expected & keys][:QUESTIONS_A_KIND]
    kinds = (
        (answerable, 1 - UNANSWERABLE_SHARE),
        (left_out, UNANSWERABLE_SHARE / 2),
        (foreign, UNANSWERABLE_SHARE / 2),
    )
    return [(question, share / len(kind)) for kind, share in kinds for question in kind]


if __name__ == "__main__":
    sys.exit(main())
