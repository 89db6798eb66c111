"""A stand-in for the sentence model: each word a direction of its own, so that tests need no model."""

from collections.abc import Sequence

import numpy as np

from knowledge_base.encoders import Vectors
from texts.language import has_cjk

_GLUE = frozenset(
    {"a", "an", "the", "is", "are", "of", "my", "me", "i", "do", "you", "to", "how", "what", "and", "on", "it"}
)
_WORDS: dict[str, int] = {}


class FakeEncoder:
    """Texts that share words are near. Remembers which phrasings and which queries it encoded."""

    name = "fake"
    dimension = 512

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self.asked: list[str] = []

    def prepare(self) -> None:
        pass

    def covers(self, text: str) -> bool:
        return not has_cjk(text) and any(character.isalpha() for character in text)

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in set(text.lower().replace("?", "").split()) - _GLUE:
                vectors[row, _WORDS.setdefault(word, len(_WORDS)) % self.dimension] = 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths == 0, 1, lengths)

    def encode_query(self, text: str) -> Vectors:
        known = len(self.encoded)
        vectors = self.encode([text])
        self.asked.extend(self.encoded[known:])
        del self.encoded[known:]
        return vectors

    def alignment(self, query: str, texts: Sequence[str]) -> None:
        """Unknown."""
