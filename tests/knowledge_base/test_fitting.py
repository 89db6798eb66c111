"""Fitting the decision's coefficients: on made-up features, from known coefficients."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.calibration import calibrated
from knowledge_base.decision import SCORE_WEIGHTS, SURENESS, Features, ScoreWeights, log_odds, odds
from knowledge_base.encoders import NoEncoder
from knowledge_base.evaluate import Question
from knowledge_base.fitting.__main__ import coefficients, hardness, quality, weights
from knowledge_base.fitting.corrections import hardness_grid, outcomes, own_corrections
from knowledge_base.fitting.order import FAMILIES, Choices, hit, learn
from knowledge_base.fitting.questions import Asked, AskedSet, OwnPhrasing, ask_set, sets_in
from knowledge_base.fitting.sureness import ANSWERABLE_SHARE, all_odds, fit_sureness
from knowledge_base.index import build_snapshot

pytestmark = pytest.mark.fast

NOTHING = Features("meaning", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
NEAR = (-3.0, 6.0, 4.0)
# Nothing to speak of holds the coefficients.
FREE = 1e4
WHICH = (0.5, 0.8)


def chance_of(value: float) -> float:
    return 1 / (1 + float(np.exp(-value)))


def made_up(name: str = "banking77", questions: int = 6_000, unanswerable: bool = True, seed: int = 0) -> AskedSet:
    """Questions that have an answer, and the right one first, as often as `NEAR` and `WHICH` say."""
    chance = np.random.default_rng(seed)
    asked: list[Asked] = []
    while len(asked) < questions:
        dense, lexical, share = chance.uniform(0, 1), chance.uniform(0, 1), chance.uniform(0.02, 0.98)
        answerable = chance.uniform() < chance_of(NEAR[0] + NEAR[1] * dense + NEAR[2] * lexical)
        right = answerable and chance.uniform() < chance_of(WHICH[0] + WHICH[1] * log_odds(share))
        if answerable or unanswerable:
            features = replace(NOTHING, dense=dense, lexical=lexical, aligned=dense, share=share)
            expected = frozenset({"right"} if answerable else ())
            asked.append(Asked(expected, ("right" if right else "wrong",), (features,)))
    own = tuple(OwnPhrasing(each.features[0], each.right, not each.expected) for each in asked[:200])
    return AskedSet(name, tuple(asked), own, (NOTHING,) * 20)


def articles() -> list[PublishedArticle]:
    return [
        PublishedArticle(f"a{number}", "zh-Hans", f"怎么退{word}", "x", "", (), (f"想退{word}", f"退{word}流程"))
        for number, word in enumerate("甲乙丙丁戊己庚辛壬癸子丑")
    ]


def test_known_coefficients_are_found_again() -> None:
    asked = made_up()
    found = fit_sureness("meaning", [asked], FREE)
    # The answerable ones were given another share of the weight than they have of the questions: only the bias differs.
    share = sum(bool(each.expected) for each in asked.questions) / len(asked.questions)
    bias = found.bias + log_odds(share) - log_odds(ANSWERABLE_SHARE)
    assert (bias, found.dense, found.lexical) == pytest.approx(NEAR, abs=0.6)
    assert (found.which_bias, found.which_odds) == pytest.approx(WHICH, abs=0.15)
    assert found.aligned == 0.0
    assert found.which_share == SURENESS["meaning"].which_share


def test_a_set_without_unanswerable_questions_is_coped_with() -> None:
    alone = fit_sureness("meaning", [made_up(unanswerable=False)])
    in_use = SURENESS["meaning"]
    assert (alone.bias, alone.dense, alone.lexical) == (in_use.bias, in_use.dense, in_use.lexical)
    assert alone.which_odds == pytest.approx(WHICH[1], abs=0.15)
    with_another = fit_sureness("meaning", [made_up(unanswerable=False), made_up("clinc150", seed=1)], FREE)
    assert with_another.dense == pytest.approx(NEAR[1], abs=0.6)


def test_a_ground_of_which_nothing_was_asked_keeps_its_coefficients() -> None:
    assert fit_sureness("across", [made_up("crosslingual")]) == SURENESS["across"]
    assert fit_sureness("meaning", [made_up(questions=20)]) == SURENESS["meaning"]
    assert fit_sureness("meaning", [made_up("a set of other questions")]) == SURENESS["meaning"]


def test_other_coefficients_are_in_use_only_while_they_are_asked_about() -> None:
    flat = replace(SURENESS["meaning"], slope=0.0, offset=1.5)
    before = odds(NOTHING)
    assert all_odds([NOTHING], SURENESS).tolist() == [before]
    assert all_odds([NOTHING, NOTHING], {"meaning": flat}).tolist() == [1.5, 1.5]
    assert odds(NOTHING) == before


def test_the_corrections_are_those_of_a_knowledge_base() -> None:
    asked = ask_set("shop", articles(), [], NoEncoder())
    snapshot = calibrated(build_snapshot(1, articles(), NoEncoder(), {}), NoEncoder())
    found = own_corrections(asked, SURENESS)
    assert found.keys() == snapshot.calibration.corrections.keys() == {"words"}
    real = snapshot.calibration.corrections["words"]
    assert (found["words"].offset, found["words"].slope) == pytest.approx((real.offset, real.slope))


def test_every_question_is_asked_and_compared_with_what_it_expects() -> None:
    questions = [
        Question("怎么退甲", frozenset({"a0"}), "zh-Hans"),
        Question("怎么退乙", frozenset({"a0"}), "zh-Hans"),
        Question("Guten Tag", frozenset(), "en"),
    ]
    asked = ask_set("shop", articles(), questions, NoEncoder())
    assert [each.right for each in asked.questions] == [True, False, False]
    assert asked.questions[2].features == ()
    assert [each.probability for each in outcomes(asked, SURENESS, {}) if not each.found] == [0.0]


def test_weights_that_make_the_right_article_first_are_found() -> None:
    chance = np.random.default_rng(0)
    figures = chance.normal(size=(400, 5, len(ScoreWeights._fields)))
    right = np.zeros((400, 5), dtype=bool)
    real = figures[:, :, ScoreWeights._fields.index("dense")]
    right[np.arange(400), real.argmax(axis=1)] = True
    choices = Choices(figures, right, np.ones((400, 5), dtype=bool))
    found = learn([choices], ("head", "dense"))
    assert hit(choices, found, 1) > 0.98
    assert abs(found.head) < 0.1 * found.dense
    assert found.naive == 0.0


def test_a_place_without_a_candidate_is_never_first() -> None:
    figures = np.full((2, 2, len(ScoreWeights._fields)), -1.0)
    figures[:, 1] = 0.0
    there = np.array([[True, False], [True, False]])
    assert hit(Choices(figures, there, there), SCORE_WEIGHTS["meaning"], 1) == 1.0


def test_the_table_names_each_ground_with_the_coefficients_in_use_and_those_fitted() -> None:
    table = coefficients(dict(SURENESS))
    for ground, sureness in SURENESS.items():
        lines = [line for line in table.splitlines() if line.startswith(f"{ground}, ")]
        assert len(lines) == 2
        assert all(f"{sureness.offset:.2f}" in line for line in lines)


def test_the_other_tables_name_each_set_and_say_what_is_unknown() -> None:
    sets = [made_up(questions=300), made_up("clinc150", 300, unanswerable=False)]
    row = next(line for line in quality("In use", sets, SURENESS).splitlines() if line.startswith("clinc150"))
    assert " - " in row
    assert "without clinc150" in weights("meaning", FAMILIES["meaning"], sets)
    assert "in use" in hardness([each.name for each in sets], hardness_grid(sets))


def test_the_sets_of_a_folder_and_the_demo_are_found(tmp_path: Path) -> None:
    for name in ("a.articles.jsonl.gz", "a.questions.jsonl.gz", "b.articles.jsonl"):
        (tmp_path / name).touch()
    found = sets_in(tmp_path)
    assert found.keys() == {"demo", "a"}
    assert all(path.exists() for paths in found.values() for path in paths)
