"""The model's folder: a StaticEmbedding as sentence-transformers reads it, with 8 bits a number."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save
from tokenizers import Tokenizer

from knowledge_base.encoders import Vectors

WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
# As sentence-transformers 6.2 names them; older ones cannot read 8 bits with scales anyway.
_KINDS = (
    ("", "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"),
    ("1_Normalize", "sentence_transformers.base.modules.normalize.Normalize"),
)
_MODULES = [{"idx": place, "name": str(place), "path": path, "type": kind} for place, (path, kind) in enumerate(_KINDS)]
_CONFIGURATION = {"model_type": "SentenceTransformer", "prompts": {}, "similarity_fn_name": "cosine"}


def save_model(folder: Path, tokenizer: Tokenizer, vectors: Vectors) -> None:
    """Write the model; other files in the folder, such as its card, stay.

    Args:
        vectors: Of the pieces by id, shape (pieces, dimension).
    """
    numbers, scales = quantised(vectors)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / WEIGHTS_FILE, save({"embeddings": numbers, "weights": scales}))
    compact = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
    _write(folder / TOKENIZER_FILE, compact.encode())
    _write(folder / "modules.json", _json(_MODULES))
    _write(folder / "config_sentence_transformers.json", _json(_CONFIGURATION))


def load_model(folder: Path) -> tuple[Tokenizer, Vectors]:
    """The tokenizer and the vectors of a folder, as they are after rounding."""
    tensors = load_file(folder / WEIGHTS_FILE)
    return Tokenizer.from_file(str(folder / TOKENIZER_FILE)), restored(tensors["embeddings"], tensors["weights"])


def quantised(vectors: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """Each row as whole numbers from -127 to 127, and what they are to be multiplied by, shape (rows,)."""
    scales = np.abs(vectors).max(axis=1) / 127
    scales[scales == 0] = 1
    return np.rint(vectors / scales[:, np.newaxis]).astype(np.int8), scales.astype(np.float32)


def restored(numbers: NDArray[np.int8], scales: Vectors) -> Vectors:
    """The rows that `quantised` rounded."""
    return np.asarray(numbers.astype(np.float32) * scales[:, np.newaxis], dtype=np.float32)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def _write(file: Path, data: bytes) -> None:
    # A reader sees the old file or the new one, never a part.
    unfinished = file.with_name(file.name + ".new")
    unfinished.write_bytes(data)
    unfinished.replace(file)
