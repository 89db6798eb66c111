"""The built-in Chinese model as the index uses it."""

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.chinese import FOLDER, ChineseEncoder
from knowledge_base.encoder_setting import EncoderUnusable

pytestmark = pytest.mark.fast

ENCODER = ChineseEncoder()


def near(first: str, second: str) -> float:
    one, other = ENCODER.encode([first, second])
    return float(one @ other)


def test_vectors_have_unit_length_and_the_length_of_the_english_ones() -> None:
    vectors = ENCODER.encode(["怎么退货", "iPhone 充不了电"])
    assert vectors.shape == (2, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("simplified", "traditional"), [("我的订单什么时候发货", "我的訂單什麼時候發貨"), ("怎么开发票", "怎麼開發票")]
)
def test_both_scripts_have_the_same_vector(simplified: str, traditional: str) -> None:
    assert near(simplified, traditional) == pytest.approx(1.0, abs=1e-5)


def test_full_width_letters_and_case_make_no_difference() -> None:
    assert near("ＩＰＨＯＮＥ充不了电", "iphone充不了电") == pytest.approx(1.0, abs=1e-5)


def test_the_same_question_in_other_words_is_nearer_than_another_question() -> None:
    assert near("怎么退货", "我想把东西退回去") > near("怎么退货", "你们几点开门")
    assert near("手机没电了", "iPhone 充不了电") > near("手机没电了", "发票抬头写错了")


@pytest.mark.parametrize("text", ["退款", "iPhone 充不了电", "what does 退款 mean"])
def test_texts_with_chinese_characters_are_covered(text: str) -> None:
    assert ENCODER.covers(text)


@pytest.mark.parametrize("text", ["", " ", "refund", "123", "😀", "ありがとう", "감사합니다", "。？"])
def test_other_texts_are_not(text: str) -> None:
    assert not ENCODER.covers(text)


def test_a_text_beyond_all_length_is_read_from_its_beginning() -> None:
    assert ENCODER.encode(["退款" * 100_000]).shape == (1, 384)


def test_words_that_find_their_like_count_whatever_their_order() -> None:
    aligned = ENCODER.alignment("退款多久到账", ["多久退款到账", "退款多久到账", "门店几点关门"])
    assert aligned is not None
    assert aligned[0] > 0.9
    assert aligned[1] == pytest.approx(1.0, abs=1e-3)
    assert aligned[2] < 0.7


def test_a_text_with_more_to_it_than_the_question_asks_is_not_its_like() -> None:
    aligned = ENCODER.alignment("怎么退货", ["怎么退货", "怎么退货的时候把运费险的钱也一起拿回来"])
    assert aligned is not None
    assert aligned[0] > aligned[1]


def test_texts_in_another_language_cannot_be_aligned() -> None:
    aligned = ENCODER.alignment("怎么退货", ["how do I return it", "退货"])
    assert aligned is not None
    assert np.isnan(aligned).tolist() == [True, False]
    assert ENCODER.alignment("how do I return it", ["退货"]) is None
    assert np.isnan(ENCODER.alignment("怎么退货", ["how do I return it"]) or np.nan).all()


def test_the_name_tells_one_training_from_another(tmp_path: Path) -> None:
    for file in ("model.safetensors", "tokenizer.json"):
        (tmp_path / file).write_bytes((FOLDER / file).read_bytes())
    assert ChineseEncoder(tmp_path).name == ENCODER.name
    (tmp_path / "tokenizer.json").write_text("{}")
    assert ChineseEncoder(tmp_path).name != ENCODER.name


def test_a_missing_model_is_told_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnusable, match="Chinese model"):
        _ = ChineseEncoder(tmp_path).name
