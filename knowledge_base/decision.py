"""How sure a match is, and what to do with it. Pure: plain numbers in, plain values out.

Three steps. A *score* orders the articles. From it and from how near the best one is comes a *probability* that it
answers the query: two logistic factors, one for "there is an answer here at all", one for "it is this article", which
a knowledge base then corrects by its own phrasings (see `calibration.py`). What is done with the probability is said in
two words of business: how careful, how helpful.

All coefficients are fitted by the package `fitting` on public development sets and the demo shop's questions.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Kind = Literal["answer", "choices", "none"]
# What is known about a query beside its words: nothing; a vector; also its words' own vectors, as of the article's
# phrasing (see `ChineseEncoder.alignment`); the same, but the phrasing is in another language.
Ground = Literal["words", "meaning", "aligned", "across"]

MAX_CHOICES = 3
# The customer's words are a phrasing, letter for letter but for case, width and script. Authors err as well.
SAME = 0.999
SAME_SURE = 0.97

# Of an article that the head gives hardly any chance, it is all the same how little that is.
LEAST_HEAD = -12.0
LEAST_NAIVE, MOST_NAIVE = -1.0, 3.0
_MOST_ODDS = 6.0
# Words alone say nothing where hardly one is shared; a long question is far from every single phrasing, even when most
# of its words speak for one article. On the demo's questions 2 in 100 right articles lie below.
_FEW_WORDS, _NAIVE_WORDS, _TOO_FEW = 0.24, 0.06, 15.0
# What more unknown words than usual take from the logarithm of the odds, and from which cosine on they do not matter.
_STRANGE, _VERY_STRANGE, _SENTENCE_SHARE = 1.0, 2.5, 0.2
_NEAR_MEANING, _NEAR_WORDS = 0.75, 0.50


@dataclass(frozen=True)
class Features:
    """What is known about one article as the answer to a query.

    Attributes:
        dense: Cosine of the query with the article's nearest variant, -1 to 1; 0 on the ground of words alone.
        dense_support: Mean cosine of the article's nearest few variants.
        lexical: Lexical cosine of the best variant, 0 to 1.
        lexical_support: Mean lexical cosine of the best few variants.
        head: Logarithm of the share that the trained head gives the article (see `head.py`); 0 without a head.
        naive: How much the query's words speak for the article as a whole (see `naive_head.py`).
        aligned: How well the words of the query and of the best variant find each other, -1 to 1; the cosine where
            that is not known.
        share: The article's share among all that were compared, 0 to 1, by their scores.
    """

    ground: Ground
    dense: float
    dense_support: float
    lexical: float
    lexical_support: float
    head: float
    naive: float
    aligned: float
    share: float = 1.0


class ScoreWeights(NamedTuple):
    """What each feature counts for in the order of articles."""

    head: float
    dense: float
    dense_support: float
    lexical: float
    lexical_support: float
    aligned: float
    naive: float


_FOR_CHINESE = ScoreWeights(
    head=0.5, dense=1.0, dense_support=4.0, lexical=0.5, lexical_support=1.0, aligned=8.0, naive=1.5
)
SCORE_WEIGHTS: dict[Ground, ScoreWeights] = {
    "words": ScoreWeights(
        head=0.0, dense=0.0, dense_support=0.0, lexical=5.0, lexical_support=5.0, aligned=0.0, naive=1.5
    ),
    "meaning": ScoreWeights(
        head=1.0, dense=1.0, dense_support=2.0, lexical=0.5, lexical_support=1.0, aligned=0.0, naive=0.4
    ),
    "aligned": _FOR_CHINESE,
    "across": _FOR_CHINESE,
}


@dataclass(frozen=True)
class Sureness:
    """The coefficients of the two logistic factors.

    Attributes:
        bias, dense, lexical, aligned: Of the factor for "there is an answer here at all".
        which_bias, which_odds: Of the factor for "it is this article", by the logarithm of the odds of its share.
        which_share: The power of the second factor.
        offset, slope: Turn the logarithm of the odds of the product into the final one.
    """

    bias: float
    dense: float
    lexical: float
    aligned: float
    which_bias: float
    which_odds: float
    which_share: float
    offset: float
    slope: float


SURENESS: dict[Ground, Sureness] = {
    "words": Sureness(-1.28, 0.0, 6.74, 0.0, 0.42, 0.87, 0.5, -0.18, 0.98),
    "meaning": Sureness(-3.75, 6.96, 5.07, 0.0, 0.32, 0.86, 0.6, -0.07, 1.09),
    "aligned": Sureness(-4.98, 4.63, 1.55, 4.63, 0.49, 0.84, 0.2, -2.48, 1.45),
    "across": Sureness(-2.87, 8.99, 0.0, 0.0, 0.46, 1.12, 0.3, -2.28, 1.61),
}


@dataclass(frozen=True)
class Correction:
    """How a knowledge base's own phrasings correct a probability: `offset + slope *` the logarithm of its odds."""

    offset: float = 0.0
    slope: float = 1.0


NO_CORRECTION = Correction()


@dataclass(frozen=True)
class UsualWords:
    """Which share of a query is usually words that stand in no article: in most queries, and in nearly all."""

    most: float = 1.0
    nearly_all: float = 1.0


ANY_WORDS = UsualWords()


@dataclass(frozen=True)
class Calibration:
    """What scores are worth in one knowledge base, for each ground; see `calibration.py`."""

    corrections: Mapping[Ground, Correction] = field(default_factory=dict)
    usual: Mapping[Ground, UsualWords] = field(default_factory=dict)

    def probability(self, features: Features, unknown: float = 0.0) -> float:
        """The probability that the article answers the query, 0 to 1.

        Args:
            unknown: The share of the query that is words which stand in no article.
        """
        correction = self.corrections.get(features.ground, NO_CORRECTION)
        strange = strangeness(features, unknown, self.usual.get(features.ground, ANY_WORDS))
        return probability(features, correction, strange)


