"""Texts kept in memory by meaning."""

import pytest

from knowledge_base.encoders import NoEncoder, load_encoder
from knowledge_base.similar_texts import SimilarTexts
from tests.knowledge_base.fakes import FakeEncoder


@pytest.mark.fast
def test_the_nearest_come_first_and_what_is_taken_out_is_found_no_more() -> None:
    texts = SimilarTexts(FakeEncoder())
    texts.update({"a": "parcel lost", "b": "parcel lost on tuesday", "c": "invoice wrong"})
    assert [key for key, _ in texts.nearest("parcel lost", 2)] == ["a", "b"]
    texts.update({"a": None, "c": "parcel"})
    assert [key for key, _ in texts.nearest("parcel lost", 5)] == ["b", "c"]
    assert len(texts) == 2
    assert "a" not in texts


@pytest.mark.fast
def test_a_text_that_did_not_change_is_not_encoded_again() -> None:
    encoder = FakeEncoder()
    texts = SimilarTexts(encoder)
    texts.update({"a": "parcel lost"})
    texts.update({"a": "parcel lost", "b": "invoice wrong"})
    assert encoder.encoded == ["parcel lost", "invoice wrong"]


@pytest.mark.fast
def test_a_text_the_model_cannot_read_is_left_out() -> None:
    texts = SimilarTexts(FakeEncoder())
    texts.update({"a": "parcel lost", "b": "包裹丢了"})
    texts.update({"a": "包裹丢了"})
    assert texts.nearest("parcel", 5) == []
    assert len(texts) == 0


@pytest.mark.fast
def test_without_a_sentence_model_nothing_is_kept() -> None:
    texts = SimilarTexts(NoEncoder())
    texts.update({"a": "parcel lost"})
    assert texts.nearest("parcel lost", 5) == []


def test_the_built_in_models_find_the_same_trouble_in_other_words_and_languages() -> None:
    texts = SimilarTexts(load_encoder())
    texts.update(
        {
            "parcel": "Where is my parcel? It has not moved for a week",
            "invoice": "發票抬頭開錯了",
            "app": "付款时应用闪退",
            "return": "I want to send my kettle back, who pays the postage?",
        }
    )
    for asked, wanted in (
        ("包裹不动了", "parcel"),
        ("My invoice shows the wrong company name", "invoice"),
        ("The app closes when I pay", "app"),
    ):
        best = texts.nearest(asked, 4)
        assert best[0][0] == wanted
        assert best[0][1] > 0.44
    assert max(likeness for _, likeness in texts.nearest("How do I reset my password?", 4)) < 0.35
