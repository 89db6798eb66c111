"""Turning texts into vectors: the built-in English model, another one by setting, or none."""

import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

NO_ENCODER = "none"

# More than one thread a query only pays on an idle machine: on a busy one they spin, waiting for each other.
_TORCH_THREADS = 1
_BATCH = 64
_RECENT_QUERIES = 2_000
_END_MARKS = " \t\n?!.,;:~…？！。，；：～"


class Encoder(Protocol):
    """What the index asks of a sentence encoder. Called from several threads at once."""

    @property
    def name(self) -> str:
        """Identifies the model: vectors of two names are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def prepare(self) -> None:
        """Load what is otherwise loaded at the first use, so that no customer waits for it."""
        ...

    def covers(self, text: str) -> bool:
        """Whether the model understands the text's script; vectors of other texts mean nothing."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of unit length, float32, shape (len(texts), dimension)."""
        ...


def without_end_marks(text: str) -> str:
    """The text without question marks and full stops at its end, which customers set as they please."""
    return text.rstrip(_END_MARKS) or text


class RecentVectors:
    """Keeps the vectors of recent single texts, for a question is looked up again with the next one as its context.

    Args:
        encode: Makes the vectors that are not kept.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self._encode = encode
        self._lock = Lock()
        self._kept: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`."""
        if len(texts) != 1:
            return self._encode(texts)
        text = texts[0]
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
        vectors = self._encode(texts)
        with self._lock:
            self._kept[text] = vectors
            if len(self._kept) > _RECENT_QUERIES:
                self._kept.popitem(last=False)
        return vectors


class SentenceEncoder:
    """A sentence-transformers model, loaded at its first use, with the vectors of recent queries kept.

    Args:
        source: A folder, or a model's name on the hub.
        name: What the vectors are filed under; `source` unless said otherwise.
    """

    def __init__(self, source: str, name: str = "") -> None:
        self.name = name or source
        self._source = source
        self._model: Any = None
        self._lock = Lock()
        self._recent = RecentVectors(self._encoded)

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model."""
        with self._lock:
            model = self._loaded()
            return int(model.get_embedding_dimension())

    def prepare(self) -> None:
        """Load the model and use it once: the first use is slow by itself."""
        self._encoded(["ready"])

    def covers(self, text: str) -> bool:
        """Another model was chosen for its languages, so that it is trusted with all of them."""
        return bool(text.strip())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`. One thread at a time: the tokenizer cannot be shared."""
        return self._recent.encode(texts)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = self._loaded().encode(
                [without_end_marks(text) for text in texts],
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            self._model = self._load()
        return self._model

    def _load(self) -> Any:
        if Path(self._source).is_dir():
            # Before the first import of the hub's library: it would ask the network for newer files.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        torch = import_module("torch")
        torch.set_num_threads(_TORCH_THREADS)
        import_module("transformers").utils.logging.disable_progress_bar()
        return import_module("sentence_transformers").SentenceTransformer(self._source, device="cpu")


class NoEncoder:
    """Covers no text, so that only lexical search is left; starts in no time."""

    name = NO_ENCODER
    dimension = 1

    def prepare(self) -> None:
        """Nothing to load."""

    def covers(self, text: str) -> bool:
        """Never."""
        return False

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Nothing to encode: `covers` was not asked."""
        raise RuntimeError("Lexical search needs no vectors.")


def load_encoder(setting: str = "", cache: Path | None = None) -> Encoder:
    """The encoder of a setting: empty for the built-in one, "none", or a sentence-transformers name or folder.

    Args:
        cache: Where the built-in model is kept in the form it runs in; see `minilm_export.folders`.
    """
    if setting == NO_ENCODER:
        return NoEncoder()
    if setting:
        return SentenceEncoder(setting)
    # Here, because it builds on this module, and only the built-in model needs ONNX Runtime.
    from knowledge_base.minilm import load_minilm

    return load_minilm(cache)
