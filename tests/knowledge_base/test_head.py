"""The trained head: learning which article a vector belongs to."""

import numpy as np
import pytest

from knowledge_base.encoders import Vectors
from knowledge_base.head import LEAST_PHRASINGS, MOST_ARTICLES, fitted, is_worth_it, logarithms

pytestmark = pytest.mark.fast

KEYS = ("exchange", "refund", "return")


def phrasings(seed: int = 0, each: int = 12) -> tuple[Vectors, np.ndarray]:
    """Vectors around three directions, of which two are near to each other."""
    chance = np.random.default_rng(seed)
    middles = np.array([[1.0, 0.2, 0, 0], [0, 0, 1, 0], [1.0, -0.2, 0, 0]])
    owners = np.repeat(np.arange(3), each)
    vectors = middles[owners] + chance.normal(0, 0.1, size=(len(owners), 4))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), owners


def test_vectors_it_never_saw_are_given_to_their_articles() -> None:
    head = fitted(*phrasings(), KEYS)
    vectors, owners = phrasings(seed=1)
    assert (logarithms(head, vectors).argmax(axis=1) == owners).mean() > 0.9


def test_the_shares_of_all_articles_add_up_to_one() -> None:
    head = fitted(*phrasings(), KEYS)
    assert np.exp(logarithms(head, phrasings(1)[0])).sum(axis=1) == pytest.approx(1.0)


def test_the_same_phrasings_make_the_same_head() -> None:
    first, second = fitted(*phrasings(), KEYS), fitted(*phrasings(), KEYS)
    assert np.array_equal(first.weights, second.weights)


def test_an_article_that_came_later_is_not_held_back() -> None:
    head = fitted(*phrasings(), KEYS).for_articles(("exchange", "new", "refund", "return"))
    found = head.logarithms(phrasings()[0][:1])
    assert found[1] == found.max()
    assert found[0] > found[3]


def test_an_article_that_went_takes_no_place() -> None:
    head = fitted(*phrasings(), KEYS).for_articles(("refund", "return"))
    assert head.logarithms(phrasings()[0][:1]).shape == (2,)


@pytest.mark.parametrize(
    ("count", "articles", "worth"),
    [
        (10, 5, LEAST_PHRASINGS <= 2),
        (5, 5, False),
        (20, 1, False),
        (10 * MOST_ARTICLES, MOST_ARTICLES, True),
        (10 * MOST_ARTICLES + 10, MOST_ARTICLES + 1, False),
    ],
)
def test_a_head_needs_several_phrasings_an_article_and_not_too_many_articles(
    count: int, articles: int, worth: bool
) -> None:
    assert is_worth_it(count, articles) is worth
