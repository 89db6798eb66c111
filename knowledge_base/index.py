"""The index: everything a search needs, built from the published articles, never changed afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.decision import ANY_WORDS, DENSE_WEIGHTS, LEXICAL_WEIGHTS, Features, UnknownWords, Weights
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.head import ArticleHead
from knowledge_base.lexical import LexicalMatrix, TextFeatures

# Who reads which language when an article is missing in their own.
_NEXT_BEST = {
    "en": ("en", "zh-Hans", "zh-Hant"),
    "zh-Hans": ("zh-Hans", "zh-Hant", "en"),
    "zh-Hant": ("zh-Hant", "zh-Hans", "en"),
}


@dataclass(frozen=True)
class Entry:
    """One phrasing: an article's question or one of its variants."""

    key: str
    language: str
    text: str


@dataclass(frozen=True)
class DenseIndex:
    """The phrasings the encoder covers. `rows[i]` is the entry of the i-th vector, `row_of` the way back."""

    flat: faiss.IndexFlatIP
    rows: NDArray[np.int64]
    row_of: NDArray[np.int64]

    def nearest(self, vector: Vectors, count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The entries nearest to one vector of shape (1, dimension), best first, with their cosines."""
        cosines, positions = self.flat.search(vector, min(count, len(self.rows)))
        return self.rows[positions[0]], cosines[0]

    def cosines(self, vector: Vectors, entries: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of each entry with the vector; 0 for those without a vector."""
        cosines = np.zeros(len(entries), dtype=np.float32)
        positions = self.row_of[entries]
        covered = positions >= 0
        if covered.any():
            cosines[covered] = self.flat.reconstruct_batch(positions[covered]) @ vector[0]
        return cosines


@dataclass(frozen=True)
class Calibration:
    """What scores are worth in this knowledge base: for queries with a vector, and without; see `calibration.py`."""

    dense: Weights = DENSE_WEIGHTS
    lexical: Weights = LEXICAL_WEIGHTS
    dense_words: UnknownWords = ANY_WORDS
    lexical_words: UnknownWords = ANY_WORDS

    def weights(self, features: Features) -> Weights:
        """The coefficients that apply to these features."""
        return self.dense if features.has_dense else self.lexical

    def words(self, features: Features) -> UnknownWords:
        """How many unknown words are usual for queries with these features."""
        return self.dense_words if features.has_dense else self.lexical_words


@dataclass(frozen=True)
class IndexSnapshot:
    """What is searched: one state of the knowledge base.

    Attributes:
        version: Value of the change counter when it was read.
        keys: The articles' keys, sorted; `article_of[i]` is the position in it of entry i's article.
        articles: Every published article by key and language.
        vectors: The vector of each covered text, to be used again by the next snapshot.
    """

    version: int
    entries: tuple[Entry, ...]
    keys: tuple[str, ...]
    article_of: NDArray[np.int64]
    articles: Mapping[tuple[str, str], PublishedArticle]
    lexical: LexicalMatrix
    head: ArticleHead
    dense: DenseIndex | None
    vectors: Mapping[str, Vectors] = field(repr=False)
    calibration: Calibration = Calibration()

    def article(self, key: str, language: str) -> PublishedArticle | None:
        """The article in this language, else in the one its readers understand best; None when there is none."""
        for code in _NEXT_BEST.get(language, _NEXT_BEST["en"]):
            if (key, code) in self.articles:
                return self.articles[key, code]
        return None


def build_snapshot(
    version: int,
    articles: Sequence[PublishedArticle],
    encoder: Encoder,
    known: Mapping[str, Vectors],
    features: TextFeatures | None = None,
) -> IndexSnapshot:
    """Build the index of some articles. Only texts without a vector in `known` are encoded.

    Args:
        features: The features of the texts as they were known so far, to be kept for the next time.
    """
    entries = tuple(
        Entry(article.key, article.language, text)
        for article in articles
        for text in (article.question, *article.variants)
    )
    keys = tuple(sorted({article.key for article in articles}))
    position = {key: number for number, key in enumerate(keys)}
    covered = [number for number, entry in enumerate(entries) if encoder.covers(entry.text)]
    article_of = np.array([position[entry.key] for entry in entries], dtype=np.int64)
    vectors = _vectors(encoder, list(dict.fromkeys(entries[number].text for number in covered)), known)
    texts = [entry.text for entry in entries]
    kept = features or TextFeatures()
    return IndexSnapshot(
        version=version,
        entries=entries,
        keys=keys,
        article_of=article_of,
        articles={(article.key, article.language): article for article in articles},
        lexical=LexicalMatrix(texts, kept),
        head=ArticleHead(texts, article_of, len(keys), kept),
        dense=_dense(entries, covered, vectors) if covered else None,
        vectors=vectors,
    )


def _vectors(encoder: Encoder, texts: list[str], known: Mapping[str, Vectors]) -> dict[str, Vectors]:
    missing = [text for text in texts if text not in known]
    encoded = dict(zip(missing, encoder.encode(missing), strict=True)) if missing else {}
    return {text: known[text] if text in known else encoded[text] for text in texts}


def _dense(entries: Sequence[Entry], covered: list[int], vectors: Mapping[str, Vectors]) -> DenseIndex:
    matrix = np.stack([vectors[entries[number].text] for number in covered])
    flat = faiss.IndexFlatIP(matrix.shape[1])
    flat.add(np.ascontiguousarray(matrix, dtype=np.float32))
    row_of = np.full(len(entries), -1, dtype=np.int64)
    row_of[covered] = np.arange(len(covered))
    return DenseIndex(flat, np.array(covered, dtype=np.int64), row_of)
