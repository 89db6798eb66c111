"""Finding texts by their vectors: exactly while that is quick, beyond that nearly, and exactly for what came since.

The base holds the bulk of the vectors. Up to `EXACT` of them every one is compared with the query. Beyond, all are
compared in a rough form, 4 bits for 2 numbers (product quantisation, scanned in registers), and the best of that are
compared exactly. Nothing is assumed about how vectors lie. Tried with 100,000 vectors of 384 numbers, processor time a
query and recall@10 where vectors hardly cluster: this 0.8 ms, 0.99, built in 4 s; cells around centres (inverted file)
1.6 ms, 0.95, built in 12 s; a navigable graph (HNSW) needs 60 to 150 s to be built. A million take 11 ms a query.
"""

from typing import Any

import faiss as untyped_faiss
import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoders import Vectors

# Its type hints do not know the keywords that its classes take.
faiss: Any = untyped_faiss

EXACT = 50_000
# So many candidates are compared exactly: some, and more where more are wanted.
_CANDIDATES, _CANDIDATES_A_WANTED = 200, 4

Rows = NDArray[np.int64]
Found = tuple[Rows, NDArray[np.float32]]


class _VectorsOf:
    """The memory of a flat index as an array, which keeps the index alive."""

    def __init__(self, flat: Any) -> None:
        self._flat = flat
        self.__array_interface__ = {
            "version": 3,
            "typestr": "<f4",
            "shape": (flat.ntotal, flat.d),
            "data": (int(flat.get_xb()), True),
        }


class DenseBase:
    """Immutable: the bulk of the vectors, by row.

    Args:
        matrix: Vectors of unit length, shape (rows, dimension); copied.
        approximate: Whether to prepare for searches that are nearly exact. Takes seconds to minutes on one core.
    """

    def __init__(self, matrix: Vectors, approximate: bool = False) -> None:
        self._flat = faiss.IndexFlatIP(matrix.shape[1])
        self._flat.add(np.ascontiguousarray(matrix, dtype=np.float32))
        self._rough = _rough(self.matrix) if approximate else None

    @property
    def approximate(self) -> bool:
        """Whether `candidates` can be asked for."""
        return self._rough is not None

    @property
    def matrix(self) -> Vectors:
        """The vectors, shape (rows, dimension), not copied and not to be written to."""
        if not self._flat.ntotal:
            return np.zeros((0, self._flat.d), dtype=np.float32)
        return np.asarray(_VectorsOf(self._flat))

    def nearest(self, vectors: Vectors, count: int, alive: NDArray[np.bool_] | None = None) -> Found:
        """The rows nearest to each vector, best first, with their cosines: shape (n, count or all); -1 for none.

        Args:
            alive: Which rows may be found.
        """
        most = min(count, self._flat.ntotal)
        if not most:
            return np.zeros((len(vectors), 0), np.int64), np.zeros((len(vectors), 0), np.float32)
        only = None if alive is None else faiss.IDSelectorBitmap(np.packbits(alive, bitorder="little"))
        cosines, rows = self._flat.search(vectors, most, params=faiss.SearchParameters(sel=only))
        return rows, cosines

    def candidates(self, vector: Vectors, count: int) -> Rows:
        """Rows that are roughly the nearest to one vector of shape (1, dimension); at most so many."""
        assert self._rough is not None
        rows: Rows = self._rough.search(vector, min(count, self._flat.ntotal))[1][0]
        return rows[rows >= 0]


def _rough(matrix: Vectors) -> Any:
    dimension = matrix.shape[1]
    parts = dimension // 2 if dimension % 2 == 0 else dimension
    made = faiss.index_factory(dimension, f"PQ{parts}x4fs", faiss.METRIC_INNER_PRODUCT)
    threads = faiss.omp_get_max_threads()
    # The other threads are for those who search, and so little work takes longer when it is shared out.
    faiss.omp_set_num_threads(1)
    try:
        made.train(matrix)
        made.add(matrix)
    finally:
        faiss.omp_set_num_threads(threads)
    return made


