"""The corpus as numbers: which pieces each Chinese text has, and the vector it should get."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from knowledge_base.encoder_training.corpus import Corpus
from knowledge_base.encoder_training.teacher import Teacher
from knowledge_base.encoders import Vectors

Numbers = NDArray[np.int64]

# Shorter texts would lose what they say with a piece.
_LEAST_TO_DROP_FROM = 3


class Bags:
    """Texts as the ids of their pieces, all in one row of numbers.

    Args:
        texts: The ids of each text; one without any counts as one unknown piece.
    """

    def __init__(self, texts: Iterable[Sequence[int]]) -> None:
        ids = [np.asarray(text if len(text) else [0], dtype=np.int64) for text in texts]
        self._lengths = np.array([len(text) for text in ids], dtype=np.int64)
        self._starts = _starts(self._lengths)
        self._ids = np.concatenate(ids) if ids else np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._lengths)

    def take(self, places: Numbers) -> tuple[Numbers, Numbers]:
        """The ids of some texts, one after the other, and where each begins."""
        lengths = self._lengths[places]
        starts = _starts(lengths)
        within = np.arange(lengths.sum()) - np.repeat(starts, lengths)
        return self._ids[within + np.repeat(self._starts[places], lengths)], starts

    def take_some(self, places: Numbers, share: float, random: np.random.Generator) -> tuple[Numbers, Numbers]:
        """As `take`, with this share of the pieces left out by chance; of each text the first stays at least."""
        ids, starts = self.take(places)
        kept = random.random(len(ids)) >= share
        kept |= np.repeat(self._lengths[places] < _LEAST_TO_DROP_FROM, self._lengths[places])
        kept[starts] |= np.add.reduceat(kept.astype(np.int64), starts) == 0
        return ids[kept], _starts(np.add.reduceat(kept.astype(np.int64), starts))


@dataclass(frozen=True)
class Lessons:
    """What there is to learn.

    Attributes:
        texts: Chinese sentences and words.
        targets: The vector each should get, of unit length, shape (len(texts), dimension).
        headings, bodies: Chinese texts about one thing, in the same order.
    """

    texts: Bags
    targets: Vectors
    headings: Bags
    bodies: Bags


def lessons(corpus: Corpus, words: dict[str, Vectors], tokenizer: Tokenizer, teacher: Teacher) -> Lessons:
    """Make the lessons: each sentence is to lie where its English does, each word where its glosses do.

    Args:
        words: The vectors of the dictionary's words; see `start.word_vectors`.
    """
    sentences = teacher.vectors([pair.english for pair in corpus.pairs])
    glosses = np.stack(list(words.values())) if words else np.zeros((0, teacher.dimension), dtype=np.float32)
    glosses /= np.maximum(np.linalg.norm(glosses, axis=1, keepdims=True), 1e-9)
    return Lessons(
        bags(tokenizer, [*(pair.chinese for pair in corpus.pairs), *words]),
        np.concatenate([sentences, glosses]),
        bags(tokenizer, [passage.heading for passage in corpus.passages]),
        bags(tokenizer, [passage.body for passage in corpus.passages]),
    )


def bags(tokenizer: Tokenizer, texts: Sequence[str]) -> Bags:
    """The pieces of folded texts."""
    return Bags(encoding.ids for encoding in tokenizer.encode_batch(list(texts)))


def _starts(lengths: Numbers) -> Numbers:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)[:-1]]) if len(lengths) else lengths
