"""Keeping vectors between starts, so that only new texts have to be encoded."""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from knowledge_base.encoders import Encoder, Vectors

_log = logging.getLogger(__name__)


class VectorFile:
    """One file an encoder. A missing, damaged or foreign file counts as empty: it only saves time."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        digest = hashlib.sha256(encoder.name.encode()).hexdigest()[:12]
        self._path = folder / f"vectors-{digest}.npz"
        self._name = encoder.name

    def read(self) -> dict[str, Vectors]:
        """The vectors by text."""
        try:
            with np.load(self._path, allow_pickle=False) as stored:
                texts = json.loads(stored["texts"].tobytes())
                matrix = np.asarray(stored["matrix"], dtype=np.float32)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            _log.warning("The kept vectors in %s cannot be read; they are made anew.", self._path)
            return {}
        if not isinstance(texts, dict) or texts.get("encoder") != self._name or matrix.ndim != 2:
            return {}
        names = texts.get("texts", [])
        return dict(zip(names, matrix, strict=True)) if len(names) == len(matrix) else {}

    def write(self, vectors: Mapping[str, Vectors]) -> None:
        """Replace the file as a whole; a failure is only logged."""
        if not vectors:
            return
        header = json.dumps({"encoder": self._name, "texts": list(vectors)}).encode()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    texts = np.frombuffer(header, dtype=np.uint8)
                    np.savez(file, texts=texts, matrix=np.stack(list(vectors.values())))
                os.replace(temporary, self._path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            _log.warning("Vectors cannot be kept in %s: %s", self._path.parent, error)
