"""The file of vectors: what a crash leaves of it is read, and what is written later joins it."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.encoders import Vectors
from knowledge_base.vectors import VectorFile
from tests.knowledge_base.fakes import FakeEncoder

pytestmark = pytest.mark.fast


class OtherEncoder(FakeEncoder):
    name = "other"


def vectors_of(*texts: str) -> dict[str, Vectors]:
    return {text: np.random.default_rng(list(text.encode())).standard_normal(8, dtype=np.float32) for text in texts}


def written(folder: Path, *texts: str) -> Path:
    file = VectorFile(folder, FakeEncoder())
    file.keep(vectors_of(*texts))
    file.settle()
    return next(folder.glob("vectors-*.bin"))


def read(folder: Path) -> dict[str, Vectors]:
    return VectorFile(folder, FakeEncoder()).read()


def assert_true(found: dict[str, Vectors]) -> None:
    for text, vector in vectors_of(*found).items():
        np.testing.assert_array_equal(found[text], vector)


def test_vectors_are_read_as_they_were_written(tmp_path: Path) -> None:
    written(tmp_path, "where is my parcel", "退款", "\n\0😀")
    assert list(read(tmp_path)) == ["where is my parcel", "退款", "\n\0😀"]
    assert_true(read(tmp_path))


def test_without_a_file_or_a_folder_there_are_none(tmp_path: Path) -> None:
    assert read(tmp_path) == {}
    assert read(tmp_path / "missing") == {}


def test_new_vectors_are_added_and_the_rest_of_the_file_is_left_alone(tmp_path: Path) -> None:
    before = written(tmp_path, "a", "b").read_bytes()
    after = written(tmp_path, "c").read_bytes()
    assert after.startswith(before)
    assert list(read(tmp_path)) == ["a", "b", "c"]


def test_another_encoder_has_a_file_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, "a")
    other = VectorFile(tmp_path, OtherEncoder())
    assert other.read() == {}
    other.keep(vectors_of("b"))
    other.settle()
    assert len(list(tmp_path.glob("vectors-*.bin"))) == 2
    # Even when somebody gives it the name of ours.
    path.write_bytes(next(each for each in tmp_path.glob("*.bin") if each != path).read_bytes())
    assert read(tmp_path) == {}


@pytest.mark.parametrize("content", [b"", b"damaged", b"\0" * 5_000, b"\xffhuilu-vectors\xfe1" * 50])
def test_what_is_no_vectors_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, "a")
    path.write_bytes(content)
    assert read(tmp_path) == {}
    written(tmp_path, "b")
    assert list(read(tmp_path)) == ["b"]


def test_a_file_cut_off_anywhere_keeps_all_blocks_before_and_takes_more_behind(tmp_path: Path) -> None:
    path = tmp_path / "whole"
    ends = []
    for text in ("a", "b", "c"):
        path = written(tmp_path, text)
        ends.append(path.stat().st_size)
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        kept = [text for text, end in zip("abc", ends, strict=True) if end <= length]
        assert list(read(tmp_path)) == kept
        if length % 7 == 0:
            written(tmp_path, "later")
            assert list(read(tmp_path)) == [*kept, "later"]
    assert_true(read(tmp_path))


def test_a_damaged_block_costs_no_other(tmp_path: Path) -> None:
    end = written(tmp_path, "a").stat().st_size
    path = written(tmp_path, "b")
    written(tmp_path, "c")
    whole = bytearray(path.read_bytes())
    for place in range(end, 2 * end, 5):
        damaged = whole.copy()
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        assert list(read(tmp_path)) == ["a", "c"]


def many(number: int) -> dict[str, Vectors]:
    return {f"text {number} {place}": np.full(384, number, dtype=np.float32) for place in range(500)}


def keep_writing(folder: Path) -> None:
    file = VectorFile(folder, FakeEncoder())
    for number in range(10_000):
        file.keep(many(number))
        file.settle()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[multiprocessing.process.BaseProcess]:
    """A process that writes without end."""
    process = multiprocessing.get_context("spawn").Process(target=keep_writing, args=(tmp_path,), daemon=True)
    process.start()
    yield process
    process.kill()
    process.join()


def test_a_process_killed_while_it_writes_leaves_a_file_to_go_on_with(
    tmp_path: Path, writer: multiprocessing.process.BaseProcess
) -> None:
    while not any(path.stat().st_size > 5_000_000 for path in tmp_path.glob("*.bin")):
        assert writer.is_alive()
        time.sleep(0.01)
    assert writer.pid
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    found = read(tmp_path)
    assert len(found) >= 2_000
    assert all((vector == int(text.split()[1])).all() for text, vector in found.items())
    written(tmp_path, "later")
    assert {"later", *found} == set(read(tmp_path))


def test_a_disk_that_is_full_is_told_and_disturbs_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "in the way").write_text("a file where a folder should be")
    file = VectorFile(tmp_path / "in the way", FakeEncoder())
    file.keep(vectors_of("a"))
    file.settle()
    assert "cannot be kept" in caplog.text
    assert file.read() == {}


def test_a_file_of_mostly_forgotten_texts_is_tidied(tmp_path: Path) -> None:
    written(tmp_path, *(f"old {number}" for number in range(3_000)))
    file = VectorFile(tmp_path, FakeEncoder())
    file.tidy(vectors_of("before anything was read, nothing is known to be forgotten"))
    file.settle()
    assert len(file.read()) == 3_000
    file.tidy(vectors_of("a", "b"))
    file.keep(vectors_of("c"))
    file.settle()
    assert list(read(tmp_path)) == ["a", "b", "c"]


def test_a_file_of_texts_in_use_is_not_written_anew(tmp_path: Path) -> None:
    path = written(tmp_path, *(f"text {number}" for number in range(3_000)))
    before = path.stat().st_ino
    file = VectorFile(tmp_path, FakeEncoder())
    file.tidy(dict(list(file.read().items())[:1_500]))
    file.settle()
    assert path.stat().st_ino == before


def test_tidying_that_was_broken_off_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path, *(f"old {number}" for number in range(3_000)))

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    file = VectorFile(tmp_path, FakeEncoder())
    file.read()
    monkeypatch.setattr(os, "fsync", full)
    file.tidy(vectors_of("a"))
    file.settle()
    assert "cannot be tidied" in caplog.text
    assert len(read(tmp_path)) == 3_000
