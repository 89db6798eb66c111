"""What the English encoder makes of English texts, kept on disk: it takes half an hour, and the training minutes."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from knowledge_base.encoders import Encoder, Vectors

_BLOCK = 4_096


class Teacher:
    """The encoder in whose space Chinese is to lie.

    Args:
        encoder: Reads English.
        folder: Where its vectors are kept, as 16-bit floats; made when missing.
        report: Is told about progress.
    """

    def __init__(self, encoder: Encoder, folder: Path, report: Callable[[str], None] = lambda _: None) -> None:
        self._encoder = encoder
        self._folder = folder
        self._report = report

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts that it covers, of unit length, shape (len(texts), dimension)."""
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        if not places:
            return np.zeros((0, self.dimension), dtype=np.float32)
        unique = np.concatenate(list(self._blocks(list(places)))).astype(np.float32)
        unique /= np.linalg.norm(unique, axis=1, keepdims=True)
        return np.asarray(unique[[places[text] for text in texts]], dtype=np.float32)

    def _blocks(self, texts: Sequence[str]) -> Iterator[Vectors]:
        for start in range(0, len(texts), _BLOCK):
            block = texts[start : start + _BLOCK]
            file = self._folder / f"{self._key(block)}.npy"
            if not file.exists():
                self._keep(file, self._encoder.encode(block))
                self._report(f"encoded {start + len(block):,} of {len(texts):,} English texts")
            # Also read back when just made, so that the first run learns from the same 16 bits as the second.
            yield np.load(file)

    def _key(self, block: Sequence[str]) -> str:
        """By all texts of the block: what is encoded together changes the last digits."""
        digest = hashlib.sha256("\0".join([self._encoder.name, *block]).encode())
        return digest.hexdigest()[:32]

    def _keep(self, file: Path, vectors: Vectors) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as output:
            np.save(output, vectors.astype(np.float16))
        unfinished.replace(file)
