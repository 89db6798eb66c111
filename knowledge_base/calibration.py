"""A knowledge base learns from its own phrasings: the trained head, and what its scores are worth.

The same cosine means more among articles that differ than among articles that blur into each other, and more where
phrasings are far apart than where they are near copies. So a fixed sample of phrasings is asked as if customers had
put them: once with the phrasing left out of its article (a question that has an answer), once with the whole article
left out (a question that has none, the hard way); the head that is asked was not fitted on them. Questions of other
fields (other_fields.toml) are asked as well: they have none the easy way. From what comes back the
probabilities are corrected by an offset and a slope (Platt, 1999), for each ground by itself, held by the general ones
of `decision.py`: a knowledge base with few phrasings keeps those.
"""

import tomllib
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.decision import (
    NO_CORRECTION,
    OFFER_FROM,
    Calibration,
    Correction,
    Ground,
    UsualWords,
    log_odds,
    odds,
)
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.head import Head, fitted, is_worth_it
from knowledge_base.index import IndexSnapshot
from knowledge_base.matching import find_matches, find_matches_without

SAMPLE = 400
FOLDS = 3
# How many phrasings tell how many unknown words are usual, the least that can, and which shares of them count as most
# and as nearly all. On the demo's questions 1 in 100 has more; off-topic ones mostly do.
WORD_SAMPLE, LEAST_WORDS = 600, 30
MOST, NEARLY_ALL = 0.90, 0.95
# Which part of the weight lies on phrasings without their article, and on questions of other fields.
LEFT_OUT_SHARE, OTHER_SHARE = 0.02, 0.05
# A phrasing left out is harder to find than a customer's question, because authors write phrasings to differ from each
# other, and because the article has one less. By so much offset and slope came out too low on the development sets.
_HARDER_OFFSET, _HARDER_SLOPE = 0.5, 1.15
# What straying from the general offset and slope costs, in questions got wrong.
_HELD = np.array([1.0, 4.0])
_STEPS = 25
# Which share of the questions of other fields may be offered an article, how far from them right articles must lie for
# them to be told apart, and how much steeper a correction may become for it.
_OTHERS_OFFERED, _APART, _STEEPEST = 0.15, 1.0, 3.0
# Fewer questions tell nothing.
_LEAST_QUESTIONS = 15


@dataclass(frozen=True)
class Example:
    """One candidate that came first: the logarithm of its odds, whether it was right, and what it counts."""

    odds: float
    right: bool
    weight: float


def calibrated(snapshot: IndexSnapshot, encoder: Encoder) -> IndexSnapshot:
    """The same snapshot with a head and corrections fitted to its own phrasings."""
    covered = snapshot.dense.covered if snapshot.dense is not None else np.zeros(0, dtype=np.int64)
    worth = is_worth_it(len(covered), len(np.unique(snapshot.article_of[covered])))
    if worth and snapshot.dense is not None:
        head, held_out = _heads(snapshot, covered, snapshot.dense.vectors(covered))
        snapshot = replace(snapshot, head=head.for_articles(snapshot.keys))
    else:
        held_out = {}
        snapshot = replace(snapshot, head=None)
    return replace(
        snapshot, calibration=Calibration(_corrections(snapshot, encoder, held_out), _usual(snapshot, encoder))
    )


