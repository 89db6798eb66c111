"""The phrasings of the index in two parts: a base that is made anew now and then, and a delta of what came since.

An edit only adds the article's phrasings to the delta; those that it had before stay where they are and are passed
over. So an edit costs what the delta costs, however big the base is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.dense import EXACT, DenseBase, DenseIndex
from knowledge_base.encoders import Vectors
from knowledge_base.lexical import TextFeatures
from knowledge_base.lexical_matrix import LexicalBase, LexicalMatrix, Postings, TextRows, text_rows

Rows = NDArray[np.int64]

# The base is made anew when it is this much out of step: phrasings that came or went since, by those that there are.
WORN = 0.1


@dataclass(frozen=True)
class Entry:
    """One phrasing: an article's question or one of its variants."""

    key: str
    language: str
    text: str


@dataclass(frozen=True, eq=False)
class Phrasings:
    """An article as the index holds it. Only the same object is equal: an edited article has other phrasings."""

    article: PublishedArticle
    entries: tuple[Entry, ...]


def phrasings_of(article: PublishedArticle) -> Phrasings:
    """The question and the variants of an article."""
    texts = (article.question, *article.variants)
    return Phrasings(article, tuple(Entry(article.key, article.language, text) for text in texts))


@dataclass(frozen=True, eq=False)
class Block:
    """Phrasings of articles row by row, with all that the matchers need to know of their texts.

    Attributes:
        first: The row of each article's question; the variants follow it.
        matrix: The vectors of the texts that the encoder covers, shape (covered, dimension).
        vector_of: The position in it by row; -1 for texts that are not covered.
    """

    first: Mapping[Phrasings, int]
    words: TextRows
    matrix: Vectors
    vector_of: Rows

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The position in the matrix of each covered text."""
        vector_of = self.vector_of.tolist()
        return {
            entry.text: vector_of[first + number]
            for held, first in self.first.items()
            for number, entry in enumerate(held.entries)
            if vector_of[first + number] >= 0
        }

    def __len__(self) -> int:
        return len(self.vector_of)


def block_of(
    held: Sequence[Phrasings], features: TextFeatures, vectors: Mapping[str, Vectors], dimension: int
) -> Block:
    """The phrasings of articles. Texts without a vector in `vectors` are not covered."""
    texts = [entry.text for each in held for entry in each.entries]
    found = [vectors.get(text) for text in texts]
    covered = [vector for vector in found if vector is not None]
    has_vector = np.array([vector is not None for vector in found], dtype=np.bool_)
    return Block(
        dict(zip(held, first_rows(held), strict=True)),
        text_rows(texts, features),
        np.stack(covered) if covered else np.zeros((0, dimension), dtype=np.float32),
        np.where(has_vector, np.cumsum(has_vector) - 1, -1).astype(np.int64),
    )


def first_rows(held: Sequence[Phrasings]) -> list[int]:
    """Where the phrasings of each article begin when they lie one after the other."""
    return list(accumulate((len(each.entries) for each in held[:-1]), initial=0)) if held else []


def gathered(first: Block, second: Block, held: Sequence[Phrasings]) -> Block:
    """The phrasings of articles each of which lies in one of two blocks."""
    rows = rows_in(first, second, held)
    places = _vector_places(first, second)[rows]
    has_vector = places >= 0
    places = places[has_vector]
    matrix = np.empty((len(places), first.matrix.shape[1]), dtype=np.float32)
    later = places >= len(first.matrix)
    matrix[~later] = first.matrix[places[~later]]
    matrix[later] = second.matrix[places[later] - len(first.matrix)]
    return Block(
        dict(zip(held, first_rows(held), strict=True)),
        first.words.and_then(second.words).chosen(rows),
        matrix,
        np.where(has_vector, np.cumsum(has_vector) - 1, -1).astype(np.int64),
    )


def joined(first: Block, second: Block) -> Block:
    """The phrasings of one block, followed by those of another."""
    later = {held: row + len(first) for held, row in second.first.items()}
    return Block(
        {**first.first, **later},
        first.words.and_then(second.words),
        np.concatenate((first.matrix, second.matrix)),
        _vector_places(first, second),
    )


def rows_in(first: Block, second: Block, held: Sequence[Phrasings]) -> Rows:
    """The rows of articles' phrasings, those of the second block counted on from the end of the first."""
    if not held:
        return np.zeros(0, dtype=np.int64)
    starts = np.array(
        [first.first[each] if each in first.first else len(first) + second.first[each] for each in held], dtype=np.int64
    )
    counts = np.array([len(each.entries) for each in held])
    ends = np.cumsum(counts)
    return np.repeat(starts - (ends - counts), counts) + np.arange(ends[-1])


