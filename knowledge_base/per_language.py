"""An encoder for each language, behind one face: a text is given to the one that reads it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.chinese import ChineseEncoder
from knowledge_base.encoder_setting import BUILT_IN, NO_ENCODER, EncoderSetting, EncoderUnusable
from knowledge_base.encoders import Encoder, NoEncoder, Vectors
from texts.language import detect, has_cjk


def built_in(language: str, cache: Path | None = None) -> Encoder:
    """The encoder of a language that no other was chosen for.

    Args:
        cache: See `load_encoder`.
    """
    if language != "en":
        return ChineseEncoder()
    # Here, because only this model needs ONNX Runtime.
    from knowledge_base.minilm import load_minilm

    return load_minilm(cache)


def per_language(setting: EncoderSetting, cache: Path | None = None) -> Encoder:
    """The encoder of a setting: one for all where the setting says so, else one for each language.

    Args:
        cache: See `load_encoder`.

    Raises:
        EncoderUnusable: When the setting cannot be understood.
    """
    sources, queries, documents = setting.sources(), setting.query_prompts(), setting.document_prompts()
    made: dict[tuple[str | None, ...], Encoder] = {}
    parts = {}
    for code, source in sources.items():
        # The same model with the same prompts is loaded once.
        mark: tuple[str | None, ...] = (source, queries.get(code), documents.get(code))
        if source == BUILT_IN:
            mark = (source, "en" if code == "en" else "zh")
        elif source == NO_ENCODER:
            mark = (source,)
        if mark not in made:
            made[mark] = _part(source, code, queries.get(code), documents.get(code), cache)
        parts[code] = made[mark]
    return next(iter(made.values())) if len(made) == 1 else PerLanguageEncoder(parts)


def _part(
    source: str, language: str, query_prompt: str | None, document_prompt: str | None, cache: Path | None
) -> Encoder:
    if source == NO_ENCODER:
        return NoEncoder()
    if source == BUILT_IN:
        return built_in(language, cache)
    from knowledge_base.sentence_model import SentenceEncoder

    return SentenceEncoder(source, query_prompt=query_prompt, document_prompt=document_prompt)


class PerLanguageEncoder:
    """Texts with Chinese characters go to the encoder of their script, all others to the English one.

    All vectors lie in one index, so that all encoders must have one dimension. Where they do not come from the same
    vector space, phrasings are found by meaning within a language only.

    Args:
        parts: The encoder of each language. A `NoEncoder` leaves its language to matching by words.
    """

    def __init__(self, parts: Mapping[str, Encoder]) -> None:
        self._parts = dict(parts)
        self._scripts_differ = self._parts["zh-Hans"] is not self._parts["zh-Hant"]
        # By identity: an encoder that reads several languages is one.
        self._different = list({id(part): part for part in self._parts.values()}.values())
        self._reading = [part for part in self._different if not isinstance(part, NoEncoder)]

    @property
    def name(self) -> str:
        """The names of all parts, with the languages they read."""
        return "; ".join(f"{self._languages(part)}: {part.name}" for part in self._different)

    @property
    def dimension(self) -> int:
        """Length of a vector, of whichever encoder; loads the models. Raises EncoderUnusable."""
        dimensions = {part.dimension for part in self._reading}
        if len(dimensions) > 1:
            each = ", ".join(
                f"{part.name} ({self._languages(part)}) has {part.dimension} dimensions" for part in self._reading
            )
            raise EncoderUnusable(
                f"These encoders cannot be used together: {each}. All languages share one index: choose models of "
                'one dimension, one model for all languages, or "none" for a language to match it by words only.'
            )
        return dimensions.pop() if dimensions else NoEncoder.dimension

    def prepare(self) -> None:
        """Load all models. Raises EncoderUnusable when one cannot be used, or they do not fit together."""
        for part in self._different:
            part.prepare()
        _ = self.dimension

    def covers(self, text: str) -> bool:
        """Whether the encoder of the text's language understands it."""
        return self._of(text).covers(text)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode`. Every text must be covered."""
        places: dict[int, list[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            places[id(self._of(text))].append(place)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for part in self._different:
            if own := places[id(part)]:
                vectors[own] = part.encode([texts[place] for place in own])
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """See `Encoder.encode_query`. The text must be covered."""
        return self._of(text).encode_query(text)

    def alignment(self, query: str, texts: Sequence[str]) -> NDArray[np.float64] | None:
        """See `Encoder.alignment`."""
        return self._of(query).alignment(query, texts)

    def _of(self, text: str) -> Encoder:
        # An English sentence that quotes a Chinese word is read as English.
        if not has_cjk(text) or detect(text, "zh-Hans") == "en":
            return self._parts["en"]
        traditional = self._scripts_differ and detect(text, "zh-Hans") == "zh-Hant"
        return self._parts["zh-Hant" if traditional else "zh-Hans"]

    def _languages(self, part: Encoder) -> str:
        return ", ".join(code for code, own in self._parts.items() if own is part)
