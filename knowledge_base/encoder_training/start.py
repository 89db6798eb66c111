"""Where training starts from: a word lies where the English encoder puts its glosses."""

from collections.abc import Sequence

import numpy as np

from knowledge_base.encoder_training.corpus import Corpus
from knowledge_base.encoder_training.teacher import Teacher
from knowledge_base.encoder_training.vocabulary import Piece, is_chinese
from knowledge_base.encoders import Vectors

# Smooth inverse frequency: a piece of the share p counts sqrt(a / (a + p)). Without the root, and with a between 1e-3
# and 1e-4, it is the weight of S. Arora and others (2017), A Simple but Tough-to-Beat Baseline for Sentence Embeddings;
# with it, frequent words start a little stronger, since training goes on from there.
_SMOOTHING = 3e-4


def word_vectors(corpus: Corpus, teacher: Teacher) -> dict[str, Vectors]:
    """The vector of each Chinese word of the dictionary: the mean of its entries' glosses, not of unit length."""
    vectors = teacher.vectors(list(corpus.entries()))
    found = {}
    start = 0
    for word, entries in corpus.dictionary.items():
        if is_chinese(word):
            found[word] = np.asarray(vectors[start : start + len(entries)].mean(axis=0), dtype=np.float32)
        start += len(entries)
    return found


def starting_vectors(pieces: Sequence[Piece], words: dict[str, Vectors], teacher: Teacher) -> Vectors:
    """A vector for each piece, frequent ones shorter, shape (len(pieces) + 1, dimension); the first is of the unknown.

    Latin words have the English encoder's own; words without gloss the mean of their characters; marks nothing.
    What all glosses have in common is taken away, and what all Latin words have.

    Args:
        words: See `word_vectors`.
    """
    found = _centred({piece.text: words[piece.text] for piece in pieces if piece.text in words}, words)
    latin = [piece.text for piece in pieces if piece.text.isascii() and piece.text.isalpha() and len(piece.text) > 1]
    latin_vectors = dict(zip(latin, teacher.vectors(latin), strict=True))
    found |= _centred(latin_vectors, latin_vectors)
    start = np.zeros((len(pieces) + 1, teacher.dimension), dtype=np.float32)
    for place, piece in enumerate(pieces, start=1):
        vector = found.get(piece.text)
        if vector is None:
            vector = _of_characters(piece.text, found)
        if vector is not None:
            start[place] = vector * (_SMOOTHING / (_SMOOTHING + piece.frequency)) ** 0.5
    return start


def _centred(vectors: dict[str, Vectors], among: dict[str, Vectors]) -> dict[str, Vectors]:
    """The vectors less the mean of some, of unit length."""
    if not vectors:
        return {}
    mean = np.mean(list(among.values()), axis=0)
    return {text: _unit(vector - mean) for text, vector in vectors.items()}


def _of_characters(text: str, found: dict[str, Vectors]) -> Vectors | None:
    parts = [found[character] for character in text if character in found] if len(text) > 1 else []
    return _unit(np.mean(parts, axis=0)) if parts else None


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, dtype=np.float32)
