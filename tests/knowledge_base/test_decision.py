"""Probability and decision, without any search."""

import pytest

from knowledge_base.decision import (
    ALSO_FROM,
    ANSWER_FROM,
    CAREFUL_EXTRA,
    DENSE_WEIGHTS,
    HEAD_SHARE,
    LEAST_HEAD,
    LEXICAL_WEIGHTS,
    MARGIN,
    MOST_HEAD,
    OFFER_FROM,
    Decision,
    Features,
    UnknownWords,
    Weights,
    decide,
    probability,
    strength,
    strength_of,
    weighed_lead,
)

pytestmark = pytest.mark.fast


def features(
    has_dense: bool = True, dense: float = 0.5, lexical: float = 0.3, lead: float = 0.0, head: float = 0.0
) -> Features:
    return Features(has_dense, dense, dense, lexical, lexical, head, lead)


def test_probability_worked_by_hand() -> None:
    weights = Weights(bias=-1.0, strength=2.0, lead=4.0)
    # Strength 0.3 + 0.3, so the lead counts 0.6 of 0.1 and the score is -1 + 2 * 0.6 + 4 * 0.06 = 0.44.
    assert probability(features(has_dense=False, lead=0.1), weights) == pytest.approx(0.60826, abs=1e-5)


def test_a_lead_counts_only_as_far_as_the_article_fits() -> None:
    assert weighed_lead(features(has_dense=False, lexical=0.0, lead=0.4)) == 0
    assert weighed_lead(features(has_dense=False, lexical=0.9, lead=0.4)) == 0.4
    assert weighed_lead(features(has_dense=False, lexical=0.0, lead=-0.4)) == -0.4


@pytest.mark.parametrize("weights", [DENSE_WEIGHTS, LEXICAL_WEIGHTS])
def test_probability_grows_with_strength_and_lead(weights: Weights) -> None:
    assert probability(features(dense=0.8, lexical=0.8), weights) > probability(features(), weights)
    assert probability(features(lead=0.4), weights) > probability(features(lead=0.0), weights)
    assert 0 <= probability(features(lead=-1e9), weights) <= probability(features(lead=1e9), weights) <= 1


def test_without_a_vector_only_words_count() -> None:
    assert strength(False, 0.9, 0.9, 0.2, 0.1, 0.0) == pytest.approx(0.3)


def test_the_head_counts_with_its_share_and_within_bounds() -> None:
    plain = strength(True, 0.5, 0.4, 0.2, 0.1, 0.0)
    assert strength(True, 0.5, 0.4, 0.2, 0.1, 2.0) == pytest.approx(plain + 2 * HEAD_SHARE)
    assert strength(True, 0.5, 0.4, 0.2, 0.1, 50.0) == pytest.approx(plain + MOST_HEAD * HEAD_SHARE)
    assert strength(True, 0.5, 0.4, 0.2, 0.1, -50.0) == pytest.approx(plain + LEAST_HEAD * HEAD_SHARE)


def test_the_strength_of_features_is_that_of_their_figures() -> None:
    given = features(dense=0.6, lexical=0.2, head=1.5)
    assert strength_of(given) == strength(True, 0.6, 0.6, 0.2, 0.2, 1.5)


@pytest.mark.parametrize(
    ("probabilities", "decision"),
    [
        ([], Decision("none", 0)),
        ([OFFER_FROM - 0.01], Decision("none", 0)),
        ([OFFER_FROM, ALSO_FROM, ALSO_FROM - 0.01], Decision("choices", 2)),
        ([ANSWER_FROM], Decision("answer", 1)),
        ([0.95, 0.1], Decision("answer", 1)),
        ([0.95, 0.95 - MARGIN + 0.01], Decision("choices", 2)),
        ([ANSWER_FROM - 0.01, ALSO_FROM - 0.01], Decision("choices", 1)),
        ([0.5, 0.45, 0.4, 0.35], Decision("choices", 3)),
    ],
)
def test_decide(probabilities: list[float], decision: Decision) -> None:
    assert decide(probabilities) == decision


def test_a_query_full_of_unknown_words_is_neither_answered_nor_offered() -> None:
    weights = Weights(bias=3.0, strength=1.0, lead=0.0)
    usual = UnknownWords(offered=0.4, answered=0.3)
    far = features(has_dense=False, lexical=0.4)
    assert probability(far, weights, 0.2, usual) > ANSWER_FROM
    assert OFFER_FROM <= probability(far, weights, 0.35, usual) < ANSWER_FROM
    assert probability(far, weights, 0.5, usual) < OFFER_FROM


def test_a_slip_of_the_keys_is_no_strange_word() -> None:
    weights = Weights(bias=3.0, strength=1.0, lead=0.0)
    near = features(has_dense=False, lexical=0.7)
    assert probability(near, weights, 0.9, UnknownWords(0.4, 0.3)) > ANSWER_FROM


def test_careful_asks_more_of_an_answer() -> None:
    almost = ANSWER_FROM + CAREFUL_EXTRA - 0.01
    assert decide([almost]).kind == "answer"
    assert decide([almost], careful=True).kind == "choices"
    assert decide([ANSWER_FROM + CAREFUL_EXTRA], careful=True).kind == "answer"
