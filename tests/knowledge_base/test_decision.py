"""Probability and decision, without any search."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from knowledge_base.decision import (
    ANSWER_FROM,
    MARGIN,
    OFFER_FROM,
    SCORE_WEIGHTS,
    SURENESS,
    Calibration,
    Careful,
    Correction,
    Decision,
    Features,
    Ground,
    Helpful,
    Manner,
    UsualWords,
    decide,
    log_odds,
    odds,
    probability,
    score,
    settled,
    shares,
    strangeness,
    strength_of,
)

pytestmark = pytest.mark.fast

GROUNDS: tuple[Ground, ...] = get_args(Ground)
ANSWER = ANSWER_FROM["normal"]
OFFER, ALSO = OFFER_FROM["normal"]


def features(
    ground: Ground = "meaning",
    dense: float = 0.5,
    lexical: float = 0.3,
    aligned: float = 0.5,
    share: float = 0.5,
    head: float = 0.0,
    naive: float = 0.0,
) -> Features:
    return Features(ground, dense, dense, lexical, lexical, head, naive, aligned, share)


def figures(**changed: float) -> np.ndarray:
    kept = {"head": -1.0, "dense": 0.5, "support": 0.4, "lexical": 0.3, "words": 0.2, "aligned": 0.5, "naive": 0.5}
    return np.array([list((kept | changed).values())])


def test_probability_worked_by_hand() -> None:
    # near = -3.75 + 6.96 * 0.5 + 5.07 * 0.3 = 1.251, which = 0.32 + 0.86 * 0; their product to the powers 1 and 0.6 is
    # 0.7775 * 0.5793 ** 0.6 = 0.5603, log odds 0.2423; -0.07 + 1.09 * 0.2423 = 0.1941.
    assert probability(features()) == pytest.approx(0.5484, abs=1e-3)


@pytest.mark.parametrize("ground", GROUNDS)
def test_an_article_nearer_to_the_query_is_never_less_likely(ground: Ground) -> None:
    plain = features(ground)
    for better in ({"dense": 0.8}, {"lexical": 0.8}, {"aligned": 0.8}, {"share": 0.9}):
        assert probability(replace(plain, **better)) >= probability(plain)
    assert 0 <= probability(features(ground, -1, 0, -1, 0)) < probability(features(ground, 1, 1, 1, 1)) <= 1


@pytest.mark.parametrize("ground", GROUNDS)
def test_no_figure_is_too_great_or_too_small(ground: Ground) -> None:
    for share in (0.0, 1.0):
        assert np.isfinite(odds(features(ground, 1.0, 1.0, 1.0, share)))
        assert np.isfinite(odds(features(ground, -1.0, 0.0, -1.0, share)))


def test_a_knowledge_base_corrects_each_ground_by_itself() -> None:
    calibration = Calibration({"aligned": Correction(1.0, 1.0)})
    assert calibration.probability(features("aligned")) > probability(features("aligned"))
    assert calibration.probability(features("meaning")) == probability(features("meaning"))


def test_a_correction_works_on_the_logarithm_of_the_odds() -> None:
    corrected = probability(features(), Correction(offset=0.5, slope=2.0))
    assert log_odds(corrected) == pytest.approx(0.5 + 2.0 * odds(features()))


@pytest.mark.parametrize("ground", GROUNDS)
def test_articles_are_ordered_by_what_is_known_on_a_ground(ground: Ground) -> None:
    better = figures(dense=0.9, support=0.8, lexical=0.9, words=0.9, aligned=0.9, naive=2.0)
    assert score(better, [ground])[0] > score(figures(), [ground])[0]


def test_without_a_vector_only_words_order_articles() -> None:
    meaning = figures(head=-5.0, dense=0.9, support=0.9, aligned=0.9)
    assert score(meaning, ["words"])[0] == score(figures(), ["words"])[0]


def test_head_and_naive_head_count_within_bounds() -> None:
    assert score(figures(head=-12.0), ["meaning"])[0] == score(figures(head=-500.0), ["meaning"])[0]
    assert score(figures(naive=3.0), ["meaning"])[0] == score(figures(naive=50.0), ["meaning"])[0]


def test_there_are_weights_and_coefficients_for_every_ground() -> None:
    assert set(SCORE_WEIGHTS) == set(SURENESS) == set(GROUNDS)


def test_shares_add_up_to_one_and_keep_the_order() -> None:
    found = shares(np.array([1.0, 3.0, 2.0]))
    assert found.sum() == pytest.approx(1.0)
    assert np.argsort(-found).tolist() == [1, 2, 0]
    assert shares(np.array([])).tolist() == []


def test_no_article_is_likelier_than_the_one_before_nor_than_the_rest_can_be() -> None:
    assert settled([0.6, 0.7, 0.1]) == pytest.approx([0.6, 0.4, 0.1])
    assert settled([0.2, 0.3]) == pytest.approx([0.2, 0.2])
    assert settled([]) == []


def test_without_alignment_to_compare_words_strength_is_told_by_vectors() -> None:
    assert strength_of(features("words", dense=0.9, lexical=0.2)) == pytest.approx(0.4)
    assert strength_of(features("meaning", dense=0.6, lexical=0.2)) == pytest.approx(1.28)


@pytest.mark.parametrize(
    ("probabilities", "decision"),
    [
        ([], Decision("none", 0)),
        ([OFFER - 0.01], Decision("none", 0)),
        ([OFFER, ALSO, ALSO - 0.01], Decision("choices", 2)),
        ([ANSWER], Decision("answer", 1)),
        ([0.95, 0.1], Decision("answer", 1)),
        ([0.95, 0.95 - MARGIN + 0.01], Decision("choices", 2)),
        ([ANSWER - 0.01, ALSO - 0.01], Decision("choices", 1)),
        ([0.5, 0.45, 0.4, 0.35], Decision("choices", 3)),
    ],
)
def test_decide(probabilities: list[float], decision: Decision) -> None:
    assert decide(probabilities) == decision


def test_the_more_careful_the_surer_an_answer_must_be() -> None:
    levels = [Manner(careful=level) for level in get_args(Careful)]
    assert [decide([0.5], each).kind for each in levels] == ["answer", "choices", "choices"]
    assert [decide([0.75], each).kind for each in levels] == ["answer", "answer", "choices"]
    assert [decide([0.9], each).kind for each in levels] == ["answer", "answer", "answer"]


def test_the_more_helpful_the_more_is_offered() -> None:
    levels = [Manner(helpful=level) for level in get_args(Helpful)]
    assert [decide([0.45], each).kind for each in levels] == ["none", "choices", "choices"]
    assert [decide([0.25], each).kind for each in levels] == ["none", "none", "choices"]


def test_more_unknown_words_than_usual_make_a_match_less_likely() -> None:
    usual = UsualWords(most=0.3, nearly_all=0.4)
    calibration = Calibration(usual={"aligned": usual})
    known, some, many = (calibration.probability(features("aligned"), unknown) for unknown in (0.2, 0.35, 0.5))
    assert known == probability(features("aligned"))
    assert known > some > many


def test_a_slip_of_the_keys_is_no_strange_word() -> None:
    usual = UsualWords(most=0.3, nearly_all=0.4)
    assert strangeness(features("aligned", lexical=0.7), 0.9, usual) == 0
    assert strangeness(features("meaning", dense=0.9), 0.9, usual) == 0


def test_a_sentence_model_is_told_less_by_words_that_no_article_holds() -> None:
    usual = UsualWords(most=0.3, nearly_all=0.4)
    assert 0 < strangeness(features("meaning"), 0.5, usual) < strangeness(features("words"), 0.5, usual)
