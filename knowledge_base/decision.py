"""How sure a match is, and what to do with it. Pure: plain numbers in, plain values out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["answer", "choices", "none"]

# At and above this, and ahead of the next by MARGIN, an article is spoken as the answer.
ANSWER_FROM = 0.50
MARGIN = 0.15
# At and above this an article is offered, and others beside it from ALSO_FROM on. In conversations by people who had
# not seen the phrasings, most questions that found nothing had the right article first, with 0.1 to 0.3.
OFFER_FROM = 0.18
ALSO_FROM = 0.10
MAX_CHOICES = 3
# At and above this an article may be offered for a query that is a mere keyword.
KEYWORD_FROM = 0.05
# Added to ANSWER_FROM where a wrong answer costs more than another question.
CAREFUL_EXTRA = 0.20


@dataclass(frozen=True)
class Features:
    """What is known about one article as the answer to a query.

    Attributes:
        has_dense: Whether the query has a vector. Without one the lexical figures speak alone.
        dense: Cosine of the query with the article's nearest variant, -1 to 1.
        dense_support: Mean cosine of the article's nearest few variants.
        lexical: Lexical cosine of the best variant, 0 to 1.
        lexical_support: Mean lexical cosine of the best few variants.
        head: How much the query's words speak for the article as a whole (see head.py).
        lead: How far the article's strength is ahead of the best other article's; negative for all but the best.
    """

    has_dense: bool
    dense: float
    dense_support: float
    lexical: float
    lexical_support: float
    head: float
    lead: float


@dataclass(frozen=True)
class Weights:
    """Coefficients of the logistic function, one a feature."""

    bias: float
    strength: float
    lead: float


@dataclass(frozen=True)
class UnknownWords:
    """Which share of a query may be words that stand in no article, for one to be offered, and to be the answer."""

    offered: float = 1.0
    answered: float = 1.0


# Where nothing is known about what is usual.
ANY_WORDS = UnknownWords()


@dataclass(frozen=True)
class Decision:
    """What to do: answer with the best, offer the first `offered`, or admit that nothing fits."""

    kind: Kind
    offered: int


# Fitted by knowledge_base/fitting.py on public development sets: banking77 and clinc150 (English, with vectors),
# lcqmc and cic (Chinese, by words alone). Taking more figures than these two into the fit gained nothing.
DENSE_WEIGHTS = Weights(bias=-3.04, strength=1.48, lead=4.17)
LEXICAL_WEIGHTS = Weights(bias=-1.89, strength=0.65, lead=2.75)
LEXICAL_SHARE = 0.2
# Tried 0.1 to 0.8 on the demo's questions; between 0.3 and 0.5 little changes.
HEAD_SHARE = 0.4
LEAST_HEAD, MOST_HEAD = -1.0, 3.0
# Nearer than this the best phrasing must be for its article to be offered, and to be spoken as the answer. On the
# demo's questions 2 in 100 right articles lie below; rare words that happen to stand in an article are what it stops.
DENSE_NEAR = (0.40, 0.45)
LEXICAL_NEAR = (0.24, 0.30)
# The customer's words are a phrasing, letter for letter but for case, width and script. Authors err as well.
SAME = 0.999
SAME_SURE = 0.97
# From here on unknown words make no difference.
DENSE_SURE, LEXICAL_SURE = 0.75, 0.50
# A long question is far from every single phrasing, even when most of its words speak for one article.
HEAD_NEAR = 0.06
# From this strength on a lead counts in full; below it, being the best of a bad lot says little.
DENSE_FULL = 1.2
LEXICAL_FULL = 1.0


def strength(
    has_dense: bool, dense: float, dense_support: float, lexical: float, lexical_support: float, head: float
) -> float:
    """How well an article fits, for ordering articles: its best variant, the support of its others, and the head.

    About 0 to 3.
    """
    words = lexical + lexical_support
    whole = HEAD_SHARE * max(LEAST_HEAD, min(MOST_HEAD, head))
    return (dense + dense_support + LEXICAL_SHARE * words if has_dense else words) + whole


def strength_of(features: Features) -> float:
    """The strength of an article by its features."""
    return strength(
        features.has_dense,
        features.dense,
        features.dense_support,
        features.lexical,
        features.lexical_support,
        features.head,
    )


def weighed_lead(features: Features) -> float:
    """The lead as the probability takes it: a positive one only as far as the article fits at all."""
    if features.lead <= 0:
        return features.lead
    full = DENSE_FULL if features.has_dense else LEXICAL_FULL
    return features.lead * max(0.0, min(1.0, strength_of(features) / full))


def probability(features: Features, weights: Weights, unknown: float = 0.0, usual: UnknownWords = ANY_WORDS) -> float:
    """The probability that the article answers the query, 0 to 1.

    Args:
        unknown: The share of the query that is words which stand in no article.
        usual: How much of that is usual here.
    """
    score = weights.bias + weights.strength * strength_of(features) + weights.lead * weighed_lead(features)
    return min(_most(features, unknown, usual), 1 / (1 + math.exp(-max(-60.0, min(60.0, score)))))


def _most(features: Features, unknown: float, usual: UnknownWords) -> float:
    """The most an article can be worth when its nearest phrasing is far, or much of the query is unknown."""
    nearest = features.dense if features.has_dense else features.lexical + HEAD_NEAR * max(0.0, features.head)
    offer, answer = DENSE_NEAR if features.has_dense else LEXICAL_NEAR
    # Misspelt words are unknown as well, and the same phrasing with a slip is still near.
    strange = nearest < (DENSE_SURE if features.has_dense else LEXICAL_SURE)
    if nearest < offer or (strange and unknown > usual.offered):
        return OFFER_FROM - 0.01
    return ANSWER_FROM - 0.01 if nearest < answer or (strange and unknown > usual.answered) else 1.0


def decide(probabilities: Sequence[float], careful: bool = False, keyword: bool = False) -> Decision:
    """Decide by the articles' probabilities, best first.

    Args:
        careful: Ask more of an answer, because a wrong one would cost more than a question back.
        keyword: The query names a thing and asks nothing, so that whatever there is about it is offered.
    """
    if keyword and sum(value >= KEYWORD_FROM for value in probabilities[:MAX_CHOICES]) > 1:
        return Decision("choices", sum(value >= KEYWORD_FROM for value in probabilities[:MAX_CHOICES]))
    if not probabilities or probabilities[0] < OFFER_FROM:
        return Decision("none", 0)
    best = probabilities[0]
    second = probabilities[1] if len(probabilities) > 1 else 0.0
    if best >= ANSWER_FROM + (CAREFUL_EXTRA if careful else 0.0) and best - second >= MARGIN:
        return Decision("answer", 1)
    offered = sum(value >= ALSO_FROM for value in probabilities[:MAX_CHOICES])
    return Decision("choices", offered)
