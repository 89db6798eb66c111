"""The benchmark of size, in small, and the knowledge bases it makes up."""

import argparse

import numpy as np
import pytest

from benchmarks import scale
from benchmarks.synthetic import CLUSTERED, PHRASINGS_AN_ARTICLE, WordSumEncoder, articles, clustered

pytestmark = pytest.mark.fast


def test_made_up_vectors_are_of_unit_length_and_the_same_each_time() -> None:
    vectors, queries = clustered(800, 20, 32, CLUSTERED)
    assert (vectors.shape, queries.shape) == ((800, 32), (20, 32))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors, clustered(800, 20, 32, CLUSTERED)[0])


def test_made_up_articles_differ_and_are_in_two_languages() -> None:
    made = list(articles(400))
    assert sum(1 + len(each.variants) for each in made) == 400
    assert len({each.key for each in made}) == 400 / PHRASINGS_AN_ARTICLE
    assert {each.language for each in made} == {"en", "zh-Hans"}
    assert len({each.question for each in made}) > 45


def test_made_up_phrasings_of_one_article_are_near_to_each_other() -> None:
    first, second = list(articles(16))
    encoder = WordSumEncoder()
    own = encoder.encode([first.question, *first.variants])
    other = encoder.encode([second.question, *second.variants])
    assert (own @ own.T).mean() > (own @ other.T).mean() + 0.2


def test_everything_is_measured_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("EXACT", 1_000), ("BEYOND_EXACT", 4_000), ("QUERIES", 20), ("EDITS", 2), ("SEARCHES", 5)):
        monkeypatch.setattr(scale, name, value)
    figures = scale.measure(argparse.Namespace(million=False))
    for each in figures["nearest"]:
        for state in ("as_built", "after_edits"):
            assert each[state]["recall@10"] > 0.9
            assert each[state]["ms_p50"] <= each[state]["ms_p99"]
    shown = scale.show(figures)
    assert "4,000 loose, after edits" in shown
    assert "an edit is live" in shown
