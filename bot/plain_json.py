"""JSON out of what Rasa holds, which may be numpy's kind of text and numbers."""

from __future__ import annotations

from typing import Any

import msgspec


def encode(value: Any) -> bytes:
    """JSON of a value.

    Raises:
        TypeError: When something in it has no form in JSON.
    """
    return _encoder.encode(value)


def _plain(value: Any) -> Any:
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON.")


_encoder = msgspec.json.Encoder(enc_hook=_plain)
