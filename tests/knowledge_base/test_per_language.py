"""An encoder for each language behind one face."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoder_setting import EncoderSetting, EncoderUnusable
from knowledge_base.encoders import NoEncoder, Vectors, load_encoder
from knowledge_base.minilm import MiniLmEncoder, OriginalMiniLm
from knowledge_base.per_language import PerLanguageEncoder
from tests.knowledge_base.fakes import FakeEncoder
from tests.knowledge_base.tiny_models import direction, tiny_model

ENGLISH, SIMPLIFIED, TRADITIONAL = "where is my parcel", "我的快递在哪里", "我的快遞在哪裡"


class Marked(FakeEncoder):
    """Every vector is the same and tells which encoder made it; it covers everything."""

    def __init__(self, name: str, mark: int, dimension: int = 8) -> None:
        super().__init__()
        self.name = name  # type: ignore[misc]
        self.dimension = dimension  # type: ignore[misc]
        self._mark = mark

    def covers(self, text: str) -> bool:
        return True

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return np.tile(np.eye(self.dimension, dtype=np.float32)[self._mark], (len(texts), 1))


def marks(vectors: Vectors) -> list[int]:
    return [int(mark) for mark in vectors.argmax(axis=1)]


@pytest.mark.fast
def test_each_text_goes_to_the_encoder_of_its_language() -> None:
    one, two, three = Marked("one", 1), Marked("two", 2), Marked("three", 3)
    encoder = PerLanguageEncoder({"en": one, "zh-Hans": two, "zh-Hant": three})
    assert marks(encoder.encode([SIMPLIFIED, ENGLISH, TRADITIONAL, "123", ENGLISH])) == [2, 1, 3, 1, 1]
    assert [marks(encoder.encode_query(text)) for text in (ENGLISH, SIMPLIFIED, TRADITIONAL)] == [[1], [2], [3]]
    assert (one.encoded, one.asked) == ([ENGLISH, "123", ENGLISH], [ENGLISH])
    assert encoder.encode([]).shape == (0, 8)


@pytest.mark.fast
def test_both_chinese_scripts_share_an_encoder_unless_each_has_its_own() -> None:
    chinese = Marked("chinese", 2)
    encoder = PerLanguageEncoder({"en": Marked("english", 1), "zh-Hans": chinese, "zh-Hant": chinese})
    assert marks(encoder.encode([SIMPLIFIED, TRADITIONAL, "iPhone 快遞"])) == [2, 2, 2]
    assert encoder.name == "en: english; zh-Hans, zh-Hant: chinese"


@pytest.mark.fast
def test_a_language_without_an_encoder_is_left_to_words() -> None:
    words = NoEncoder()
    encoder = PerLanguageEncoder({"en": Marked("one", 1, dimension=16), "zh-Hans": words, "zh-Hant": words})
    encoder.prepare()
    assert encoder.covers(ENGLISH)
    assert not encoder.covers(SIMPLIFIED)
    assert encoder.dimension == 16


@pytest.mark.fast
def test_encoders_of_two_dimensions_are_refused_with_what_to_do() -> None:
    chinese = Marked("big", 2, dimension=512)
    encoder = PerLanguageEncoder({"en": Marked("small", 1, dimension=384), "zh-Hans": chinese, "zh-Hant": chinese})
    with pytest.raises(EncoderUnusable) as refused:
        encoder.prepare()
    said = str(refused.value)
    assert "small (en) has 384 dimensions, big (zh-Hans, zh-Hant) has 512 dimensions" in said
    assert "choose models of one dimension" in said


@pytest.mark.fast
def test_words_only() -> None:
    encoder = load_encoder("none")
    assert isinstance(encoder, NoEncoder)
    assert not encoder.covers(ENGLISH)


def test_nothing_set_is_the_built_in_encoder() -> None:
    encoder = load_encoder()
    encoder.prepare()
    assert encoder.dimension == 384
    assert encoder.covers(ENGLISH)
    np.testing.assert_allclose(np.linalg.norm(encoder.encode([ENGLISH]), axis=1), 1, atol=1e-5)
    assert "minilm" in encoder.name


def test_one_model_for_all_is_loaded_once(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    folder = tiny_model(tmp_path / "model", prompts={"query": "query "})
    encoder = load_encoder(folder)
    assert not isinstance(encoder, PerLanguageEncoder)
    np.testing.assert_allclose(encoder.encode(["退货"])[0], direction(folder, "query 退货"), atol=1e-6)


def test_a_model_and_prompts_for_each_language(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    first, second = tiny_model(tmp_path / "a"), tiny_model(tmp_path / "b", prompts={"query": "query "})
    setting = EncoderSetting(f"en={first};zh={second}", "en=ask ", "zh=passage ")
    encoder = load_encoder(setting)
    encoder.prepare()
    vectors = encoder.encode(["refund", "退货"])
    np.testing.assert_allclose(vectors[0], direction(first, "ask refund"), atol=1e-6)
    np.testing.assert_allclose(vectors[1], direction(second, "passage 退货"), atol=1e-6)
    np.testing.assert_allclose(encoder.encode_query("退货")[0], direction(second, "query 退货"), atol=1e-6)
    assert encoder.name != load_encoder(EncoderSetting(setting.encoder)).name


def test_a_chosen_model_beside_the_built_in_one_must_have_its_dimension(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    fitting, other = tiny_model(tmp_path / "a", dimension=384), tiny_model(tmp_path / "b", dimension=512)
    load_encoder(f"zh={fitting}").prepare()
    with pytest.raises(EncoderUnusable, match="512 dimensions"):
        load_encoder(f"zh={other}").prepare()
    load_encoder(f"zh={other};en=none").prepare()


def test_the_english_part_of_the_built_in_encoder(tmp_path: Path) -> None:
    encoder = load_encoder("zh=none")
    assert isinstance(encoder, PerLanguageEncoder)
    assert isinstance(encoder._parts["en"], MiniLmEncoder | OriginalMiniLm)


@pytest.mark.fast
def test_an_english_sentence_that_quotes_a_chinese_word_is_read_as_english() -> None:
    one, two = Marked("one", 1), Marked("two", 2)
    encoder = PerLanguageEncoder({"en": one, "zh-Hans": two, "zh-Hant": two})
    texts = ["can I pay with 支付宝 or do you only take cards", "iPhone 充不了电"]
    assert [marks(encoder.encode_query(text)) for text in texts] == [[1], [2]]
