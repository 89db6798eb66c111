"""Any sentence-transformers model as an encoder: real ones, though tiny."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sentence_transformers")

import huggingface_hub
from huggingface_hub.errors import OfflineModeIsEnabled, RepositoryNotFoundError

from knowledge_base.encoder_setting import EncoderUnusable
from knowledge_base.sentence_model import SentenceEncoder
from tests.knowledge_base.tiny_models import direction, tiny_model


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return tiny_model(tmp_path / "model", dimension=48)


def hub_says(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> list[str]:
    """Let the hub fail like this; returns the names it is asked for."""
    asked: list[str] = []

    def model_info(_: object, name: str, **__: object) -> None:
        asked.append(name)
        raise failure

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", model_info)
    return asked


def not_found() -> RepositoryNotFoundError:
    class Response:
        headers: dict[str, str] = {}
        request = None

    response: Any = Response()
    return RepositoryNotFoundError("404", response=response)


def test_vectors_are_of_unit_length_and_those_of_the_model(folder: str) -> None:
    encoder = SentenceEncoder(folder)
    vectors = encoder.encode(["return an item", "where is my parcel?"])
    assert (vectors.shape, vectors.dtype, encoder.dimension) == ((2, 48), np.float32, 48)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    # Customers set end marks as they please.
    np.testing.assert_allclose(vectors[1], direction(folder, "where is my parcel"), atol=1e-6)
    np.testing.assert_allclose(encoder.encode_query("return an item"), vectors[:1], atol=1e-6)
    assert encoder.encode([]).shape == (0, 48)


def test_the_models_own_query_prompt_stands_before_queries_and_phrasings(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model", prompts={"query": "query ", "passage": "passage "})
    encoder = SentenceEncoder(folder)
    expected = direction(folder, "query refund")
    np.testing.assert_allclose(encoder.encode_query("refund")[0], expected, atol=1e-6)
    np.testing.assert_allclose(encoder.encode(["refund"])[0], expected, atol=1e-6)


def test_prompts_that_are_set_stand_before_instead(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model", prompts={"query": "query ", "passage": "passage "})
    both = SentenceEncoder(folder, query_prompt="ask ", document_prompt="question ")
    np.testing.assert_allclose(both.encode_query("refund")[0], direction(folder, "ask refund"), atol=1e-6)
    np.testing.assert_allclose(both.encode(["refund"])[0], direction(folder, "question refund"), atol=1e-6)
    one = SentenceEncoder(folder, query_prompt="ask ")
    np.testing.assert_allclose(one.encode(["refund"])[0], direction(folder, "ask refund"), atol=1e-6)
    none = SentenceEncoder(folder, query_prompt="")
    np.testing.assert_allclose(none.encode_query("refund")[0], direction(folder, "refund"), atol=1e-6)


def test_vectors_after_other_prompts_or_of_a_changed_folder_are_filed_elsewhere(folder: str) -> None:
    names = [
        SentenceEncoder(folder).name,
        SentenceEncoder(folder, query_prompt="").name,
        SentenceEncoder(folder, query_prompt="a").name,
        SentenceEncoder(folder, document_prompt="a").name,
    ]
    assert SentenceEncoder(folder).name == names[0]
    tiny_model(Path(folder), dimension=40)
    assert len({*names, SentenceEncoder(folder).name}) == 5


def test_many_phrasings_keep_their_order(folder: str) -> None:
    vectors = SentenceEncoder(folder).encode(["refund", *["where is my parcel"] * 99, "refund"])
    assert np.array_equal(vectors[0], vectors[-1])
    assert np.array_equal(vectors[1], vectors[99])
    assert not np.array_equal(vectors[0], vectors[1])


def test_several_threads_at_once(folder: str) -> None:
    encoder = SentenceEncoder(folder)
    texts = [f"{text} {number}" for number in range(20) for text in ("return an item", "where is my parcel", "退款")]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(encoder.encode_query, texts))
    np.testing.assert_allclose(np.vstack(found), encoder.encode(texts), atol=1e-6)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnusable, match=r"There is no folder .*missing"):
        SentenceEncoder(str(tmp_path / "missing")).prepare()


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(EncoderUnusable, match="holds no sentence-transformers model"):
        SentenceEncoder(str(tmp_path)).prepare()


def test_a_model_whose_weights_are_damaged(folder: str) -> None:
    (Path(folder) / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(EncoderUnusable, match="holds no sentence-transformers model"):
        SentenceEncoder(folder).prepare()


def test_a_name_that_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = hub_says(monkeypatch, not_found())
    with pytest.raises(EncoderUnusable, match="There is no model named nobody/nothing-7f3a"):
        SentenceEncoder("nobody/nothing-7f3a").prepare()
    assert asked == ["nobody/nothing-7f3a"]


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError("Name or service not known\nand more"), "cannot be looked for on the network: Name or service"),
        (OfflineModeIsEnabled("offline"), "HF_HUB_OFFLINE forbids"),
    ],
)
def test_no_network(failure: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hub_says(monkeypatch, failure)
    with pytest.raises(EncoderUnusable, match=said) as refused:
        SentenceEncoder("nobody/nothing-7f3a").prepare()
    assert "\n" not in str(refused.value)


def test_vectors_that_are_not_numbers(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model", fill=float("nan"))
    with pytest.raises(EncoderUnusable, match="NaN"):
        SentenceEncoder(folder).encode(["where is my parcel"])


def test_a_model_that_says_another_dimension_than_it_has(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sentence_transformers import SentenceTransformer

    monkeypatch.setattr(SentenceTransformer, "get_embedding_dimension", lambda _: 7)
    with pytest.raises(EncoderUnusable, match="have 7 dimensions, but made 48"):
        SentenceEncoder(folder).prepare()
