"""Keeping vectors between starts, so that only new texts have to be encoded.

The file is a row of blocks, each for some texts, and new texts are put at its end: an edit writes little, however many
texts there are. A block begins with a mark and holds a checksum. What is left of a write that was cut off fails its
checksum, and reading goes on at the next mark: a crash costs the block that was being written, and nothing else.

Vectors are kept as they are, in 4 bytes a number: 2 would halve the file and move cosines by up to 0.0001, so that the
same question could be decided on differently after a restart.
"""

import hashlib
import json
import logging
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from knowledge_base.encoders import Encoder, Vectors

_log = logging.getLogger(__name__)

# Not valid UTF-8, so that no text can hold it.
_MARK = b"\xffhuilu-vectors\xfe1"
# How many bytes of texts, how many vectors, of how many numbers, and the checksum of what follows.
_HEAD = struct.Struct("<IIII")
_TEXTS_A_BLOCK = 1_000
# A file that holds this many times what is in use, and some, is written anew.
_TOO_MANY, _SPARE = 2, 1_000


class VectorFile:
    """One file an encoder. Whatever of it is missing, damaged or foreign counts as not there: it only saves time.

    Writing is done by a thread of its own, so that nobody waits for the disk; what has begun is finished before the
    process ends of itself.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        digest = hashlib.sha256(encoder.name.encode()).hexdigest()[:12]
        self._path = folder / f"vectors-{digest}.bin"
        self._name = encoder.name
        self._texts = 0
        self._writer = ThreadPoolExecutor(1, "vectors")

    def read(self) -> dict[str, Vectors]:
        """The vectors by text."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            _log.warning("The kept vectors in %s cannot be read and are made anew: %s", self._path, error)
            return {}
        found: dict[str, Vectors] = {}
        for name, texts, matrix in _blocks(data):
            self._texts += len(texts)
            if name == self._name:
                found.update(zip(texts, matrix, strict=True))
        return found

    def keep(self, vectors: Mapping[str, Vectors]) -> None:
        """Add the vectors of some texts, soon; a failure is only logged."""
        self._writer.submit(self._append, vectors)

    def tidy(self, vectors: Mapping[str, Vectors]) -> None:
        """Soon replace the file by these vectors, if much of what it holds is of no use any more."""
        self._writer.submit(self._replace, vectors)

    def settle(self) -> None:
        """Wait until everything is written that was to be."""
        self._writer.submit(int).result()

    def _append(self, vectors: Mapping[str, Vectors]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                for block in self._packed(vectors):
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            _log.warning("Vectors cannot be kept in %s: %s", self._path, error)
        self._texts += len(vectors)

    def _replace(self, vectors: Mapping[str, Vectors]) -> None:
        texts = len(vectors)
        if self._texts <= _TOO_MANY * texts + _SPARE:
            return
        # Always the same name, so that what a crash leaves is written over the next time.
        beside = self._path.with_suffix(".part")
        try:
            with beside.open("wb") as file:
                for block in self._packed(vectors):
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self._path)
        except OSError as error:
            _log.warning("The vectors in %s cannot be tidied: %s", self._path, error)
        else:
            self._texts = texts

    def _packed(self, vectors: Mapping[str, Vectors]) -> Iterator[bytes]:
        texts = list(vectors)
        for start in range(0, len(texts), _TEXTS_A_BLOCK):
            some = texts[start : start + _TEXTS_A_BLOCK]
            matrix = np.stack([vectors[text] for text in some]).astype("<f4")
            names = json.dumps({"encoder": self._name, "texts": some}).encode()
            content = names + matrix.tobytes()
            yield _MARK + _HEAD.pack(len(names), *matrix.shape, zlib.crc32(content)) + content


def _blocks(data: bytes) -> Iterator[tuple[str, list[str], Vectors]]:
    """The whole blocks among some bytes: encoder, texts and their vectors."""
    begin = data.find(_MARK)
    while begin >= 0:
        block, end = _block(data, begin + len(_MARK))
        if block is not None:
            yield block
        begin = data.find(_MARK, end)


def _block(data: bytes, begin: int) -> tuple[tuple[str, list[str], Vectors] | None, int]:
    """The block whose head begins here, and where it ends; None when it is not whole."""
    content = begin + _HEAD.size
    if content > len(data):
        return None, begin
    names, rows, dimension, checksum = _HEAD.unpack_from(data, begin)
    end = content + names + 4 * rows * dimension
    if end > len(data) or zlib.crc32(memoryview(data)[content:end]) != checksum:
        return None, begin
    described = json.loads(data[content : content + names])
    matrix = np.frombuffer(data, "<f4", rows * dimension, content + names).reshape(rows, dimension)
    return (described["encoder"], described["texts"], matrix.astype(np.float32)), end
