"""A knowledge base learns from its own phrasings what its scores are worth.

The same cosine means more among articles that differ than among articles that blur into each other, and more where
phrasings are far apart than where they are near copies. So a fixed sample of phrasings is asked as if customers had
put them: once with the phrasing left out of its article (a question that has an answer), once with the whole article
left out (a question that has none). The logistic coefficients are fitted on what comes back, held by the general ones
of `decision.py`: a knowledge base with few phrasings keeps those.
"""

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knowledge_base.decision import ANY_WORDS, UnknownWords, Weights, strength_of, weighed_lead
from knowledge_base.index import Calibration, IndexSnapshot
from knowledge_base.matching import Match, find_matches_without

SAMPLE = 150
# How many phrasings tell how many unknown words are usual, the least that can, and which shares of them must have fewer
# for a query to be offered, and to be answered. On the demo's questions 1 in 100 has more; off-topic ones mostly do.
WORD_SAMPLE, LEAST_WORD_SAMPLE = 600, 30
OFFERED_SHARE, ANSWERED_SHARE = 0.95, 0.90
UNANSWERABLE_SHARE = 0.15
# Candidates of a question that serve as examples.
DEPTH = 3
# A phrasing left out is harder to find than a customer's question, because authors write phrasings to differ from each
# other: unheld, the fit answers too rarely (measured on the demo: 69 % of English questions answered at 99 % precision,
# held like this 84 % at 97 %).
# How far bias, strength and lead may stray from the general coefficients before that costs as much as being wrong.
_SPREAD = np.array([0.125, 0.125, 0.25])
_STEPS = 25


def calibrated(snapshot: IndexSnapshot) -> IndexSnapshot:
    """The same snapshot with coefficients fitted to its own phrasings."""
    phrasings = Counter(entry.key for entry in snapshot.entries)
    askable = [number for number, entry in enumerate(snapshot.entries) if phrasings[entry.key] > 1]
    with_vector = [number for number in askable if snapshot.entries[number].text in snapshot.vectors]
    without = [number for number in askable if snapshot.entries[number].text not in snapshot.vectors]
    general = Calibration()
    calibration = Calibration(
        _fitted(snapshot, with_vector, general.dense),
        _fitted(snapshot, without, general.lexical),
        _usual_unknown(snapshot, with_vector),
        _usual_unknown(snapshot, without),
    )
    return replace(snapshot, calibration=calibration)


def _usual_unknown(snapshot: IndexSnapshot, askable: Sequence[int]) -> UnknownWords:
    """How many words our own phrasings hold that no other phrasing does."""
    if len(askable) < LEAST_WORD_SAMPLE:
        return ANY_WORDS
    sample = _sample(snapshot, askable, WORD_SAMPLE)
    shares = [snapshot.lexical.unknown_share(snapshot.entries[number].text, own=1) for number in sample]
    offered, answered = np.quantile(shares, (OFFERED_SHARE, ANSWERED_SHARE))
    return UnknownWords(float(offered), float(answered))


def _sample(snapshot: IndexSnapshot, askable: Sequence[int], size: int) -> list[int]:
    # Chosen by their text, so that an edit elsewhere leaves the sample as it was.
    return sorted(askable, key=lambda number: zlib.crc32(snapshot.entries[number].text.encode()))[:size]


def fit(
    rows: NDArray[np.float64], rights: NDArray[np.float64], weights: NDArray[np.float64], general: Weights
) -> Weights:
    """Logistic regression drawn towards `general`, by Newton's method.

    Args:
        rows: Strength and weighed lead of each example, shape (n, 2).
        rights: 1 where the candidate was right, else 0.
        weights: What each example counts; their sum is how many independent questions they stand for.
    """
    design = np.column_stack([np.ones(len(rows)), rows])
    start = np.array([general.bias, general.strength, general.lead])
    held = np.diag(1 / _SPREAD**2)
    found = start.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -60, 60)))
        slope = design.T @ (weights * (rights - chance)) - held @ (found - start)
        bend = (design * (weights * chance * (1 - chance))[:, np.newaxis]).T @ design + held
        step = np.linalg.solve(bend, slope)
        # A full step may overshoot where the curve is flat; half of it, or less, never makes things worse.
        cost = _cost(design, rights, weights, held, found, start)
        while np.abs(step).max() > 1e-6 and _cost(design, rights, weights, held, found + step, start) > cost:
            step = step / 2
        found = found + step
        if np.abs(step).max() <= 1e-6:
            break
    # More of either must never make an article less likely.
    return Weights(float(found[0]), max(float(found[1]), 0.0), max(float(found[2]), 0.0))


def _cost(
    design: NDArray[np.float64],
    rights: NDArray[np.float64],
    weights: NDArray[np.float64],
    held: NDArray[np.float64],
    found: NDArray[np.float64],
    start: NDArray[np.float64],
) -> float:
    """How badly coefficients explain the examples (negative log-likelihood) and how far they have strayed."""
    score = design @ found
    wrong = np.logaddexp(0, score) - rights * score
    return float(weights @ wrong + (found - start) @ held @ (found - start) / 2)


def _fitted(snapshot: IndexSnapshot, askable: Sequence[int], general: Weights) -> Weights:
    sample = _sample(snapshot, askable, SAMPLE)
    if not sample:
        return general
    rows: list[list[float]] = []
    rights: list[float] = []
    weights: list[float] = []
    for number in sample:
        own = int(snapshot.article_of[number])
        for matches, weight in zip(
            find_matches_without(snapshot, number), (1 - UNANSWERABLE_SHARE, UNANSWERABLE_SHARE), strict=True
        ):
            for match in matches[:DEPTH]:
                rows.append(row_of(match))
                rights.append(float(match.article == own))
                weights.append(weight)
    if not rows:
        return general
    return fit(np.array(rows), np.array(rights), np.array(weights), general)


def row_of(match: Match) -> list[float]:
    """What the logistic function is fitted on."""
    return [strength_of(match.features), weighed_lead(match.features)]
