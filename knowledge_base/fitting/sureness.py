"""Fits how sure a match is: the two logistic factors of `decision.py`, and offset and slope (Platt, 1999)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from knowledge_base.decision import _MOST_ODDS, SURENESS, Features, Ground, Sureness, log_odds, odds
from knowledge_base.fitting.questions import AskedSet

# What the factor "there is an answer here at all" weighs, each a mixture of (dense, lexical, aligned). On the ground
# "aligned" the two cosines say nearly the same (their correlation on lcqmc is 0.94), so that fitting would share out
# their coefficient by chance: the mixture was set by hand.
MIXTURES: dict[Ground, list[list[float]]] = {
    "words": [[0, 1, 0]],
    "meaning": [[1, 0, 0], [0, 1, 0]],
    "aligned": [[4.5, 1.5, 4.5]],
    "across": [[1, 0, 0]],
}
FACTOR_SETS: dict[Ground, tuple[str, ...]] = {
    "words": ("lcqmc", "demo", "banking77", "clinc150"),
    "meaning": ("banking77", "clinc150", "demo"),
    "aligned": ("lcqmc", "demo"),
    "across": ("crosslingual",),
}
# A knowledge base corrects offset and slope by its own phrasings. On the ground "aligned" only one whose articles have
# a single phrasing each keeps these, and lcqmc is such a one.
WHOLE_SETS: dict[Ground, tuple[str, ...]] = FACTOR_SETS | {"aligned": ("lcqmc",)}

# The weight of the answerable questions beside the others, however many there are of either.
ANSWERABLE_SHARE = 0.85
# A set with fewer questions on a ground tells nothing of it, one with fewer unanswerable ones nothing of those.
LEAST_QUESTIONS, LEAST_UNANSWERABLE = 100, 8
# All examples together count as so many beside what holds coefficients near zero, so that a few sets do not make them
# too steep for others: half the square of each, divided by the looseness. Offset and slope are held less.
_WORTH = 1_000
LOOSE, LOOSER = 1.0, 50.0

Figures = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Examples(NamedTuple):
    """Rows of figures, whether each is a case of what is asked for, and what it counts."""

    rows: Figures
    cases: Flags
    weights: Figures


class Best(NamedTuple):
    """The best candidates of a set's questions on one ground."""

    features: list[Features]
    right: Flags
    answerable: Flags


def best_candidates(asked: AskedSet, ground: Ground) -> Best:
    """The best candidate of every question for which it stands on this ground."""
    kept = [each for each in asked.questions if each.features and each.features[0].ground == ground]
    return Best(
        [each.features[0] for each in kept],
        np.array([each.right for each in kept], dtype=bool),
        np.array([bool(each.expected) for each in kept], dtype=bool),
    )


def fit_sureness(ground: Ground, sets: Sequence[AskedSet], loose: float = LOOSE) -> Sureness:
    """The coefficients of a ground, from those of its sets that are there; each set counts the same.

    What nothing can be learned about keeps the coefficients in use. The power of the second factor always does: it was
    chosen by hand.

    Args:
        loose: How little the coefficients of the two factors are held near zero.
    """
    found = SURENESS[ground]
    mixtures = np.array(MIXTURES[ground])
    factors = _large_enough(ground, sets, FACTOR_SETS[ground])
    near = _logistic([_near_examples(best, mixtures) for best in factors if _tells_of_unanswerable(best)], loose)
    if near is not None:
        dense, lexical, aligned = (near[1:] @ mixtures).tolist()
        found = replace(found, bias=float(near[0]), dense=dense, lexical=lexical, aligned=aligned)
    which = _logistic([_which_examples(best) for best in factors if best.answerable.any()], loose)
    if which is not None:
        found = replace(found, which_bias=float(which[0]), which_odds=float(which[1]))
    bare = {ground: replace(found, offset=0.0, slope=1.0)}
    wholes = _large_enough(ground, sets, WHOLE_SETS[ground])
    whole = _logistic([_whole_examples(best, bare) for best in wholes], LOOSER)
    return found if whole is None else replace(found, offset=float(whole[0]), slope=float(whole[1]))


def all_odds(features: Sequence[Features], sureness: Mapping[Ground, Sureness]) -> Figures:
    """What `decision.odds` says of each, shape (len(features),), with these coefficients in place of those in use."""
    return np.array([odds(each, sureness) for each in features])


def _large_enough(ground: Ground, sets: Sequence[AskedSet], names: Collection[str]) -> list[Best]:
    each = [best_candidates(asked, ground) for asked in sets if asked.name in names]
    return [best for best in each if len(best.features) >= LEAST_QUESTIONS]


def _tells_of_unanswerable(best: Best) -> bool:
    return bool(best.answerable.any()) and int((~best.answerable).sum()) >= LEAST_UNANSWERABLE


def _near_examples(best: Best, mixtures: Figures) -> Examples:
    """Whether a question has an answer at all. What too few shared words cost was set by hand, and is left out here."""
    yes, no = best.answerable.sum(), (~best.answerable).sum()
    weights = np.where(best.answerable, ANSWERABLE_SHARE / yes, (1 - ANSWERABLE_SHARE) / no)
    return Examples(_cosines(best.features) @ mixtures.T, best.answerable, weights)


def _which_examples(best: Best) -> Examples:
    """Whether it is this article, where one of them is right."""
    kept = np.flatnonzero(best.answerable)
    rows = _share_odds([best.features[place] for place in kept])[:, np.newaxis]
    return Examples(rows, best.right[kept], np.full(len(kept), 1 / len(kept)))


def _whole_examples(best: Best, sureness: Mapping[Ground, Sureness]) -> Examples:
    rows = all_odds(best.features, sureness)[:, np.newaxis]
    return Examples(rows, best.right, np.full(len(rows), 1 / len(rows)))


def _logistic(parts: Sequence[Examples], loose: float) -> Figures | None:
    """Bias and coefficients; None where there are not both cases and others to be told apart."""
    if not parts:
        return None
    rows, cases, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    if cases.all() or not cases.any():
        return None
    model = LogisticRegression(C=loose, max_iter=1_000, tol=1e-8)
    model.fit(rows, cases, sample_weight=weights * _WORTH / weights.sum())
    found: Figures = np.concatenate((model.intercept_, model.coef_[0]))
    return found


def _cosines(features: Sequence[Features]) -> Figures:
    return np.array([(each.dense, each.lexical, each.aligned) for each in features]).reshape(-1, 3)


def _share_odds(features: Sequence[Features]) -> Figures:
    return np.array([min(_MOST_ODDS, log_odds(each.share)) for each in features])
