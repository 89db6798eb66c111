"""From phrasings to articles: both matchers' scores, the best phrasing of each article, and its features."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.decision import SAME, Features, strength
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.index import IndexSnapshot

MAX_CANDIDATES = 10
# How many phrasings either matcher may bring, and how many of an article's best make its support.
POOL = 100
SUPPORT = 3


@dataclass(frozen=True)
class Match:
    """An article (by its position among the snapshot's keys) with its features and best phrasing."""

    article: int
    features: Features
    entry: int


@dataclass(frozen=True)
class _Scores:
    """The scores of some entries; `dense` is all zeros when the query has no vector. `head` is by article."""

    entries: NDArray[np.int64]
    has_dense: bool
    dense: NDArray[np.float32]
    lexical: NDArray[np.float32]
    head: NDArray[np.float64]


def find_matches(snapshot: IndexSnapshot, encoder: Encoder, query: str) -> list[Match]:
    """The best articles for a query, strongest first, with the features the decision needs."""
    if not snapshot.entries or not query:
        return []
    vector = encoder.encode([query]) if snapshot.dense is not None and encoder.covers(query) else None
    return _matches(snapshot, _score(snapshot, query, vector))


def find_matches_among(snapshot: IndexSnapshot, encoder: Encoder, query: str, keys: Collection[str]) -> list[Match]:
    """The same among a few articles only, however far the query is from them."""
    numbers = [number for number, key in enumerate(snapshot.keys) if key in keys]
    entries = np.flatnonzero(np.isin(snapshot.article_of, numbers))
    if not query or not len(entries):
        return []
    vector = encoder.encode([query]) if snapshot.dense is not None and encoder.covers(query) else None
    lexical = snapshot.lexical.scores(query)[entries]
    has_dense = vector is not None and snapshot.dense is not None
    dense = np.zeros(len(entries), dtype=np.float32)
    if vector is not None and snapshot.dense is not None:
        dense = snapshot.dense.cosines(vector, entries)
    return _matches(snapshot, _Scores(entries, has_dense, dense, lexical, snapshot.head.scores(query)))


def find_matches_without(snapshot: IndexSnapshot, entry: int) -> tuple[list[Match], list[Match]]:
    """Ask with a phrasing of the knowledge base itself: as if its article did not hold it, and without its article."""
    text = snapshot.entries[entry].text
    vector = snapshot.vectors.get(text)
    article = int(snapshot.article_of[entry])
    head = snapshot.head.scores_without(text, article)
    scores = _score(snapshot, text, None if vector is None else vector[np.newaxis], head)
    own = snapshot.article_of[scores.entries] == article
    same = own & ((scores.entries == entry) | (scores.lexical >= SAME))
    return _matches(snapshot, _only(scores, ~same)), _matches(snapshot, _only(scores, ~own))


def _only(scores: _Scores, kept: NDArray[np.bool_]) -> _Scores:
    return _Scores(scores.entries[kept], scores.has_dense, scores.dense[kept], scores.lexical[kept], scores.head)


def _score(
    snapshot: IndexSnapshot, query: str, vector: Vectors | None, known_head: NDArray[np.float64] | None = None
) -> _Scores:
    lexical = snapshot.lexical.scores(query)
    head = snapshot.head.scores(query) if known_head is None else known_head
    pool = _best(lexical, POOL)
    if vector is None or snapshot.dense is None:
        return _Scores(pool, False, np.zeros(len(pool), dtype=np.float32), lexical[pool], head)
    pool = np.union1d(pool, snapshot.dense.nearest(vector, POOL)[0])
    return _Scores(pool, True, snapshot.dense.cosines(vector, pool), lexical[pool], head)


def _best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Positions of the best scores above zero."""
    if len(scores) > count:
        positions = np.argpartition(-scores, count)[:count]
    else:
        positions = np.arange(len(scores))
    return positions[scores[positions] > 0].astype(np.int64)


def _matches(snapshot: IndexSnapshot, scores: _Scores) -> list[Match]:
    if not len(scores.entries):
        return []
    articles, owner = np.unique(snapshot.article_of[scores.entries], return_inverse=True)
    dense, dense_support, _ = _best_and_support(scores.dense, owner, len(articles))
    lexical, lexical_support, _ = _best_and_support(scores.lexical, owner, len(articles))
    both = scores.dense + scores.lexical
    entry = _best_and_support(both, owner, len(articles))[2]
    head = scores.head[articles]
    columns = (dense.tolist(), dense_support.tolist(), lexical.tolist(), lexical_support.tolist(), head.tolist())
    figures = list(zip(*columns, strict=True))
    strengths = [strength(scores.has_dense, *of_article) for of_article in figures]
    order = sorted(range(len(articles)), key=lambda number: -strengths[number])[:MAX_CANDIDATES]
    matches = []
    for place, number in enumerate(order):
        rival = strengths[order[1 if place == 0 else 0]] if len(order) > 1 else 0.0
        features = Features(scores.has_dense, *figures[number], strengths[number] - rival)
        matches.append(Match(int(articles[number]), features, int(scores.entries[entry[number]])))
    return matches


def _best_and_support(
    scores: NDArray[np.float32], owner: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """For each article: its best score, the mean of its best few, and the position of the best."""
    order = np.lexsort((-scores, owner))
    starts = np.searchsorted(owner[order], np.arange(count))
    ends = np.append(starts[1:], len(order))
    ranked = scores[order].astype(np.float64)
    sums = np.concatenate(([0.0], np.cumsum(ranked)))
    lengths = np.minimum(ends - starts, SUPPORT)
    return ranked[starts], (sums[starts + lengths] - sums[starts]) / lengths, order[starts]
