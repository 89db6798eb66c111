"""How long a start takes: the first one, which loads the demo shop, and the second, which is what a restart costs."""

import argparse
from typing import Any

from benchmarks.servers import servers, temporary_folder
from benchmarks.tables import table


def measure(_: argparse.Namespace) -> dict[str, Any]:
    """Seconds from `deploy/run.py` until everything is ready, twice in the same folder.

    Raises:
        StartFailed: When the servers do not start.
    """
    figures: dict[str, Any] = {}
    with temporary_folder() as folder:
        for name in ("first_seconds", "second_seconds"):
            with servers(folder) as started:
                figures[name] = round(started.seconds, 1)
    return figures


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [
        ["first, with an empty home", f"{figures['first_seconds']:.1f}"],
        ["second", f"{figures['second_seconds']:.1f}"],
    ]
    return table(["start", "seconds"], rows)
