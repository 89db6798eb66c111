"""From phrasings to articles: what every matcher says of the likeliest articles, and their order."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.decision import SAME, Features, Ground, score, shares
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.index import IndexSnapshot

MAX_CANDIDATES = 10
# How many phrasings either matcher may bring, how many articles of theirs are looked at in full, and how many more that
# only the head knows of. Looking at 30 found no other answers on the development sets and took twice the time.
POOL = 100
ARTICLES = 12
OF_HEAD = 3
# How many of an article's best phrasings make its support.
SUPPORT = 3
# What words count beside meaning when the articles that are looked at in full are chosen.
_WORDS_SHARE = 0.5

Numbers = NDArray[np.int64]
Figures = NDArray[np.float64]


@dataclass(frozen=True)
class Match:
    """An article (by its position among the snapshot's keys) with its features and best phrasing."""

    article: int
    features: Features
    entry: int


@dataclass(frozen=True)
class Question:
    """What is asked, in every form that a matcher needs.

    Attributes:
        words: The lexical cosine of every phrasing.
        vector: Shape (1, dimension); None when the encoder does not cover the words.
        head: What the trained head says, by article; None without one.
        naive: What the words say of each article as a whole, by article.
    """

    text: str
    words: NDArray[np.float32]
    vector: Vectors | None
    head: Figures | None
    naive: Figures


def find_matches(snapshot: IndexSnapshot, encoder: Encoder, query: str, meant: str = "") -> list[Match]:
    """The best articles for a query, best first, with the features the decision needs.

    Args:
        meant: The words to be encoded, where they are others than those to be compared word by word.
    """
    if not snapshot.entries or not query:
        return []
    question = _question(snapshot, encoder, query, meant or query)
    return _ranked(snapshot, encoder, question, _likely(snapshot, question))[:MAX_CANDIDATES]


def find_matches_among(snapshot: IndexSnapshot, encoder: Encoder, query: str, keys: Collection[str]) -> list[Match]:
    """The same among a few articles only, however far the query is from them."""
    articles = np.array([number for number, key in enumerate(snapshot.keys) if key in keys], dtype=np.int64)
    if not query or not len(articles):
        return []
    return _ranked(snapshot, encoder, _question(snapshot, encoder, query, query), articles)


def find_matches_without(
    snapshot: IndexSnapshot, encoder: Encoder, entry: int, head: Figures | None
) -> tuple[list[Match], list[Match]]:
    """Ask with a phrasing of the knowledge base itself: as if its article did not hold it, and without its article.

    Args:
        head: What a head that was not fitted on this phrasing says, by article.
    """
    text = snapshot.entries[entry].text
    vector = snapshot.vectors.get(text)
    own = int(snapshot.article_of[entry])
    analysed = snapshot.lexical.analysed(text)
    words = snapshot.lexical.scores(analysed)
    question = Question(
        text,
        words,
        None if vector is None else vector[np.newaxis],
        head,
        snapshot.naive.scores_without(analysed, own),
    )
    articles = _likely(snapshot, question)
    twins = {int(each) for each in _entries(snapshot, own) if each == entry or words[each] >= SAME}
    return (
        _ranked(snapshot, encoder, question, articles, twins),
        _ranked(snapshot, encoder, question, articles[articles != own]),
    )


def _question(snapshot: IndexSnapshot, encoder: Encoder, query: str, meant: str) -> Question:
    analysed = snapshot.lexical.analysed(query)
    vector = encoder.encode_query(meant) if snapshot.dense is not None and encoder.covers(meant) else None
    head = snapshot.head.logarithms(vector) if snapshot.head is not None and vector is not None else None
    return Question(query, snapshot.lexical.scores(analysed), vector, head, snapshot.naive.scores(analysed))


def _likely(snapshot: IndexSnapshot, question: Question) -> Numbers:
    """The articles of the phrasings that either matcher finds, the likeliest, and the head's, by number."""
    pool = _best(question.words, POOL)
    values = _WORDS_SHARE * question.words[pool].astype(np.float64)
    if question.vector is not None and snapshot.dense is not None:
        near, cosines = snapshot.dense.nearest(question.vector, POOL)
        pool = np.setdiff1d(pool, near, assume_unique=True)
        found = snapshot.dense.cosines(question.vector, pool)
        pool, meaning = np.concatenate((near, pool)), np.concatenate((cosines, found))
        values = meaning + _WORDS_SHARE * question.words[pool]
    articles, owner = np.unique(snapshot.article_of[pool], return_inverse=True)
    best = np.full(len(articles), -np.inf)
    np.maximum.at(best, owner, values)
    chosen: Numbers = articles[np.argsort(-best, kind="stable")[:ARTICLES]]
    if question.head is None or len(question.head) <= OF_HEAD:
        return chosen
    return np.union1d(chosen, np.argpartition(-question.head, OF_HEAD)[:OF_HEAD])


def _best(scores: NDArray[np.float32], count: int) -> Numbers:
    """Positions of the best scores above zero."""
    if len(scores) > count:
        positions = np.argpartition(-scores, count)[:count]
    else:
        positions = np.arange(len(scores))
    return positions[scores[positions] > 0].astype(np.int64)


def _entries(snapshot: IndexSnapshot, article: int) -> Numbers:
    return np.arange(snapshot.first_entries[article], snapshot.first_entries[article + 1])


def _ranked(
    snapshot: IndexSnapshot, encoder: Encoder, question: Question, articles: Numbers, hidden: Collection[int] = ()
) -> list[Match]:
    """These articles in their order, by all of their phrasings but the hidden ones."""
    each = [_entries(snapshot, int(article)) for article in articles]
    if hidden:
        each = [entries[~np.isin(entries, list(hidden))] for entries in each]
    kept = [number for number, entries in enumerate(each) if len(entries)]
    if not kept:
        return []
    articles, each = articles[kept], [each[number] for number in kept]
    entries = np.concatenate(each)
    owner = np.repeat(np.arange(len(each)), [len(own) for own in each])
    words = question.words[entries].astype(np.float64)
    meaning = np.zeros(len(entries))
    if question.vector is not None and snapshot.dense is not None:
        meaning = snapshot.dense.cosines(question.vector, entries).astype(np.float64)
    nearest = entries[_best_and_support(meaning + _WORDS_SHARE * words, owner)[2]]
    lexical, lexical_support, _ = _best_and_support(words, owner)
    dense, dense_support, _ = _best_and_support(meaning, owner)
    grounds, aligned = _grounds(snapshot, encoder, question, nearest, dense)
    head = np.zeros(len(articles)) if question.head is None else question.head[articles]
    figures = np.stack(
        (head, dense, dense_support, lexical, lexical_support, aligned, question.naive[articles]), axis=1
    )
    return _in_order(articles, nearest, grounds, figures)


def _grounds(
    snapshot: IndexSnapshot, encoder: Encoder, question: Question, nearest: Numbers, dense: Figures
) -> tuple[list[Ground], Figures]:
    """On what each article is compared, and how well its words and the query's find each other: `dense` if unknown."""
    if question.vector is None or snapshot.dense is None:
        return ["words"] * len(nearest), dense
    aligned = encoder.alignment(question.text, [snapshot.entries[entry].text for entry in nearest.tolist()])
    if aligned is None:
        return ["meaning"] * len(nearest), dense
    unknown = np.isnan(aligned)
    return ["across" if each else "aligned" for each in unknown.tolist()], np.where(unknown, dense, aligned)


def _best_and_support(scores: Figures, owner: Numbers) -> tuple[Figures, Figures, Numbers]:
    """For each article: its best score, the mean of its best few, and the position of the best.

    Args:
        owner: The article of each score, rising from 0 without a gap.
    """
    order = np.lexsort((-scores, owner))
    starts = np.searchsorted(owner, np.arange(owner[-1] + 1))
    ends = np.append(starts[1:], len(order))
    ranked = scores[order]
    sums = np.concatenate(([0.0], np.cumsum(ranked)))
    lengths = np.minimum(ends - starts, SUPPORT)
    return ranked[starts], (sums[starts + lengths] - sums[starts]) / lengths, order[starts]


def _in_order(articles: Numbers, nearest: Numbers, grounds: list[Ground], figures: Figures) -> list[Match]:
    scores = score(figures, grounds)
    share = shares(scores)
    matches = []
    for place in np.argsort(-scores, kind="stable").tolist():
        head, dense, dense_support, lexical, lexical_support, aligned, naive = figures[place].tolist()
        features = Features(
            grounds[place], dense, dense_support, lexical, lexical_support, head, naive, aligned, float(share[place])
        )
        matches.append(Match(int(articles[place]), features, int(nearest[place])))
    return matches
