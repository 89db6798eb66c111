"""The chat as one script: texts and parts joined once at start."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import minify

FOLDER = Path(__file__).parent.parent / "assets" / "widget"


@dataclass(frozen=True)
class Script:
    """The script and a tag that changes with it."""

    source: str
    etag: str


@cache
def widget_script() -> Script:
    """Everything in one strict function, so that no name leaks into the page that loads it."""
    texts = json.loads((FOLDER / "texts.json").read_text(encoding="utf-8"))
    parts = json.loads((FOLDER / "parts.json").read_text(encoding="utf-8"))
    joined = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in parts)
    compact = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    whole = f'(() => {{\n"use strict";\nconst TEXTS = {compact};\n{joined}\n}})();\n'
    source = minify.string("application/javascript", whole)
    return Script(source, f'"{hashlib.sha256(source.encode()).hexdigest()[:16]}"')
