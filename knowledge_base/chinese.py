"""The built-in Chinese model: a vector for every word, summed up, in the space of the English model.

Made by `knowledge_base/encoder_training`; sentence-transformers reads the same folder. Here it is read without
PyTorch: a question takes less than a tenth of a millisecond.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from knowledge_base.encoder_setting import EncoderUnusable
from knowledge_base.encoders import Vectors
from texts.language import fold, has_han

FOLDER = Path(__file__).parent.parent / "models" / "chinese-encoder"

_KEPT_TEXTS = 200_000
_LONGEST = 1_000

Pieces = NDArray[np.int32]


class ChineseEncoder:
    """The model of a folder. Several threads may encode at once.

    Args:
        folder: Holds model.safetensors (8-bit rows under "embeddings", a scale for each under "weights") and
            tokenizer.json.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        # Texts of articles are compared again and again.
        self._pieces = lru_cache(_KEPT_TEXTS)(self._cut)

    @cached_property
    def name(self) -> str:
        """Names the very files: another training makes other vectors."""
        try:
            digest = hashlib.sha256((self._folder / "model.safetensors").read_bytes())
            digest.update((self._folder / "tokenizer.json").read_bytes())
        except OSError as error:
            raise EncoderUnusable(f"The Chinese model in {self._folder} cannot be read: {error.strerror}.") from None
        return f"chinese {digest.hexdigest()[:12]}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._rows.shape[1])

    def prepare(self) -> None:
        """Read the files."""
        self.encode(["准备"])

    def covers(self, text: str) -> bool:
        """Texts with at least one Chinese character that the model knows, whatever else they hold."""
        return has_han(text) and bool(self._pieces(text[:_LONGEST]).any())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for number, text in enumerate(texts):
            pieces = self._pieces(text[:_LONGEST])
            total = self._scales[pieces] @ self._rows[pieces].astype(np.float32)
            vectors[number] = total / max(float(np.linalg.norm(total)), 1e-9)
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """See `Encoder.encode_query`: questions and phrasings are alike to this model."""
        return self.encode([text])

    def alignment(self, query: str, texts: Sequence[str]) -> NDArray[np.float64] | None:
        """How well each word of the query finds its like in a text, and the other way round: the lower of the two.

        What a single vector for a sentence blurs is still there word by word: "能退吗" and "能换吗" differ in one. Each
        word counts by the length of its vector, which training made short for words that tell little. Compare
        BERTScore (Zhang et al., ICLR 2020), of which this is recall and precision over static vectors.

        Returns:
            -1 to 1 for each text; NaN for texts this model does not cover. None when it does not cover the query.
        """
        if not self.covers(query):
            return None
        found = np.full(len(texts), np.nan)
        covered = [number for number, text in enumerate(texts) if self.covers(text)]
        if not covered:
            return found
        each = [self._pieces(texts[number][:_LONGEST]) for number in covered]
        pieces = np.concatenate(each)
        starts = np.cumsum([0, *(len(own) for own in each[:-1])])
        asked = self._pieces(query[:_LONGEST])
        cosines = self._directions(asked) @ self._directions(pieces).T
        weights, asked_weights = self._lengths[pieces], self._lengths[asked]
        found_again = np.maximum.reduceat(cosines, starts, axis=1)
        recall = asked_weights @ found_again / asked_weights.sum()
        precision = np.add.reduceat(weights * cosines.max(axis=0), starts) / np.add.reduceat(weights, starts)
        found[covered] = np.minimum(recall, precision)
        return found

    def _cut(self, text: str) -> Pieces:
        # End marks and line breaks are pieces that say nothing.
        ids = self._tokenizer.encode(" ".join(fold(text).split()), add_special_tokens=False).ids
        return np.array([number for number in ids if self._lengths[number] > 0], dtype=np.int32)

    def _directions(self, pieces: Pieces) -> NDArray[np.float32]:
        rows = self._rows[pieces].astype(np.float32)
        return rows * (self._scales[pieces] / self._lengths[pieces])[:, np.newaxis]

    @cached_property
    def _tokenizer(self) -> Any:
        return Tokenizer.from_file(str(self._folder / "tokenizer.json"))

    @cached_property
    def _weights(self) -> dict[str, NDArray[Any]]:
        weights: dict[str, NDArray[Any]] = load_file(str(self._folder / "model.safetensors"))
        return weights

    @property
    def _rows(self) -> NDArray[np.int8]:
        rows: NDArray[np.int8] = self._weights["embeddings"]
        return rows

    @property
    def _scales(self) -> NDArray[np.float32]:
        scales: NDArray[np.float32] = self._weights["weights"]
        return scales

    @cached_property
    def _lengths(self) -> NDArray[np.float32]:
        squares = np.array([float(np.square(row.astype(np.float32)).sum()) for row in self._rows], dtype=np.float32)
        lengths: NDArray[np.float32] = np.sqrt(squares) * self._scales
        return lengths