GENERAL = Calibration()


Careful = Literal["low", "normal", "high"]
Helpful = Literal["low", "normal", "high"]

# From which probability on an article is spoken as the answer.
ANSWER_FROM: dict[Careful, float] = {"low": 0.50, "normal": 0.70, "high": 0.85}
# From which probability on an article is offered as a choice; others beside it from the second on.
OFFER_FROM: dict[Helpful, tuple[float, float]] = {"low": (0.50, 0.20), "normal": (0.38, 0.10), "high": (0.20, 0.07)}
# How far ahead of the next an answer must be.
MARGIN = 0.15


@dataclass(frozen=True)
class Manner:
    """How the assistant is to behave, in words of business.

    Attributes:
        careful: How sure it must be before it gives an answer: wrong answers cost more where it is high.
        helpful: How readily it offers choices instead of saying that it knows nothing.
    """

    careful: Careful = "normal"
    helpful: Helpful = "normal"

    @property
    def answer_from(self) -> float:
        """The least probability of an answer."""
        return ANSWER_FROM[self.careful]


BALANCED = Manner()


@dataclass(frozen=True)
class Decision:
    """What to do: answer with the best, offer the first `offered`, or admit that nothing fits."""

    kind: Kind
    offered: int


def score(figures: NDArray[np.float64], grounds: Sequence[Ground]) -> NDArray[np.float64]:
    """How well articles fit in comparison with each other for one query; only differences mean anything.

    Args:
        figures: A row an article, with what `ScoreWeights` weighs, in its order.
    """
    bounded = figures.copy()
    bounded[:, 0] = np.maximum(bounded[:, 0], LEAST_HEAD)
    bounded[:, -1] = np.clip(bounded[:, -1], LEAST_NAIVE, MOST_NAIVE)
    weights = np.array([SCORE_WEIGHTS[ground] for ground in grounds])
    summed: NDArray[np.float64] = (bounded * weights).sum(axis=1)
    return summed


def shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each article's score is among all of them (softmax); they add up to 1."""
    powers = np.exp(scores - scores.max(initial=-np.inf))
    share: NDArray[np.float64] = powers / powers.sum()
    return share


def odds(features: Features, sureness: Mapping[Ground, Sureness] = SURENESS) -> float:
    """The logarithm of the odds that the article answers the query, before a knowledge base's own correction."""
    sure = sureness[features.ground]
    near = sure.bias + sure.dense * features.dense + sure.lexical * features.lexical + sure.aligned * features.aligned
    if features.ground == "words":
        near -= _TOO_FEW * max(0.0, _FEW_WORDS - features.lexical - _NAIVE_WORDS * max(0.0, features.naive))
    which = sure.which_bias + sure.which_odds * min(_MOST_ODDS, log_odds(features.share))
    both = min(-1e-4, -_softplus(-near) - sure.which_share * _softplus(-which))
    return sure.offset + sure.slope * (both - math.log(-math.expm1(both)))


def probability(features: Features, correction: Correction = NO_CORRECTION, strange: float = 0.0) -> float:
    """The probability that the article answers the query, 0 to 1.

    Args:
        strange: What is taken from the logarithm of the odds; see `strangeness`.
    """
    corrected = correction.offset + correction.slope * odds(features) - strange
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, corrected))))


def strangeness(features: Features, unknown: float, usual: UsualWords) -> float:
    """What is taken from the logarithm of the odds when more of the query is unknown words than is usual.

    Misspelt words are unknown as well, and the same phrasing with a slip is still near: then nothing is taken.
    """
    sentence = features.ground in ("meaning", "across")
    near = features.dense >= _NEAR_MEANING if sentence else features.lexical >= _NEAR_WORDS
    if near or unknown <= usual.most:
        return 0.0
    taken = _VERY_STRANGE if unknown > usual.nearly_all else _STRANGE
    # A sentence model knows many words that no article holds.
    return _SENTENCE_SHARE * taken if sentence else taken


def log_odds(share: float) -> float:
    """The logarithm of the odds of a share; shares of 0 and 1 count as next to it."""
    kept = max(1e-6, min(1 - 1e-6, share))
    return math.log(kept / (1 - kept))


def _softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


def settled(probabilities: Sequence[float]) -> list[float]:
    """Probabilities of articles in their order, none likelier than the one before, or than the best leaves room for."""
    kept: list[float] = []
    for value in probabilities:
        kept.append(min(value, kept[-1], 1 - kept[0]) if kept else value)
    return kept


def strength_of(features: Features) -> float:
    """How well an article fits by itself, about 0 to 3, for comparing a few articles that all were asked about."""
    words = features.lexical + features.lexical_support
    whole = 0.4 * max(LEAST_NAIVE, min(MOST_NAIVE, features.naive))
    if features.ground == "words" or features.ground == "aligned":
        return words + whole
    return features.dense + features.dense_support + 0.2 * words + whole


def decide(probabilities: Sequence[float], manner: Manner = BALANCED) -> Decision:
    """Decide by the articles' probabilities, best first."""
    offer_from, also_from = OFFER_FROM[manner.helpful]
    if not probabilities or probabilities[0] < offer_from:
        return Decision("none", 0)
    best = probabilities[0]
    second = probabilities[1] if len(probabilities) > 1 else 0.0
    if best >= manner.answer_from and best - second >= MARGIN:
        return Decision("answer", 1)
    return Decision("choices", max(1, sum(value >= also_from for value in probabilities[:MAX_CHOICES])))
