"""How many bytes a website loads with the chat."""

import argparse
import gzip
from typing import Any

from benchmarks.tables import table
from texts.catalogue import LANGUAGES
from web.pages.widget import Script, widget_script, widget_texts

# What the app compresses with.
LEVEL = 6


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """Bytes of /widget.js and of the words of each language, as they are and as browsers get them.

    A visit loads the script and the words of one language; `visit_gzipped` is the most that comes to.
    """
    words = {language: _sizes(widget_texts(language)) for language in LANGUAGES}
    script = _sizes(widget_script())
    largest = max(sizes["bytes_gzipped"] for sizes in words.values())
    return {**script, "words": words, "visit_gzipped": script["bytes_gzipped"] + largest}


def _sizes(file: Script) -> dict[str, int]:
    source = file.source.encode()
    return {"bytes": len(source), "bytes_gzipped": len(gzip.compress(source, LEVEL))}


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [["script", figures["bytes"], figures["bytes_gzipped"]]]
    rows += [[name, sizes["bytes"], sizes["bytes_gzipped"]] for name, sizes in figures["words"].items()]
    rows.append(["script and words of one language, at most", "", figures["visit_gzipped"]])
    return table(["the chat", "bytes", "gzipped"], rows)
