"""The demo shop's name, products, staff and ready replies, as data."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def read_shop() -> dict[str, Any]:
    """The contents of shop.json."""
    shop: dict[str, Any] = json.loads((FOLDER / "shop.json").read_text(encoding="utf-8"))
    return shop


@cache
def read_macros() -> list[dict[str, Any]]:
    """The ready replies in macros.json."""
    macros: list[dict[str, Any]] = json.loads((FOLDER / "macros.json").read_text(encoding="utf-8"))
    return macros
