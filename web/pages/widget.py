"""The chat as one script and one small file of words a language, put together once at start."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import minify

from support.files.rules import ACCEPTED, LARGEST_FILE, SUFFIXES
from texts.catalogue import LANGUAGES

FOLDER = Path(__file__).parent.parent / "assets" / "widget"
# As much as tells one version from another; more would only be more to load.
LENGTH_OF_TAG = 8
# The style sheet stands in one of the scripts, between these.
_STYLES = ("const STYLES = `", "`;")


@dataclass(frozen=True)
class Script:
    """What a browser loads, and a tag that changes with it."""

    source: str
    etag: str


@cache
def widget_script(consent: bool = False) -> Script:
    """Everything in one strict function, so that no name leaks into the page that loads it.

    Args:
        consent: Whether customers have to agree to the privacy notice before anything is kept.
    """
    server = {
        "consent": consent,
        "files": {"limit": LARGEST_FILE, "accept": ",".join(_choosable())},
        "texts": {language: widget_texts(language).etag.strip('"') for language in LANGUAGES},
    }
    parts = json.loads((FOLDER / "parts.json").read_text(encoding="utf-8"))
    joined = "\n".join(_without_spare_space((FOLDER / name).read_text(encoding="utf-8")) for name in parts)
    return _script(
        minify.string("application/javascript", f'(()=>{{"use strict";const SERVER={_compact(server)};{joined}}})();')
    )


def _choosable() -> list[str]:
    """What the browser's file chooser offers: kinds of pictures, so that phones hand over a JPEG, else endings."""
    return [each for kind in ACCEPTED for each in ([kind] if kind.startswith("image/") else SUFFIXES[kind])]


@cache
def widget_texts(language: str) -> Script:
    """The chat's words in one language."""
    return _script(_compact(json.loads((FOLDER / "texts.json").read_text(encoding="utf-8"))[language]))


def _without_spare_space(source: str) -> str:
    """A script whose style sheet is as short as it can be; the minifier of scripts leaves texts alone."""
    begin, end = _STYLES
    if begin not in source:
        return source
    before, rest = source.split(begin)
    sheet, after = rest.split(end, 1)
    return f"{before}{begin}{minify.string('text/css', sheet)}{end}{after}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _script(source: str) -> Script:
    return Script(source, f'"{hashlib.sha256(source.encode()).hexdigest()[:LENGTH_OF_TAG]}"')
