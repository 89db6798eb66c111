"""The built-in English model as it was exported."""

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge_base import minilm_export
from knowledge_base.minilm import MiniLmEncoder, OriginalMiniLm, batches, covers, load_minilm
from knowledge_base.minilm_export import ExportFailed, export, exported, folders

TEXTS = [
    "How do I return an item?",
    "where is my parcel",
    "Refund",
    "The screen of my phone stays dark since this morning although the battery was charged all night, what can I do?",
    "Do you ship to Taiwan, and how much does it cost?",
    "cancel order 4711",
    "I paid twice!!",
    "opening hours on sunday",
]


@pytest.fixture(scope="module")
def encoder() -> MiniLmEncoder:
    made = load_minilm()
    assert isinstance(made, MiniLmEncoder), "the model should have been exported; the log says why it was not"
    return made


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: Path) -> None:
        raise ExportFailed("no space left")

    monkeypatch.setattr(minilm_export, "_export_in_child", fail)


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """The least cosine of two rows."""
    return float((first * second).sum(axis=1).min())


def test_vectors_are_close_to_those_of_the_original(encoder: MiniLmEncoder) -> None:
    pytest.importorskip("sentence_transformers")
    original = OriginalMiniLm()
    long = "how do I return the item I bought " * 60
    assert likeness(encoder.encode([*TEXTS, long]), original.encode([*TEXTS, long])) >= 0.98
    assert encoder.dimension == original.dimension
    assert encoder.name != original.name


def test_a_text_has_nearly_the_same_vector_alone_and_among_others(encoder: MiniLmEncoder) -> None:
    # Eight of each length and lengths between them, so that there are real batches, with padding.
    texts = [f"{text} {number}" for number in range(8) for text in TEXTS]
    together = encoder.encode(texts)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert likeness(together, np.vstack([encoder.encode([text]) for text in texts])) >= 0.98


def test_end_marks_count_nothing_and_no_texts_have_no_vectors(encoder: MiniLmEncoder) -> None:
    assert np.array_equal(encoder.encode(["where is my parcel?"]), encoder.encode(["where is my parcel"]))
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_several_threads_at_once(encoder: MiniLmEncoder) -> None:
    texts = [f"{text} {number}" for number in range(8) for text in TEXTS]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(encoder.encode_query, texts))
    for text, vectors in zip(texts, found, strict=True):
        # Who else asked at that moment makes as little difference as the 8 bits do.
        assert likeness(vectors, encoder.encode([text])) >= 0.98
        assert vectors is encoder.encode_query(text)


@pytest.mark.fast
def test_what_it_covers() -> None:
    assert covers("where is my parcel")
    assert not covers("我的快递")
    assert not covers("iPhone 快递")
    assert not covers("123 😀")


@pytest.mark.fast
def test_batches_hold_every_text_once_and_little_padding() -> None:
    lengths = [5, 300, 7, 5, 300, *[6] * 100, *[256] * 30, 2, *range(3, 40)]
    found = list(batches(lengths))
    assert sorted(place for places in found for place in places) == list(range(len(lengths)))
    for places in found:
        padded = max(lengths[place] for place in places) * len(places)
        assert len(places) <= 32
        assert padded <= 2_048
        assert padded - sum(lengths[place] for place in places) <= 32


@pytest.mark.fast
def test_questions_of_usual_lengths_go_together() -> None:
    assert [len(places) for places in batches([7, 8, 8, 9, 10, 10, 11, 12])] == [8]
    assert list(batches([])) == []


def test_a_search_imports_neither_pytorch_nor_scikit_learn(encoder: MiniLmEncoder, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from knowledge_base.articles.importing import import_file
from knowledge_base.encoders import load_encoder
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.migrate import upgrade
database = Database(f"sqlite:///{sys.argv[1]}/huilu.db")
upgrade(database)
with database.writing() as session:
    import_file(session, Path("tests/knowledge_base/articles.jsonl"))
found = KnowledgeBase(database, load_encoder()).search("how can I send an item back", "en")
assert found.candidates[0].dense is not None
print(sorted({"torch", "transformers", "sentence_transformers", "sklearn", "scipy"} & set(sys.modules)))
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert ended.stdout.strip() == "[]", ended.stderr


def test_exporting(tmp_path: Path, encoder: MiniLmEncoder) -> None:
    file = exported(tmp_path)
    assert list(tmp_path.iterdir()) == [file]
    made = load_minilm(tmp_path)
    assert isinstance(made, MiniLmEncoder)
    assert likeness(made.encode(TEXTS), encoder.encode(TEXTS)) >= 0.9999


def test_exports_at_once_do_each_other_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_slowly(_: object, __: object, file: Path) -> None:
        with file.open("w") as output:
            for part in range(20):
                time.sleep(0.005)
                output.write(f"{part} ")

    monkeypatch.setattr(minilm_export, "_pooled_model", lambda: None)
    monkeypatch.setattr(minilm_export, "_write_plain", write_slowly)
    monkeypatch.setattr(minilm_export, "_quantise", shutil.copy)
    monkeypatch.setattr(minilm_export, "_compare", lambda *_: None)
    file = tmp_path / "model.onnx"
    seen = set()
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(export, file) for _ in range(8)]
        while not all(one.done() for one in running):
            if file.exists():
                seen.add(file.read_text())
    assert [one.result() for one in running] == [None] * 8
    assert seen == {"".join(f"{part} " for part in range(20))}
    assert list(tmp_path.iterdir()) == [file]


def test_an_export_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        def __call__(self, _: object) -> "Other":
            return self

        def numpy(self) -> np.ndarray:
            return np.full((1, 384), -1 / 384**0.5, dtype=np.float32)

    good = exported()
    monkeypatch.setattr(minilm_export, "_pooled_model", Other)
    monkeypatch.setattr(minilm_export, "_write_plain", lambda *_: None)
    monkeypatch.setattr(minilm_export, "_quantise", lambda _, small: shutil.copy(good, small))
    with pytest.raises(ExportFailed, match="not those of the original"):
        export(tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"", b"damaged"])
def test_without_an_exported_model_the_original_is_used(
    content: bytes | None, tmp_path: Path, no_export: None, caplog: pytest.LogCaptureFixture
) -> None:
    if content is not None:
        (tmp_path / exported().name).write_bytes(content)
    made = load_minilm(tmp_path)
    assert isinstance(made, OriginalMiniLm)
    assert made.covers("where is my parcel")
    assert not made.covers("我的快递")
    assert "no space left" in caplog.text


def test_a_damaged_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good = exported()
    (tmp_path / good.name).write_bytes(good.read_bytes()[:1_000_000])
    monkeypatch.setattr(minilm_export, "_export_in_child", lambda file: shutil.copy(good, file))
    assert isinstance(load_minilm(tmp_path), MiniLmEncoder)
    assert "made anew" in caplog.text


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportFailed, match="cannot be written"):
        exported(tmp_path / "file" / "folder")


def test_a_child_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false") or "/bin/false")
    with pytest.raises(ExportFailed, match="ended with code 1"):
        exported(tmp_path)


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="not in a virtual environment")
def test_the_model_lies_beside_the_packages_it_was_made_from() -> None:
    assert folders()[0] == Path(sys.prefix) / "huilu-encoder"
