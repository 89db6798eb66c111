"""Any sentence-transformers model as an encoder."""

import hashlib
import logging
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from knowledge_base.batching import RecentVectors
from knowledge_base.encoder_setting import EncoderUnusable
from knowledge_base.encoders import Vectors, without_end_marks

_log = logging.getLogger(__name__)

# More than one thread a query only pays on an idle machine: on a busy one they spin, waiting for each other.
_TORCH_THREADS = 1
# Customers' questions wait no longer than one batch of an article's phrasings takes.
_BATCH = 32
_HUB_SECONDS = 10


class SentenceEncoder:
    """A sentence-transformers model, loaded at its first use, with the vectors of recent queries kept.

    What articles hold are questions as customers put them, so a question is compared with questions. Model makers who
    distinguish queries from documents say for this case: give both what queries get (E5: "query: " for symmetric
    tasks; BGE: an instruction only for short questions to long passages). So the model's own prompt for queries is
    put before both, and its prompt for documents is not used; either can be set. A document prompt that is set makes
    the phrasings documents, also for models with a part of their own for them.

    Args:
        source: A folder, or a model's name on the hub.
        name: What the vectors are filed under; made of the source and the prompts unless said otherwise.
        query_prompt: Put before customers' words, and before phrasings where `document_prompt` is None. None for the
            model's own, empty for nothing.
        document_prompt: Put before phrasings.
    """

    def __init__(
        self, source: str, name: str = "", query_prompt: str | None = None, document_prompt: str | None = None
    ) -> None:
        self._source = str(Path(source).expanduser()) if source.startswith("~") else source
        self.name = name or _name(self._source, query_prompt, document_prompt)
        self._query_prompt = query_prompt
        self._document_prompt = document_prompt
        self._model: Any = None
        self._dimension = 0
        # The tokenizer cannot be shared by threads.
        self._lock = Lock()
        self._recent = RecentVectors(self._queries, at_once=1)

    @property
    def dimension(self) -> int:
        """Length of a vector; loads the model. Raises EncoderUnusable."""
        with self._lock:
            self._loaded()
            return self._dimension

    def prepare(self) -> None:
        """Load the model and use it once: the first use is slow by itself. Raises EncoderUnusable."""
        self._queries(["ready"])

    def covers(self, text: str) -> bool:
        """Another model was chosen for its languages, so that it is trusted with all of them."""
        return bool(text.strip())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`. Raises EncoderUnusable when a vector is not of numbers or not of the right length."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            part = texts[start : start + _BATCH]
            if self._document_prompt is None:
                vectors[start : start + _BATCH] = self._queries(part)
            else:
                vectors[start : start + _BATCH] = self._encoded("encode_document", self._document_prompt, part)
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """See `Encoder.encode_query`. Texts that come while the model is busy are encoded together."""
        return self._recent.encode(text)

    def alignment(self, query: str, texts: Sequence[str]) -> None:
        """Unknown: such a model has no vectors for words by themselves."""

    def _queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoded("encode_query", self._query_prompt, texts)

    def _encoded(self, method: str, prompt: str | None, texts: Sequence[str]) -> Vectors:
        with self._lock:
            model = self._loaded()
            found = getattr(model, method)(
                [without_end_marks(text) for text in texts],
                prompt=prompt,
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        vectors = np.ascontiguousarray(found, dtype=np.float32)
        if vectors.shape != (len(texts), self._dimension):
            raise EncoderUnusable(
                f"The encoder {self.name} says that its vectors have {self._dimension} dimensions, but made "
                f"{vectors.shape[-1] if vectors.ndim else 0}."
            )
        if not np.isfinite(vectors).all():
            raise EncoderUnusable(f"The encoder {self.name} makes vectors that are not of numbers (NaN).")
        return vectors

    def _loaded(self) -> Any:
        if self._model is None:
            model = load_model(self._source)
            dimension = model.get_embedding_dimension()
            if not isinstance(dimension, int) or dimension < 1:
                raise EncoderUnusable(f"{self._source} does not make sentences into vectors of one length.")
            self._model, self._dimension = model, dimension
        return self._model


def load_model(source: str) -> Any:
    """A sentence-transformers model by its folder or name; the network is only asked for what is not here yet.

    Raises:
        EncoderUnusable: When there is no such model, or it cannot be read.
    """
    is_folder = Path(source).is_dir()
    if not is_folder and _is_path(source):
        raise EncoderUnusable(f"There is no folder {source}.")
    torch = import_module("torch")
    torch.set_num_threads(_TORCH_THREADS)
    import_module("transformers").utils.logging.disable_progress_bar()
    load = import_module("sentence_transformers").SentenceTransformer
    try:
        return load(source, device="cpu", local_files_only=True)
    # The libraries have no common class for what may be wrong with a model.
    except Exception as failure:
        if is_folder:
            raise EncoderUnusable(f"{source} holds no sentence-transformers model: {_first_line(failure)}") from failure
    _ask_the_hub_for(source)
    _log.info("Fetching the model %s ...", source)
    try:
        return load(source, device="cpu")
    except Exception as failure:
        raise EncoderUnusable(f"The model {source} cannot be loaded: {_first_line(failure)}") from failure


def _ask_the_hub_for(source: str) -> None:
    """Find out at once what the library would only find out after many tries, and tell it less clearly."""
    hub, errors = import_module("huggingface_hub"), import_module("huggingface_hub.errors")
    # Names without an owner are looked for among those of the library's makers first.
    for name in (source,) if "/" in source else (f"sentence-transformers/{source}", source):
        try:
            hub.HfApi().model_info(name, timeout=_HUB_SECONDS)
            return
        except errors.OfflineModeIsEnabled as failure:
            raise EncoderUnusable(
                f"The model {source} is not on this machine, and HF_HUB_OFFLINE forbids to fetch it."
            ) from failure
        except (errors.RepositoryNotFoundError, errors.HFValidationError):
            continue
        except Exception as failure:
            raise EncoderUnusable(
                f"The model {source} is not on this machine, and cannot be looked for on the network: "
                f"{_first_line(failure)}"
            ) from failure
    raise EncoderUnusable(f"There is no model named {source}, neither on this machine nor on the hub.")


def _is_path(source: str) -> bool:
    return source.startswith((".", os.sep)) or source.count("/") > 1


def _first_line(failure: Exception) -> str:
    lines = str(failure).strip().splitlines()
    return lines[0] if lines else type(failure).__name__


def _name(source: str, query_prompt: str | None, document_prompt: str | None) -> str:
    parts = [source]
    if Path(source).is_dir():
        parts.append(_fingerprint(Path(source)))
    if query_prompt is not None:
        parts.append(f"queries after {query_prompt!r}")
    if document_prompt is not None:
        parts.append(f"phrasings after {document_prompt!r}")
    return ", ".join(parts)


def _fingerprint(folder: Path) -> str:
    """Another model may be put into the same folder, and vectors of two models must not be mixed."""
    marks = []
    # No deeper: a folder named by mistake may hold a whole disk.
    for file in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if file.is_file():
            stat = file.stat()
            marks.append(f"{file.relative_to(folder)}\0{stat.st_size}\0{stat.st_mtime_ns}")
    return hashlib.sha256("\0".join(marks).encode()).hexdigest()[:12]
