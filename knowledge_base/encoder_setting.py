"""What an operator can say about encoders: one for all languages, or one for each, and their prompts.

`HUILU_ENCODER` is empty for the built-in ones, or "built-in", "none" (matching by words only), or the name or folder
of a sentence-transformers model. One for each language looks like this, where a language that is not named keeps the
built-in one, and "zh" is short for both Chinese scripts:

    zh=BAAI/bge-base-zh-v1.5;en=BAAI/bge-base-en-v1.5

`HUILU_ENCODER_QUERY_PROMPT` and `HUILU_ENCODER_DOCUMENT_PROMPT` have the same two forms; a language that is not named
there keeps the model's own prompt, and "zh=" says that there is to be none.
"""

import re
from dataclasses import dataclass

from storage.settings import Settings
from texts.language import LANGUAGES

NO_ENCODER = "none"
BUILT_IN = "built-in"

_CODES = {"en": ("en",), "zh": ("zh-Hans", "zh-Hant"), "zh-Hans": ("zh-Hans",), "zh-Hant": ("zh-Hant",)}
_FOR_ONE = re.compile(r"\s*([A-Za-z]{2,3}(?:-[A-Za-z]{2,8})?)\s*=(.*)", re.DOTALL)


class EncoderUnusable(Exception):
    """An encoder cannot be loaded or gives no vectors to work with; the text says why, for operators, in one line."""


@dataclass(frozen=True)
class EncoderSetting:
    """The three settings as they were given; empty for what was not."""

    encoder: str = ""
    query_prompt: str = ""
    document_prompt: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "EncoderSetting":
        """What an operator set."""
        return cls(settings.encoder, settings.encoder_query_prompt, settings.encoder_document_prompt)

    def sources(self) -> dict[str, str]:
        """By language: "built-in", "none", or a model's name or folder.

        Raises:
            EncoderUnusable: When the setting cannot be understood.
        """
        named = {code: source.strip() for code, source in by_language("HUILU_ENCODER", self.encoder).items()}
        return {code: named.get(code) or BUILT_IN for code in LANGUAGES}

    def query_prompts(self) -> dict[str, str]:
        """What is put before a customer's words, by language. Raises EncoderUnusable."""
        return by_language("HUILU_ENCODER_QUERY_PROMPT", self.query_prompt)

    def document_prompts(self) -> dict[str, str]:
        """What is put before an article's phrasings, by language. Raises EncoderUnusable."""
        return by_language("HUILU_ENCODER_DOCUMENT_PROMPT", self.document_prompt)

    def __str__(self) -> str:
        return self.encoder or BUILT_IN


def by_language(variable: str, text: str) -> dict[str, str]:
    """What a setting says for each language; only the languages it says something for.

    Raises:
        EncoderUnusable: When it names no language of ours, or one twice.
    """
    if not text.strip():
        return {}
    if not _FOR_ONE.fullmatch(text):
        return dict.fromkeys(LANGUAGES, text)
    found: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        match = _FOR_ONE.fullmatch(part)
        codes = _CODES.get(match[1], ()) if match else ()
        if not match or not codes or found.keys() & set(codes):
            raise EncoderUnusable(
                f"{variable}: {part.strip()!r} cannot be understood. Give one for all languages, or LANGUAGE=... with "
                f"a semicolon between them, each language ({', '.join(_CODES)}) once."
            )
        found |= dict.fromkeys(codes, match[2])
    return found
