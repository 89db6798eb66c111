"""Correcting probabilities by a knowledge base's own phrasings."""

import numpy as np
import pytest

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.calibration import Example, calibrated, correction, other_fields, sample_of, steepened
from knowledge_base.decision import OFFER_FROM, Correction, log_odds
from knowledge_base.encoders import NoEncoder
from knowledge_base.index import IndexSnapshot, build_snapshot
from knowledge_base.search import search
from tests.knowledge_base.fakes import FakeEncoder
from texts.language import has_han

pytestmark = pytest.mark.fast


def articles(variants: tuple[tuple[str, ...], ...], language: str = "zh-Hans") -> list[PublishedArticle]:
    return [
        PublishedArticle(f"a{number}", language, phrasings[0], "x", "", (), phrasings[1:])
        for number, phrasings in enumerate(variants)
    ]


def examples(count: int, offset: float, slope: float) -> list[Example]:
    chance = np.random.default_rng(0)
    scores = chance.uniform(-3, 3, size=count)
    rights = chance.uniform(size=count) < 1 / (1 + np.exp(-(offset + slope * scores)))
    return [Example(float(score), bool(right), 1.0) for score, right in zip(scores, rights, strict=True)]


def harder() -> Correction:
    """What is added to every correction, because phrasings left out are harder to find than customers' questions."""
    return correction([Example(0.0, True, 1e-9)])


def test_without_examples_that_count_only_the_known_hardness_is_corrected() -> None:
    assert harder().offset > 0
    assert harder().slope > 1


def test_many_examples_outweigh_what_holds_the_correction() -> None:
    found = correction(examples(20_000, 0.5, 2.0))
    assert found.offset - harder().offset == pytest.approx(0.5, abs=0.1)
    assert found.slope / harder().slope == pytest.approx(2.0, abs=0.1)


def test_likelier_never_counts_for_less() -> None:
    assert correction([Example(-2.0, True, 1.0), Example(2.0, False, 1.0)] * 200).slope > 0


def snapshot(variants: tuple[tuple[str, ...], ...]) -> IndexSnapshot:
    return calibrated(build_snapshot(1, articles(variants), NoEncoder(), {}), NoEncoder())


def test_articles_with_one_phrasing_keep_the_general_coefficients() -> None:
    assert snapshot((("怎么退货",), ("营业时间",))).calibration.corrections == {}


def test_articles_that_blur_make_every_match_less_sure() -> None:
    clear = tuple((f"怎么退{word}", f"想退{word}", f"退{word}流程") for word in "甲乙丙丁戊己庚辛")
    blurred = tuple(
        (f"怎么退{word}", f"营业时间{number}", f"快递{number}号") for number, word in enumerate("甲乙丙丁戊己庚辛")
    )
    sure, unsure = snapshot(clear).calibration, snapshot(blurred).calibration
    assert sure.corrections["words"].offset > unsure.corrections["words"].offset


def test_the_phrasings_that_are_asked_stay_the_same_when_another_article_comes() -> None:
    kept = (("怎么退货", "退货流程", "我想退货"), ("营业时间", "营业到几点", "周日营业吗"))
    before, after = snapshot(kept), snapshot((*kept, ("发票", "开发票")))
    asked = {before.entries[entry].text for entry in sample_of(before)}
    assert asked <= {after.entries[entry].text for entry in sample_of(after)}


def test_a_head_is_learned_where_articles_have_several_phrasings_with_vectors() -> None:
    phrasings = (
        ("return item", "send item back"),
        ("opening hours", "when open"),
        ("parcel late", "late delivery parcel"),
    )
    encoder = FakeEncoder()
    learned = calibrated(build_snapshot(1, articles(phrasings, "en"), encoder, {}), encoder)
    assert learned.head is not None
    assert int(np.argmax(learned.head.logarithms(encoder.encode(["my parcel is late"])))) == 2


def test_no_head_is_learned_without_vectors() -> None:
    assert snapshot((("怎么退货", "退货流程"), ("营业时间", "营业到几点"))).head is None


def test_questions_of_other_fields_are_known_in_both_languages() -> None:
    chinese = [question for question in other_fields() if has_han(question)]
    assert len(chinese) >= 50
    assert len(other_fields()) - len(chinese) >= 50
    assert len(set(other_fields())) == len(other_fields())


def test_a_correction_is_made_so_steep_that_few_questions_of_other_fields_are_offered() -> None:
    lenient = Correction(offset=2.0, slope=0.5)
    found = steepened(lenient, rights=[3.0] * 20, others=[-1.0] * 20)
    assert found.offset + found.slope * -1.0 == pytest.approx(log_odds(OFFER_FROM["normal"][0]))
    assert found.offset + found.slope * 3.0 == pytest.approx(3.5)


def test_a_correction_stays_where_questions_of_other_fields_cannot_be_told_apart_or_are_far_already() -> None:
    lenient = Correction(offset=2.0, slope=0.5)
    assert steepened(lenient, rights=[0.0] * 20, others=[-0.5] * 20) == lenient
    assert steepened(lenient, rights=[], others=[-0.5] * 20) == lenient
    strict = Correction(offset=-3.0, slope=1.0)
    assert steepened(strict, rights=[3.0] * 20, others=[-1.0] * 20) == strict


@pytest.mark.parametrize("question", ["帮我写一首诗", "weather tomorrow", "谁赢了比赛"])
def test_by_words_alone_a_small_knowledge_base_offers_nothing_for_other_fields(question: str) -> None:
    made = snapshot(tuple((f"怎么退{word}", f"想退{word}", f"退{word}流程") for word in "甲乙丙丁戊己庚辛"))
    assert search(made, NoEncoder(), question, "zh-Hans").decision == "none"
