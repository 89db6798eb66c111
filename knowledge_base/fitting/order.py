"""Searches for what each feature is to count in the order of articles, by conditional logit (McFadden, 1974).

Only the ten candidates that matching brings, in the order in use, take part; that the right article is one of them is
taken as given.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from knowledge_base.decision import LEAST_HEAD, LEAST_NAIVE, MOST_NAIVE, Features, Ground, ScoreWeights
from knowledge_base.fitting.questions import Asked, AskedSet
from knowledge_base.fitting.sureness import LEAST_QUESTIONS, Figures, Flags

# What weights lose to zero for being large; hardly anything, but where features say the same it decides between them.
_HELD = 2e-4
_FAR_BELOW = -1e9


class Family(NamedTuple):
    """Grounds whose weights are searched together, and the features that have a say there."""

    grounds: tuple[Ground, ...]
    searched: tuple[str, ...]


FAMILIES = {
    "meaning": Family(("meaning",), ("head", "dense", "dense_support", "lexical", "lexical_support", "naive")),
    "aligned, across": Family(("aligned", "across"), ScoreWeights._fields),
    "words": Family(("words",), ("lexical", "lexical_support", "naive")),
}


class Choices(NamedTuple):
    """Answerable questions with their candidates.

    Attributes:
        figures: What `ScoreWeights` weighs, shape (questions, most candidates, 7).
        right, there: Whether each is a right article, and whether there is a candidate in this place; shape (questions,
            most candidates).
    """

    figures: Figures
    right: Flags
    there: Flags


def choices_of(asked: AskedSet, family: Family) -> Choices | None:
    """The answerable questions whose best candidate stands on one of the family's grounds; None for too few."""
    kept = [each for each in asked.questions if each.expected and each.features]
    kept = [each for each in kept if each.features[0].ground in family.grounds]
    if len(kept) < LEAST_QUESTIONS:
        return None
    most = max(len(each.keys) for each in kept)
    figures = np.zeros((len(kept), most, len(ScoreWeights._fields)))
    right, there = np.zeros((2, len(kept), most), dtype=bool)
    for number, each in enumerate(kept):
        count = len(each.keys)
        figures[number, :count] = [_figures(features) for features in each.features]
        right[number, :count] = _right(each)
        there[number, :count] = True
    return Choices(figures, right, there)


def learn(sets: Sequence[Choices], searched: Sequence[str]) -> ScoreWeights:
    """The weights that make the right articles likeliest by their shares; each set counts the same."""
    columns = [ScoreWeights._fields.index(name) for name in searched]
    each = [_findable(choices, columns) for choices in sets]

    def loss(weights: Figures) -> tuple[float, Figures]:
        parts = [_loss(choices, weights) for choices in each]
        slope = np.sum([slope for _, slope in parts], axis=0) + 2 * _HELD * weights
        return sum(value for value, _ in parts) + float(_HELD * weights @ weights), slope

    found = np.zeros(len(ScoreWeights._fields))
    found[columns] = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B").x
    return ScoreWeights(*found.tolist())


def hit(choices: Choices, weights: ScoreWeights, depth: int) -> float:
    """The share of the questions with a right article among the first `depth`."""
    scores = np.where(choices.there, choices.figures @ np.array(weights), _FAR_BELOW)
    first = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
    return float(np.take_along_axis(choices.right, first, axis=1).any(axis=1).mean())


def _findable(choices: Choices, columns: Sequence[int]) -> Choices:
    """The questions with a right article among the candidates, and of the figures some columns."""
    kept = choices.right.any(axis=1)
    return Choices(choices.figures[kept][:, :, columns], choices.right[kept], choices.there[kept])


def _loss(choices: Choices, weights: Figures) -> tuple[float, Figures]:
    """The mean negative logarithm of what share the right articles have, and its slope."""
    scores = np.where(choices.there, choices.figures @ weights, _FAR_BELOW)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = powers / powers.sum(axis=1, keepdims=True)
    rightly = (share * choices.right).sum(axis=1, keepdims=True) + 1e-12
    surplus = share - share * choices.right / rightly
    return -float(np.log(rightly).mean()), np.einsum("qc,qcf->f", surplus, choices.figures) / len(scores)


def _figures(features: Features) -> list[float]:
    """In the order of `ScoreWeights`, bounded as `decision.score` does."""
    values = ScoreWeights(*(getattr(features, name) for name in ScoreWeights._fields))
    naive = min(MOST_NAIVE, max(LEAST_NAIVE, values.naive))
    return list(values._replace(head=max(LEAST_HEAD, values.head), naive=naive))


def _right(asked: Asked) -> list[bool]:
    return [key in asked.expected for key in asked.keys]
