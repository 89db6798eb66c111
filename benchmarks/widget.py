"""How many bytes a website loads with the chat."""

import argparse
import gzip
from typing import Any

from benchmarks.tables import table
from web.pages.widget import widget_script

# What the app compresses with.
LEVEL = 6


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """Bytes of /widget.js, as it is and as browsers get it."""
    script = widget_script().source.encode()
    return {"bytes": len(script), "bytes_gzipped": len(gzip.compress(script, LEVEL))}


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    return table(["/widget.js", "bytes"], [["raw", figures["bytes"]], ["gzipped", figures["bytes_gzipped"]]])
