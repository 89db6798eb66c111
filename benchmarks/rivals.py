"""Other ways to find the article for a question, measured beside ours: BM25, and the sentence model by itself.

Each is given the same phrasings and questions as ours, one question at a time, and ranks ten articles by its own
score, which stands for how sure it is.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from knowledge_base.encoders import Encoder
from knowledge_base.metrics import RANKS
from texts.language import HAN, fold

# As most search engines have them: how soon a repeated word adds nothing, how much long texts are held back.
K1, B = 1.5, 0.75
_WORDS_OR_HAN = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_IS_HAN = re.compile(f"[{HAN}]")


class Phrasing(NamedTuple):
    """One way to ask for an article: its question or a variant."""

    key: str
    text: str


@dataclass(frozen=True)
class Ranking:
    """What was found for a question: articles, best first, the first one's score, and how long it took."""

    keys: tuple[str, ...]
    score: float
    milliseconds: float


class Rival(Protocol):
    """Something that ranks articles."""

    def __call__(self, phrasings: Sequence[Phrasing], queries: Sequence[str]) -> list[Ranking]:
        """Prepare for the phrasings, then rank the articles for each query. Raises LeftOut."""
        ...


class LeftOut(Exception):
    """A rival that could not be measured; the message says why."""


def bm25(phrasings: Sequence[Phrasing], queries: Sequence[str]) -> list[Ranking]:
    """Okapi BM25 over words, and over single Chinese characters and pairs of them.

    All phrasings of an article are one text: that finds far more than one text for each does (banking77 with 10
    phrasings an article: 69 % against 58 %).
    """
    texts: dict[str, list[str]] = {}
    for phrasing in phrasings:
        texts.setdefault(phrasing.key, []).append(phrasing.text)
    joined = [Phrasing(key, "\n".join(parts)) for key, parts in texts.items()]
    index = Bm25([phrasing.text for phrasing in joined])
    return _ranked(joined, queries, index.scores)


def nearest_variant(encoder: Encoder) -> Rival:
    """The sentence model by itself: the article of the phrasing with the greatest cosine, in whatever script."""

    def rank(phrasings: Sequence[Phrasing], queries: Sequence[str]) -> list[Ranking]:
        encoder.prepare()
        vectors = encoder.encode([phrasing.text for phrasing in phrasings])
        return _ranked(phrasings, queries, lambda query: np.asarray(vectors @ encoder.encode([query])[0]))

    return rank


class Bm25:
    """BM25 in the form of Lucene: a word that few texts have weighs more, a repeated one ever less.

    Source: C. Kamphuis et al. (2020), Which BM25 Do You Mean?, ECIR 2020, the row "Lucene (accurate)". The counting is
    scikit-learn's, which the application has anyway; what is left for a library to do is `_weights`.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._counter = CountVectorizer(analyzer=tokens)
        self._weights = _weights(sparse.csr_matrix(self._counter.fit_transform(texts), dtype=np.float64))

    def scores(self, query: str) -> NDArray[np.float64]:
        """The score of each text, shape (texts,); 0 where no word is shared."""
        return np.asarray((self._counter.transform([query]) @ self._weights).toarray()[0], dtype=np.float64)


def tokens(text: str) -> list[str]:
    """Words, Chinese characters, and pairs of neighbouring Chinese characters; both scripts and all cases alike."""
    found = []
    for part in _WORDS_OR_HAN.findall(fold(text)):
        if _IS_HAN.match(part):
            found += [*part, *(part[place : place + 2] for place in range(len(part) - 1))]
        else:
            found.append(part)
    return found


def _weights(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """What each word adds to the score of each text, shape (words, texts), from counts of shape (texts, words)."""
    texts = counts.shape[0]
    having = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.log(1 + (texts - having + 0.5) / (having + 0.5))
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    held_back = K1 * (1 - B + B * lengths / max(lengths.mean(), 1e-9))
    of_text = np.repeat(np.arange(texts), np.diff(counts.indptr))
    weighed = counts.copy()
    weighed.data = rarity[counts.indices] * counts.data / (counts.data + held_back[of_text])
    return sparse.csr_matrix(weighed.T)


def _ranked(
    phrasings: Sequence[Phrasing], queries: Iterable[str], score: Callable[[str], NDArray[np.floating]]
) -> list[Ranking]:
    """Rank the articles by their best phrasing, without those whose score is 0."""
    keys = sorted({phrasing.key for phrasing in phrasings})
    place = {key: number for number, key in enumerate(keys)}
    article_of = np.array([place[phrasing.key] for phrasing in phrasings])
    rankings = []
    for query in queries:
        started = time.perf_counter()
        best = np.full(len(keys), -np.inf)
        np.maximum.at(best, article_of, score(query))
        first = [number for number in np.argsort(-best, kind="stable")[:RANKS] if best[number] != 0]
        milliseconds = (time.perf_counter() - started) * 1000
        top = float(best[first[0]]) if first else 0.0
        rankings.append(Ranking(tuple(keys[number] for number in first), top, milliseconds))
    return rankings
