"""Texts that are kept in memory by meaning only: as vectors of half precision, without the words themselves.

Every vector is compared with the query. Measured with 100,000 vectors of 384 numbers: 130 MB with keys, about 14 ms of
a processor a query.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import faiss as untyped_faiss
import numpy as np

from knowledge_base.encoders import Encoder, Vectors

# Its type hints do not know the classes that are used here.
faiss: Any = untyped_faiss

# So many texts are encoded at once.
BATCH = 32


@dataclass(frozen=True)
class _Kept:
    row: int
    mark: int


class SimilarTexts:
    """Finds texts near in meaning. Safe to use from several threads at once; encoding is not done under the lock.

    Args:
        encoder: Its vectors are compared; another encoder needs another `SimilarTexts`.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._lock = Lock()
        self._index: Any = None
        self._kept: dict[str, _Kept] = {}
        self._key_of: dict[int, str] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def understands(self, text: str) -> bool:
        """Whether a text can be compared with others by its meaning."""
        return self.encoder.covers(text)

    def update(self, texts: Mapping[str, str | None]) -> None:
        """Keep texts by key, in place of what was kept there; None, and what has no meaning, is taken out at once."""
        self._take_out([key for key, text in texts.items() if not (text and self.understands(text))])
        changed = [(key, text) for key, text in texts.items() if text and self._is_new(key, text)]
        for start in range(0, len(changed), BATCH):
            part = changed[start : start + BATCH]
            vectors = self.encoder.encode([text for _, text in part])
            with self._lock:
                self._remove([key for key, _ in part])
                for key, text in part:
                    self._kept[key] = _Kept(self._next, hash(text))
                    self._key_of[self._next] = key
                    self._next += 1
                rows = np.arange(self._next - len(part), self._next, dtype=np.int64)
                self._of_dimension(vectors.shape[1]).add_with_ids(np.ascontiguousarray(vectors, np.float32), rows)

    def nearest(self, text: str, count: int) -> list[tuple[str, float]]:
        """Keys of the texts nearest in meaning, best first, with their likeness (cosine, -1 to 1)."""
        if not self._kept or not self.understands(text):
            return []
        vector = self.encoder.encode([text])
        with self._lock:
            if self._index is None or not self._kept:
                return []
            likeness, rows = _search(self._index, np.ascontiguousarray(vector, np.float32), min(count, len(self._kept)))
            return [
                (self._key_of[int(row)], float(like))
                for row, like in zip(rows[0], likeness[0], strict=True)
                if int(row) in self._key_of
            ]

    def _is_new(self, key: str, text: str) -> bool:
        if not self.understands(text):
            return False
        kept = self._kept.get(key)
        return kept is None or kept.mark != hash(text)

    def _take_out(self, keys: list[str]) -> None:
        with self._lock:
            self._remove(keys)

    def _remove(self, keys: list[str]) -> None:
        rows = [self._kept.pop(key).row for key in keys if key in self._kept]
        for row in rows:
            del self._key_of[row]
        if rows and self._index is not None:
            self._index.remove_ids(np.array(rows, dtype=np.int64))

    def _of_dimension(self, dimension: int) -> Any:
        if self._index is None:
            flat = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
            self._index = faiss.IndexIDMap2(flat)
        return self._index


def _search(index: Any, vector: Vectors, count: int) -> Any:
    """Search with this thread alone: on a busy machine the others keep it waiting (measured: 76 ms in place of 18)."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        return index.search(vector, count)
    finally:
        faiss.omp_set_num_threads(threads)
