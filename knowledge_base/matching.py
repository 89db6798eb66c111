"""From phrasings to articles: what every matcher says of the likeliest articles, and their order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge_base.decision import SAME, Features, Ground, score, shares
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.index import IndexSnapshot

MAX_CANDIDATES = 10
# How many phrasings either matcher may bring, how many articles of theirs are compared, and how many of the head's.
# Comparing 30 articles found no other answers on the development sets and took twice the time.
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


@dataclass(frozen=True)
class Pool:
    """Phrasings that are compared, with both cosines. All others are farther than `least_meaning` and `least_words`."""

    entries: Numbers
    meaning: Figures
    words: Figures
    least_meaning: float = 0.0
    least_words: float = 0.0

    def only(self, kept: NDArray[np.bool_]) -> "Pool":
        """Some of them."""
        return replace(self, entries=self.entries[kept], meaning=self.meaning[kept], words=self.words[kept])


def find_matches(snapshot: IndexSnapshot, encoder: Encoder, query: str, meant: str = "") -> list[Match]:
    """The best articles for a query, best first, with the features the decision needs.

    Args:
        meant: The words to be encoded, where they are others than those to be compared word by word.
    """
    if not snapshot.entries or not query:
        return []
    question = _question(snapshot, encoder, query, meant or query)
    pool = _likely(snapshot, question, _pool(snapshot, question, POOL))
    return _ranked(snapshot, encoder, question, pool)[:MAX_CANDIDATES]


def find_matches_among(snapshot: IndexSnapshot, encoder: Encoder, query: str, keys: Collection[str]) -> list[Match]:
    """The same among a few articles only, however far the query is from them."""
    numbers = [number for number, key in enumerate(snapshot.keys) if key in keys]
    if not query or not numbers:
        return []
    question = _question(snapshot, encoder, query, query)
    return _ranked(snapshot, encoder, question, _compared(snapshot, question, _entries(snapshot, numbers)))


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
    siblings = _entries(snapshot, [own])
    twins = siblings[(siblings == entry) | (words[siblings] >= SAME)]
    # What is left out must not take the place of others.
    pool = _pool(snapshot, question, POOL + len(siblings))
    answerable = pool.only(~np.isin(pool.entries, twins))
    unanswerable = pool.only(~np.isin(pool.entries, siblings))
    return (
        _ranked(snapshot, encoder, question, _likely(snapshot, question, answerable), twins),
        _ranked(snapshot, encoder, question, _likely(snapshot, question, unanswerable, own)),
    )


def _question(snapshot: IndexSnapshot, encoder: Encoder, query: str, meant: str) -> Question:
    analysed = snapshot.lexical.analysed(query)
    vector = encoder.encode_query(meant) if snapshot.dense is not None and encoder.covers(meant) else None
    head = snapshot.head.logarithms(vector) if snapshot.head is not None and vector is not None else None
    return Question(query, snapshot.lexical.scores(analysed), vector, head, snapshot.naive.scores(analysed))


def _pool(snapshot: IndexSnapshot, question: Question, count: int) -> Pool:
    """The phrasings that either matcher finds."""
    by_words = _best(question.words, count)
    least_words = float(question.words[by_words].min()) if len(by_words) == count else 0.0
    if question.vector is None or snapshot.dense is None:
        return replace(_compared(snapshot, question, by_words), least_words=least_words)
    near, cosines = snapshot.dense.nearest(question.vector, count)
    others = _compared(snapshot, question, np.setdiff1d(by_words, near, assume_unique=True))
    return Pool(
        np.concatenate((near, others.entries)),
        np.concatenate((cosines.astype(np.float64), others.meaning)),
        np.concatenate((question.words[near].astype(np.float64), others.words)),
        float(cosines[-1]) if len(near) == count else 0.0,
        least_words,
    )


def _compared(snapshot: IndexSnapshot, question: Question, entries: Numbers) -> Pool:
    """These phrasings with their cosines."""
    meaning = np.zeros(len(entries))
    if question.vector is not None and snapshot.dense is not None:
        meaning = snapshot.dense.cosines(question.vector, entries).astype(np.float64)
    return Pool(entries, meaning, question.words[entries].astype(np.float64))


def _best(scores: NDArray[np.float32], count: int) -> Numbers:
    """Positions of the best scores above zero."""
    if len(scores) > count:
        positions = np.argpartition(-scores, count)[:count]
    else:
        positions = np.arange(len(scores))
    return positions[scores[positions] > 0].astype(np.int64)


def _entries(snapshot: IndexSnapshot, articles: Sequence[int]) -> Numbers:
    """All phrasings of some articles."""
    first = snapshot.first_entries
    each = [np.arange(first[article], first[article + 1]) for article in articles]
    return np.concatenate(each) if each else np.zeros(0, dtype=np.int64)


def _likely(snapshot: IndexSnapshot, question: Question, pool: Pool, hidden: int = -1) -> Pool:
    """The phrasings of the likeliest articles, and of those that the head finds likeliest.

    Args:
        hidden: An article that is not to be among them.
    """
    articles, owner = np.unique(snapshot.article_of[pool.entries], return_inverse=True)
    best = np.full(len(articles), -np.inf)
    np.maximum.at(best, owner, pool.meaning + _WORDS_SHARE * pool.words)
    kept = np.zeros(len(articles), dtype=np.bool_)
    kept[np.argsort(-best, kind="stable")[:ARTICLES]] = True
    chosen = pool.only(kept[owner])
    if question.head is None or len(question.head) <= OF_HEAD:
        return chosen
    of_head = set(np.argpartition(-question.head, OF_HEAD)[:OF_HEAD].tolist()) - {hidden, *articles[kept].tolist()}
    if not of_head:
        return chosen
    more = _compared(snapshot, question, _entries(snapshot, sorted(of_head)))
    return replace(
        chosen,
        entries=np.concatenate((chosen.entries, more.entries)),
        meaning=np.concatenate((chosen.meaning, more.meaning)),
        words=np.concatenate((chosen.words, more.words)),
    )


def _ranked(
    snapshot: IndexSnapshot, encoder: Encoder, question: Question, pool: Pool, hidden: Numbers | None = None
) -> list[Match]:
    """The articles of these phrasings in their order. Hidden phrasings are not looked at."""
    if hidden is not None:
        pool = pool.only(~np.isin(pool.entries, hidden))
    if not len(pool.entries):
        return []
    articles, owner = np.unique(snapshot.article_of[pool.entries], return_inverse=True)
    sizes = snapshot.first_entries[articles + 1] - snapshot.first_entries[articles]
    if hidden is not None:
        sizes = sizes - np.isin(articles, snapshot.article_of[hidden]) * len(hidden)
    lexical, lexical_support, _ = _best_and_support(pool.words, owner, sizes, pool.least_words)
    dense, dense_support, _ = _best_and_support(pool.meaning, owner, sizes, pool.least_meaning)
    nearest = pool.entries[_best_and_support(pool.meaning + _WORDS_SHARE * pool.words, owner, sizes, 0.0)[2]]
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


def _best_and_support(
    scores: Figures, owner: Numbers, sizes: Numbers, least: float
) -> tuple[Figures, Figures, Numbers]:
    """For each article: its best score, the mean of its best few, and the position of the best.

    Args:
        owner: The article of each score, from 0 without a gap.
        sizes: How many phrasings each article has in all.
        least: Where an article's phrasings that are not among these have no better score: taken for those missing.
    """
    order = np.lexsort((-scores, owner))
    starts = np.searchsorted(owner[order], np.arange(len(sizes)))
    ends = np.append(starts[1:], len(order))
    ranked = scores[order]
    sums = np.concatenate(([0.0], np.cumsum(ranked)))
    seen, few = np.minimum(ends - starts, SUPPORT), np.minimum(sizes, SUPPORT)
    support = (sums[starts + seen] - sums[starts] + (few - seen) * least) / few
    return ranked[starts], support, order[starts]


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
