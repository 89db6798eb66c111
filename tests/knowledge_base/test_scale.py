"""What holds at a size that few shops reach; slower than the other tests of the index."""

import faiss
import numpy as np

from benchmarks.synthetic import clustered
from knowledge_base.dense import DenseBase, DenseIndex


def test_nearly_exact_search_finds_98_of_100_of_the_true_ten_nearest_among_100000() -> None:
    vectors, queries = clustered(100_000, 200, 384)
    index = DenseIndex(DenseBase(vectors, approximate=True), np.zeros((0, 384), dtype=np.float32), np.arange(100_000))
    true = faiss.knn(queries, vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)[1]
    found = [index.nearest(query[np.newaxis], 10)[0] for query in queries]
    right = sum(len(np.intersect1d(first, second)) for first, second in zip(found, true, strict=True))
    assert right / true.size >= 0.98
