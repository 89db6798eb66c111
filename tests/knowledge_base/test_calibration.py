"""Fitting coefficients to a knowledge base's own phrasings."""

import numpy as np
import pytest

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.calibration import calibrated, fit
from knowledge_base.decision import LEXICAL_WEIGHTS, Weights
from knowledge_base.encoders import NoEncoder
from knowledge_base.index import build_snapshot

pytestmark = pytest.mark.fast


def test_without_examples_that_differ_the_general_coefficients_stay() -> None:
    rows, rights = np.array([[0.0, 0.0]]), np.array([1.0])
    found = fit(rows, rights, np.array([1e-9]), LEXICAL_WEIGHTS)
    assert found.bias == pytest.approx(LEXICAL_WEIGHTS.bias, abs=1e-6)
    assert found.strength == LEXICAL_WEIGHTS.strength


def test_many_examples_outweigh_the_general_coefficients() -> None:
    chance = np.random.default_rng(0)
    rows = chance.uniform(-1, 1, size=(5_000, 2))
    truth = Weights(bias=0.5, strength=3.0, lead=1.0)
    score = truth.bias + rows @ np.array([truth.strength, truth.lead])
    rights = (chance.uniform(size=5_000) < 1 / (1 + np.exp(-score))).astype(float)
    # Each counts for many: how strongly the general ones hold is a matter of tuning, that enough outweigh them is not.
    found = fit(rows, rights, np.full(5_000, 100.0), LEXICAL_WEIGHTS)
    assert (found.bias, found.strength, found.lead) == pytest.approx((0.5, 3.0, 1.0), abs=0.2)


def test_more_of_either_never_counts_against_an_article() -> None:
    rows = np.array([[0.0, 0.0], [1.0, 1.0]] * 200)
    rights = np.array([1.0, 0.0] * 200)
    found = fit(rows, rights, np.ones(400), LEXICAL_WEIGHTS)
    assert found.strength >= 0
    assert found.lead >= 0


def articles(variants: tuple[tuple[str, ...], ...]) -> list[PublishedArticle]:
    return [
        PublishedArticle(f"a{number}", "zh-Hans", phrasings[0], "x", "", (), phrasings[1:])
        for number, phrasings in enumerate(variants)
    ]


def test_articles_with_one_phrasing_keep_the_general_coefficients() -> None:
    snapshot = build_snapshot(1, articles((("怎么退货",), ("营业时间",))), NoEncoder(), {})
    assert calibrated(snapshot).calibration.lexical == LEXICAL_WEIGHTS


def test_articles_that_blur_make_every_match_less_sure() -> None:
    clear = (("怎么退货", "退货流程", "我想退货"), ("营业时间", "营业到几点", "周日营业吗"))
    blurred = (("怎么退货", "营业时间", "快递到哪"), ("退货流程", "营业到几点", "查快递"))
    first = calibrated(build_snapshot(1, articles(clear), NoEncoder(), {})).calibration.lexical
    second = calibrated(build_snapshot(1, articles(blurred), NoEncoder(), {})).calibration.lexical
    assert first.bias + first.strength + first.lead > second.bias + second.strength + second.lead
