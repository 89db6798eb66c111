"""Finding the nearest vectors: exactly, nearly, and with edits since the base was built."""

import gc

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.dense import DenseBase, DenseIndex
from knowledge_base.encoders import Vectors

pytestmark = pytest.mark.fast
DIMENSION = 32
COUNT = 20


def some_vectors(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def no_delta(dimension: int = DIMENSION) -> Vectors:
    return np.zeros((0, dimension), dtype=np.float32)


def truly_nearest(vectors: Vectors, query: Vectors, count: int = COUNT) -> NDArray[np.int64]:
    return np.argsort(-(vectors @ query[0]), kind="stable")[:count]


@pytest.fixture(params=["exact", "approximate"])
def base(request: pytest.FixtureRequest) -> DenseBase:
    """2,000 vectors, among which a nearly exact search finds everything as well."""
    return DenseBase(some_vectors(2_000), approximate=request.param == "approximate")


def test_the_nearest_are_found_best_first_with_their_cosines(base: DenseBase) -> None:
    query = some_vectors(1, seed=1)
    entries, cosines = DenseIndex(base, no_delta(), np.arange(2_000)).nearest(query, COUNT)
    assert entries.tolist() == truly_nearest(some_vectors(2_000), query).tolist()
    np.testing.assert_allclose(cosines, some_vectors(2_000)[entries] @ query[0], atol=1e-5)


def test_entries_without_a_vector_are_never_found_and_have_no_cosine(base: DenseBase) -> None:
    row_of = np.full(4_000, -1)
    row_of[::2] = np.arange(2_000)
    index, query = DenseIndex(base, no_delta(), row_of), some_vectors(1, seed=1)
    assert index.nearest(query, COUNT)[0].tolist() == (2 * truly_nearest(some_vectors(2_000), query)).tolist()
    assert index.cosines(query, np.array([1, 3])).tolist() == [0, 0]
    np.testing.assert_allclose(index.cosines(query, np.array([4])), some_vectors(2_000)[2] @ query[0], atol=1e-5)
    assert index.covered.tolist() == list(range(0, 4_000, 2))


def test_what_came_since_is_found_among_the_rest(base: DenseBase) -> None:
    later, query = some_vectors(500, seed=2), some_vectors(1, seed=1)
    index = DenseIndex(base, later, np.arange(2_500))
    both = np.concatenate((some_vectors(2_000), later))
    found = index.nearest(query, COUNT)[0]
    assert found.tolist() == truly_nearest(both, query).tolist()
    assert found.max() >= 2_000
    np.testing.assert_allclose(index.cosines(query, found), both[found] @ query[0], atol=1e-5)


@pytest.mark.parametrize("gone", [1, 300, 1_995])
def test_what_is_gone_is_passed_over_even_when_all_the_nearest_are_gone(base: DenseBase, gone: int) -> None:
    query = some_vectors(1, seed=1)
    dead = truly_nearest(some_vectors(2_000), query, gone)
    kept = np.setdiff1d(np.arange(2_000), dead)
    found = DenseIndex(base, no_delta(), kept).nearest(query, COUNT)[0]
    assert found.tolist() == truly_nearest(some_vectors(2_000)[kept], query).tolist()


def test_what_came_since_and_is_gone_again_is_passed_over(base: DenseBase) -> None:
    query = some_vectors(1, seed=1)
    index = DenseIndex(base, np.repeat(query, 30, axis=0), np.arange(2_000))
    assert index.nearest(query, COUNT)[0].tolist() == truly_nearest(some_vectors(2_000), query).tolist()


def test_fewer_than_wanted_are_returned_when_there_are_no_more() -> None:
    index = DenseIndex(DenseBase(some_vectors(5)), some_vectors(3, seed=2), np.array([0, 6, 4]))
    assert sorted(index.nearest(some_vectors(1, seed=1), COUNT)[0].tolist()) == [0, 1, 2]


def test_an_empty_base_with_all_that_came_since() -> None:
    index = DenseIndex(DenseBase(no_delta()), some_vectors(3), np.arange(3))
    assert index.nearest(some_vectors(3)[1:2], 1)[0].tolist() == [1]


def test_many_vectors_at_once_find_what_each_of_them_finds(base: DenseBase) -> None:
    index = DenseIndex(base, some_vectors(50, seed=2), np.arange(0, 2_050, 2))
    queries = some_vectors(10, seed=1)
    together = index.nearest_each(queries, COUNT)[0]
    assert together.tolist() == [index.nearest(query[np.newaxis], COUNT)[0].tolist() for query in queries]


def test_the_vectors_of_a_base_outlive_it(base: DenseBase) -> None:
    matrix = DenseBase(some_vectors(2_000)).matrix
    gc.collect()
    np.testing.assert_array_equal(matrix, some_vectors(2_000))
    assert not matrix.flags.writeable
