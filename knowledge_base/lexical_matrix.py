"""Finding texts by their words: a cosine between 0 and 1 over the features of `lexical.py`.

Kept in two parts, so that an edit of a big knowledge base costs little: the base, and a small delta of what came since.
How rare a feature is stays what it was when the base was made, for the texts of both parts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge_base.lexical import Analysed, TextFeatures, analysed, weight_of

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class TextRows:
    """The features of texts, one text after the other: those of text n lie from `starts[n]` to `starts[n + 1]`.

    Attributes:
        numbers: The features.
        often: 1 + the logarithm of how often the text has each.
    """

    numbers: NDArray[np.int32]
    often: NDArray[np.float32]
    starts: Rows

    def __len__(self) -> int:
        return len(self.starts) - 1

    def chosen(self, rows: Rows) -> "TextRows":
        """The features of some of the texts, in the order asked for."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = _starts(lengths)
        places = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return TextRows(self.numbers[places], self.often[places], starts)

    def and_then(self, others: "TextRows") -> "TextRows":
        """These texts, followed by others."""
        return TextRows(
            np.concatenate((self.numbers, others.numbers)),
            np.concatenate((self.often, others.often)),
            np.concatenate((self.starts, others.starts[1:] + self.starts[-1])),
        )


def text_rows(texts: Sequence[str], features: TextFeatures) -> TextRows:
    """The features of texts. Only texts that `features` does not know are analysed."""
    numbers, owners, often = features.of(texts)
    lengths = np.bincount(owners, minlength=len(texts))
    return TextRows(numbers.astype(np.int32), often.astype(np.float32), _starts(lengths))


def _starts(lengths: NDArray[np.int64]) -> Rows:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


class Postings:
    """Immutable: texts by feature. Each text is a vector of its features, of unit length.

    Args:
        weights: What each feature counts for, by its number; there must be one for every feature of the texts.
    """

    def __init__(self, rows: TextRows, weights: NDArray[np.float64]) -> None:
        self.rows = rows
        owners = np.repeat(np.arange(len(rows)), np.diff(rows.starts))
        values = rows.often * weights[rows.numbers]
        lengths = np.sqrt(np.bincount(owners, values**2, minlength=len(rows)))
        order = np.argsort(rows.numbers, kind="stable")
        self.having = np.bincount(rows.numbers, minlength=len(weights))
        self._starts = _starts(self.having).tolist()
        self._texts = owners[order]
        self._values = (values / lengths[owners])[order].astype(np.float32)

    def add_to(self, scores: NDArray[np.float32], numbers: Sequence[int], weights: NDArray[np.float32]) -> None:
        """Add to each text's score what it has of some features, each counting as its weight says."""
        for number, weight in zip(numbers, weights, strict=True):
            if number + 1 < len(self._starts):
                place = slice(self._starts[number], self._starts[number + 1])
                np.add.at(scores, self._texts[place], self._values[place] * weight)


@dataclass(frozen=True)
class LexicalBase:
    """Immutable: the bulk of the texts, and how rare their features are.

    Attributes:
        number: The number of each feature; may know more features than the texts have.
        weights: What each feature counts for, by its number.
        unknown: How rare a feature is that no text has: at least as telling as one that a single text has.
    """

    postings: Postings
    number: Mapping[str, int]
    weights: NDArray[np.float64]
    unknown: float

    @classmethod
    def of(cls, rows: TextRows, features: TextFeatures) -> "LexicalBase":
        """The base of texts whose features are known."""
        kinds = features.weights
        having = np.bincount(rows.numbers, minlength=len(kinds))
        weights = kinds * (np.log((1 + len(rows)) / (1 + having)) + 1)
        return cls(Postings(rows, weights), features.number, weights, math.log(1 + len(rows)) + 1)

    def postings_of(self, rows: TextRows, features: TextFeatures) -> Postings:
        """Texts that came later, weighed as the base weighs."""
        later = features.weights[len(self.weights) :] * self.unknown
        return Postings(rows, np.concatenate((self.weights, later)))