class DenseIndex:
    """Immutable: the vectors of the phrasings that the encoder covers.

    Args:
        base: The bulk of the vectors.
        delta: Vectors that came since, shape (n, dimension); their rows follow those of the base.
        row_of: The row of each entry; -1 for entries without a vector. Rows of no entry are of texts that are gone.
    """

    def __init__(self, base: DenseBase, delta: Vectors, row_of: Rows) -> None:
        self._base = base
        self._matrix = base.matrix
        self._delta = delta
        self._row_of = row_of
        covered = np.flatnonzero(row_of >= 0)
        self._entry_of = np.full(len(self._matrix) + len(delta), -1, dtype=np.int64)
        self._entry_of[row_of[covered]] = covered
        self._alive = self._entry_of[: len(self._matrix)] >= 0
        self._none_gone = bool(self._alive.all())
        self._delta_gone = np.flatnonzero(self._entry_of[len(self._matrix) :] < 0)

    @property
    def covered(self) -> NDArray[np.int64]:
        """The entries that have a vector."""
        return np.flatnonzero(self._row_of >= 0)

    def nearest(self, vector: Vectors, count: int) -> Found:
        """The entries nearest to one vector of shape (1, dimension), best first, with their cosines."""
        entries, cosines = self.nearest_each(vector, count)
        found = entries[0] >= 0
        return entries[0][found], cosines[0][found]

    def nearest_each(self, vectors: Vectors, count: int) -> Found:
        """The same for vectors of shape (n, dimension), as rows of the same length: -1 where there is no more."""
        rows, cosines = self._nearest_in_base(vectors, count)
        if len(self._delta):
            later = _products(vectors, self._delta)
            later[:, self._delta_gone] = -np.inf
            best = np.argpartition(-later, count)[:, :count] if later.shape[1] > count else _positions(later)
            rows = np.concatenate((rows, best + len(self._matrix)), axis=1)
            cosines = np.concatenate((cosines, np.take_along_axis(later, best, axis=1)), axis=1)
            order = np.argsort(-cosines, kind="stable")[:, :count]
            rows, cosines = np.take_along_axis(rows, order, axis=1), np.take_along_axis(cosines, order, axis=1)
        # Rows of no entry can only come from the delta, and then last: their cosine is less than any.
        return np.where(rows >= 0, self._entry_of[rows], -1), cosines

    def _nearest_in_base(self, vectors: Vectors, count: int) -> Found:
        if self._base.approximate:
            each = [self._nearly_nearest(vector[np.newaxis], count) for vector in vectors]
            most = max(len(rows) for rows, _ in each)
            return (
                np.stack([np.pad(rows, (0, most - len(rows)), constant_values=-1) for rows, _ in each]),
                np.stack([np.pad(found, (0, most - len(found)), constant_values=-np.inf) for _, found in each]),
            )
        if self._none_gone:
            return self._base.nearest(vectors, count)
        # To look at every row whether it is alive takes twice the time. Among some more there mostly are enough.
        rows, cosines = self._base.nearest(vectors, 2 * count)
        gone = self._entry_of[rows] < 0
        if not gone.size or (~gone).sum(axis=1).min() < count:
            return self._base.nearest(vectors, count, self._alive)
        alive_first = np.argsort(gone, axis=1, kind="stable")[:, :count]
        return np.take_along_axis(rows, alive_first, axis=1), np.take_along_axis(cosines, alive_first, axis=1)

    def _nearly_nearest(self, vector: Vectors, count: int) -> Found:
        wanted = _CANDIDATES + _CANDIDATES_A_WANTED * count
        while True:
            rows = self._base.candidates(vector, wanted)
            rows = rows[self._alive[rows]]
            if 2 * len(rows) >= wanted or wanted >= len(self._matrix):
                break
            # What is gone may have been what was nearest, as when all articles on something are archived.
            wanted *= 4
        cosines = _products(vector, self._matrix[rows])[0]
        order = np.argsort(-cosines, kind="stable")[:count]
        return rows[order], cosines[order]

    def vectors(self, entries: Rows) -> Vectors:
        """The vectors of entries that have one, shape (len(entries), dimension)."""
        rows = self._row_of[entries]
        vectors = np.empty((len(rows), self._matrix.shape[1]), dtype=np.float32)
        later = rows >= len(self._matrix)
        vectors[~later] = self._matrix[rows[~later]]
        vectors[later] = self._delta[rows[later] - len(self._matrix)]
        return vectors

    def cosines(self, vector: Vectors, entries: Rows) -> NDArray[np.float32]:
        """The cosine of each entry with the vector; 0 for those without a vector."""
        cosines = np.zeros(len(entries), dtype=np.float32)
        covered = self._row_of[entries] >= 0
        cosines[covered] = _products(vector, self.vectors(entries[covered]))[0]
        return cosines


def _products(vectors: Vectors, matrix: Vectors) -> NDArray[np.float32]:
    """The cosine of each vector with each row of a matrix, shape (n, rows)."""
    if len(vectors) == 1:
        # Not by a matrix product: that shares even little work out, and on a busy machine waits for the other threads.
        products: NDArray[np.float32] = np.einsum("ij,j->i", matrix, vectors[0])[np.newaxis]
        return products
    return vectors @ matrix.T


def _positions(scores: NDArray[np.float32]) -> Rows:
    """The number of each column, in every row."""
    return np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
