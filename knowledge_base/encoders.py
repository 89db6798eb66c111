"""Turning texts into vectors: the built-in models, others by setting, or none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoder_setting import NO_ENCODER, EncoderSetting

Vectors = NDArray[np.float32]

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
        """Load what is otherwise loaded at the first use, so that no customer waits for it.

        Raises:
            EncoderUnusable: When it cannot be used. `encode` may find that out too.
        """
        ...

    def covers(self, text: str) -> bool:
        """Whether the model understands the text's script; vectors of other texts mean nothing."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of an article's phrasings, of unit length, float32, shape (len(texts), dimension)."""
        ...

    def encode_query(self, text: str) -> Vectors:
        """The vector of a customer's words, shape (1, dimension); some models are told that it is a question."""
        ...

    def alignment(self, query: str, texts: Sequence[str]) -> NDArray[np.float64] | None:
        """How well the words of a query and of each text find each other, -1 to 1; NaN for texts where that is unknown.

        None when the model cannot tell for this query.
        """
        ...


def without_end_marks(text: str) -> str:
    """The text without question marks and full stops at its end, which customers set as they please."""
    return text.rstrip(_END_MARKS) or text


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

    def encode_query(self, text: str) -> Vectors:
        """Nothing to encode, as above."""
        return self.encode([text])

    def alignment(self, query: str, texts: Sequence[str]) -> None:
        """Unknown."""


def load_encoder(setting: str | EncoderSetting = "", cache: Path | None = None) -> Encoder:
    """The encoder of a setting; see `encoder_setting` for its forms. Empty is the built-in one.

    Args:
        cache: Where the built-in English model is kept in the form it runs in; see `minilm_export.folders`.

    Raises:
        EncoderUnusable: When the setting cannot be understood. A wrong name is only found when the model is loaded.
    """
    # Here, because it builds on this module.
    from knowledge_base.per_language import per_language

    return per_language(EncoderSetting(setting) if isinstance(setting, str) else setting, cache)