def _vector_places(first: Block, second: Block) -> Rows:
    later = np.where(second.vector_of >= 0, second.vector_of + len(first.matrix), -1)
    return np.concatenate((first.vector_of, later))


@dataclass(frozen=True, eq=False)
class Base:
    """The bulk of the phrasings, ready to be searched."""

    block: Block
    words: LexicalBase
    vectors: DenseBase


def base_of(block: Block, features: TextFeatures, approximate: bool = False) -> Base:
    """Make phrasings ready to be searched.

    Args:
        approximate: Whether more vectors than `EXACT` are to be found nearly only; that takes long to prepare.
    """
    vectors = DenseBase(block.matrix, approximate and len(block.matrix) > EXACT)
    # The index has its own copy of the vectors, which is the only one to be kept.
    kept = Block(block.first, block.words, vectors.matrix, block.vector_of)
    return Base(kept, LexicalBase.of(block.words, features), vectors)


@dataclass(frozen=True, eq=False)
class Delta:
    """The phrasings that came after the base was made."""

    block: Block
    words: Postings


def delta_of(base: Base, block: Block, features: TextFeatures) -> Delta:
    """Make phrasings ready to be searched with those of the base."""
    return Delta(block, base.words.postings_of(block.words, features))


@dataclass(frozen=True, eq=False)
class Segments:
    """Base and delta; some of their rows may be of phrasings that are gone."""

    base: Base
    delta: Delta

    def __contains__(self, held: Phrasings) -> bool:
        return held in self.base.block.first or held in self.delta.block.first

    def rows(self, held: Sequence[Phrasings]) -> Rows:
        """The rows of articles' phrasings."""
        return rows_in(self.base.block, self.delta.block, held)

    def worn(self, rows: Rows) -> bool:
        """Whether the base should be made anew, when these rows are searched."""
        base = len(self.base.block)
        out_of_step = len(self.delta.block) + base - int((rows < base).sum())
        late = len(self.base.block.matrix) > EXACT and not self.base.vectors.approximate
        return late or out_of_step > WORN * max(1, len(rows))

    def lexical(self, rows: Rows) -> LexicalMatrix:
        """The words of these rows."""
        return LexicalMatrix(self.base.words, self.delta.words, rows)

    def dense(self, rows: Rows) -> DenseIndex | None:
        """The vectors of these rows; None when none of them has one."""
        row_of = _vector_places(self.base.block, self.delta.block)[rows]
        if not (row_of >= 0).any():
            return None
        return DenseIndex(self.base.vectors, self.delta.block.matrix, row_of)


class KnownVectors(Mapping[str, Vectors]):
    """The vector of each covered text, also of texts that were in the index a while ago."""

    def __init__(self, segments: Segments) -> None:
        self._blocks = (segments.delta.block, segments.base.block)

    def __getitem__(self, text: str) -> Vectors:
        for block in self._blocks:
            if text in block.position:
                vector: Vectors = block.matrix[block.position[text]]
                return vector
        raise KeyError(text)

    def __iter__(self) -> Iterator[str]:
        delta, base = self._blocks
        yield from delta.position
        yield from (text for text in base.position if text not in delta.position)

    def __len__(self) -> int:
        return sum(1 for _ in self)