def _heads(
    snapshot: IndexSnapshot, covered: NDArray[np.int64], vectors: Vectors
) -> tuple[Head, dict[int, NDArray[np.float64]]]:
    """The head, and for each phrasing that is asked what a head says that was not fitted on it."""
    articles, owners = np.unique(snapshot.article_of[covered], return_inverse=True)
    keys = [snapshot.keys[article] for article in articles]
    fold_of = np.array([zlib.crc32(snapshot.entries[entry].text.encode()) // 7 % FOLDS for entry in covered])
    place = {int(entry): number for number, entry in enumerate(covered)}
    asked = np.array([place[entry] for entry in sample_of(snapshot) if entry in place], dtype=np.int64)
    found = {}
    for fold in range(FOLDS):
        own = asked[fold_of[asked] == fold]
        others = np.flatnonzero(fold_of != fold)
        if not len(own) or not len(others):
            continue
        head = fitted(vectors[others], owners[others], keys).for_articles(snapshot.keys)
        for number in own:
            found[int(covered[number])] = head.logarithms(vectors[number : number + 1])
    return fitted(vectors, owners, keys), found


def sample_of(snapshot: IndexSnapshot, size: int = SAMPLE) -> list[int]:
    """The phrasings that are asked, by entry: of articles that have others, by their text, so that edits change few."""
    many = np.diff(snapshot.first_entries)[snapshot.article_of] > 1
    askable = np.flatnonzero(many).tolist()
    return sorted(askable, key=lambda entry: zlib.crc32(snapshot.entries[entry].text.encode()))[:size]


def _corrections(
    snapshot: IndexSnapshot, encoder: Encoder, held_out: dict[int, NDArray[np.float64]]
) -> dict[Ground, Correction]:
    own: dict[Ground, list[Example]] = defaultdict(list)
    for ground, example in _examples(snapshot, encoder, held_out):
        own[ground].append(example)
    others: dict[Ground, list[Example]] = defaultdict(list)
    for ground, example in _others(snapshot, encoder):
        others[ground].append(example)
    # Where nothing answerable was asked, questions of other fields alone would make everything look unlikely.
    found = {
        ground: correction([*examples, *_weighing(others[ground], OTHER_SHARE * len(examples) / 2)])
        for ground, examples in own.items()
        if len(examples) >= 2 * _LEAST_QUESTIONS
    }
    if "words" in found:
        # Words alone find something for any question; what has a vector is told apart by that.
        rights = [example.odds for example in own["words"] if example.right]
        found["words"] = steepened(found["words"], rights, [example.odds for example in others["words"]])
    return found


def steepened(found: Correction, rights: Sequence[float], others: Sequence[float]) -> Correction:
    """The correction, made so steep that few questions of other fields come to be offered, if they can be told apart.

    What is usual for right articles stays what it was.

    Args:
        rights, others: The logarithms of the odds of right articles, and of the first ones for other fields' questions.
    """
    if not rights or not others:
        return found
    usual, far = float(np.median(rights)), float(np.quantile(others, 1 - _OTHERS_OFFERED))
    wanted = log_odds(OFFER_FROM["normal"][0])
    if usual - far < _APART or found.offset + found.slope * far <= wanted:
        return found
    kept = found.offset + found.slope * usual
    slope = min(_STEEPEST * found.slope, (kept - wanted) / (usual - far))
    return Correction(kept - slope * usual, slope) if slope > found.slope else found


def _weighing(examples: Sequence[Example], weight: float) -> list[Example]:
    """The same examples, together weighing so much."""
    return [replace(example, weight=weight / len(examples)) for example in examples]


def _usual(snapshot: IndexSnapshot, encoder: Encoder) -> dict[Ground, UsualWords]:
    """How many words our own phrasings hold that no other phrasing does, by the language they are written in."""
    shares: dict[Ground, list[float]] = defaultdict(list)
    for entry in sample_of(snapshot, WORD_SAMPLE):
        text = snapshot.entries[entry].text
        ground: Ground = "words"
        if snapshot.dense is not None and encoder.covers(text):
            ground = "meaning" if encoder.alignment(text, ()) is None else "aligned"
        shares[ground].append(snapshot.lexical.unknown_share(text, own=1))
    quantiles = {
        ground: np.quantile(own, (MOST, NEARLY_ALL)) for ground, own in shares.items() if len(own) >= LEAST_WORDS
    }
    return {ground: UsualWords(float(most), float(all_)) for ground, (most, all_) in quantiles.items()}


def _examples(
    snapshot: IndexSnapshot, encoder: Encoder, held_out: dict[int, NDArray[np.float64]]
) -> Iterator[tuple[Ground, Example]]:
    for entry in sample_of(snapshot):
        own = int(snapshot.article_of[entry])
        answerable, unanswerable = find_matches_without(snapshot, encoder, entry, held_out.get(entry))
        for matches, share in ((answerable, 1 - LEFT_OUT_SHARE - OTHER_SHARE), (unanswerable, LEFT_OUT_SHARE)):
            if matches:
                best = matches[0]
                yield best.features.ground, Example(odds(best.features), best.article == own, share)


def _others(snapshot: IndexSnapshot, encoder: Encoder) -> Iterator[tuple[Ground, Example]]:
    for question in other_fields():
        for match in find_matches(snapshot, encoder, question)[:1]:
            yield match.features.ground, Example(odds(match.features), False, 1.0)


@cache
def other_fields() -> tuple[str, ...]:
    """Questions that hardly any company's knowledge base answers, in both languages."""
    with Path(__file__).with_name("other_fields.toml").open("rb") as file:
        return tuple(question for questions in tomllib.load(file).values() for question in questions)


def correction(examples: Sequence[Example]) -> Correction:
    """Offset and slope by logistic regression drawn towards none, by Newton's method."""
    design = np.array([[1.0, example.odds] for example in examples])
    rights = np.array([float(example.right) for example in examples])
    weights = np.array([example.weight for example in examples])
    start = np.array([NO_CORRECTION.offset, NO_CORRECTION.slope])
    found = start.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -60, 60)))
        slope = design.T @ (weights * (rights - chance)) - _HELD * (found - start)
        bend = (design * (weights * chance * (1 - chance))[:, np.newaxis]).T @ design + np.diag(_HELD)
        step = np.linalg.solve(bend, slope)
        # A full step may overshoot where the curve is flat; half of it, or less, never makes things worse.
        cost = _cost(design, rights, weights, found, start)
        while np.abs(step).max() > 1e-6 and _cost(design, rights, weights, found + step, start) > cost:
            step = step / 2
        found = found + step
        if np.abs(step).max() <= 1e-6:
            break
    # Likelier must never count for less.
    return Correction(float(found[0]) + _HARDER_OFFSET, _HARDER_SLOPE * max(float(found[1]), 0.05))


def _cost(
    design: NDArray[np.float64],
    rights: NDArray[np.float64],
    weights: NDArray[np.float64],
    found: NDArray[np.float64],
    start: NDArray[np.float64],
) -> float:
    """How badly coefficients explain the examples (negative log-likelihood) and how far they have strayed."""
    score = design @ found
    wrong = np.logaddexp(0, score) - rights * score
    return float(weights @ wrong + _HELD @ (found - start) ** 2 / 2)