class LexicalMatrix:
    """Immutable: the weighed features of texts, ready to be compared with queries.

    Args:
        rows: Where each text lies: its row in the base, or beyond the base's end in the delta. Rows of neither are
            texts that are gone.
    """

    def __init__(self, base: LexicalBase, delta: Postings, rows: Rows) -> None:
        self.size = len(rows)
        self._base = base
        self._delta = delta
        self._rows = rows
        self._all = np.array_equal(rows, np.arange(self._base_size + len(delta.rows)))

    @classmethod
    def of(cls, texts: Sequence[str], features: TextFeatures | None = None) -> "LexicalMatrix":
        """All texts in the base.

        Args:
            features: Where the features of these texts are kept, or are to be.
        """
        kept = features or TextFeatures()
        base = LexicalBase.of(text_rows(texts, kept), kept)
        return cls(base, base.postings_of(text_rows((), kept), kept), np.arange(len(texts)))

    @staticmethod
    def analysed(query: str | Analysed) -> Analysed:
        """The query with its features, to be given to all who score it instead of the query."""
        return analysed(query)

    def unknown_share(self, text: str | Analysed, own: int = 0) -> float:
        """How much of what a text says is in words that the texts do not hold, 0 to 1.

        Args:
            own: Words held by no more texts than this count as unknown: 1 for a text that is among them itself.
        """
        whole = unknown = 0.0
        for feature, often in analysed(text).often.items():
            number = self._base.number.get(feature, len(self._having))
            having = self._having[number] if number < len(self._having) else 0
            if having <= own:
                unknown += often * self._base.unknown * weight_of(feature)
                whole += often * self._base.unknown * weight_of(feature)
            else:
                whole += often * self._weight(feature, number)
        return unknown / whole if whole else 0.0

    def scores(self, query: str | Analysed) -> NDArray[np.float32]:
        """The cosine of a query with every text, 0 to 1. Features that no text has make the query longer: they cost."""
        features = analysed(query).often
        if not features:
            return np.zeros(self.size, dtype=np.float32)
        beyond = len(self._having)
        numbers = [self._base.number.get(feature, beyond) for feature in features]
        weighed = np.array(
            [
                often * self._weight(feature, number)
                for (feature, often), number in zip(features.items(), numbers, strict=True)
            ]
        )
        unit = (weighed / math.sqrt(float(weighed @ weighed))).astype(np.float32)
        scores = np.zeros(self._base_size + len(self._delta.rows), dtype=np.float32)
        self._base.postings.add_to(scores[: self._base_size], numbers, unit)
        self._delta.add_to(scores[self._base_size :], numbers, unit)
        return np.minimum(scores if self._all else scores[self._rows], 1)

    def _weight(self, feature: str, number: int) -> float:
        """What a feature counts for; numbers that came after the base stand for features that none of its texts has."""
        if number < len(self._base.weights):
            return float(self._base.weights[number])
        return self._base.unknown * weight_of(feature)

    @property
    def _base_size(self) -> int:
        return len(self._base.postings.rows)

    @cached_property
    def _having(self) -> NDArray[np.int64]:
        """How many texts have each feature, by its number."""
        having = self._delta.having.copy()
        having[: len(self._base.postings.having)] += self._base.postings.having
        if not self._all:
            is_gone = np.ones(self._base_size + len(self._delta.rows), dtype=np.bool_)
            is_gone[self._rows] = False
            gone = np.flatnonzero(is_gone)
            for rows, postings in (
                (gone[gone < self._base_size], self._base.postings),
                (gone[gone >= self._base_size] - self._base_size, self._delta),
            ):
                lost = postings.rows.chosen(rows).numbers
                having -= np.bincount(lost, minlength=len(having))
        return having
