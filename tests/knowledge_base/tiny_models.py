"""Real sentence-transformers models, so small that a test can make them: each known word is a direction of its own."""

from pathlib import Path

import numpy as np

from knowledge_base.sentence_model import load_model

_WORDS_TEXT = """
query question passage ask return an item send back refund money parcel order where my is do i how delivery
cancel pay gift voucher 退 货 款 快 递 取 消 订 单 怎 么 我 的
"""
WORDS = _WORDS_TEXT.split()


def tiny_model(folder: Path, dimension: int = 48, prompts: dict[str, str] | None = None, fill: float = 1.0) -> str:
    """Save a model to a folder and return its path.

    Args:
        dimension: Length of its vectors; words beyond it share directions.
        fill: What its vectors are made of; NaN for a broken model.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Regex, Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Split

    vocabulary = {"[UNK]": 0} | {word: number + 1 for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    # Latin words, and each other character by itself.
    tokenizer.pre_tokenizer = Split(Regex(r"[a-z]+|\S"), behavior="removed", invert=True)
    weights = np.zeros((len(vocabulary), dimension), dtype=np.float32)
    for number in range(1, len(vocabulary)):
        weights[number, number % dimension] = fill
    embedding = StaticEmbedding(tokenizer, embedding_weights=weights)
    SentenceTransformer(modules=[embedding], device="cpu", prompts=prompts).save(str(folder))
    return str(folder)


def direction(folder: str, text: str) -> np.ndarray:
    """The vector that a model gives to exactly this text, without any prompt."""
    vector: np.ndarray = load_model(folder).encode([text], prompt="", normalize_embeddings=True)[0]
    return vector
