"""The servers that are measured: started as `make run` starts them, in a folder of their own."""

import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Use, children_by_name
from tests.running import RunningServers, start_servers

# For loads that open more conversations at once than is let in otherwise.
WITHOUT_LIMITS = {"HUILU_LIMITS": "off"}
MODULES = {"rasa": "rasa", "app": "web"}
_TROUBLE = re.compile(r"\b(?:WARNING|ERROR|CRITICAL)\b|^\S+ Traceback ")
_TIMES = re.compile(r"^\S+Z (?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)? )?")


@dataclass(frozen=True)
class MeasuredServers:
    """Running servers and what they took to start.

    Attributes:
        seconds: From starting deploy/run.py until everything was ready.
    """

    running: RunningServers
    seconds: float

    @property
    def address(self) -> str:
        """Where the app answers."""
        return self.running.address

    def use(self) -> dict[str, Use]:
        """What each process takes; empty where there is no /proc."""
        return children_by_name(self.running.process.pid, MODULES)

    def troubles(self) -> dict[str, int]:
        """Warnings and errors in the logs so far, without their times, and how often each was written."""
        counts: dict[str, int] = {}
        for log in sorted((self.running.home / "log").glob("*.log")):
            for line in trouble_lines(log.read_text(encoding="utf-8", errors="replace")):
                said = f"{log.stem}: {line}"
                counts[said] = counts.get(said, 0) + 1
        return counts


def trouble_lines(log: str) -> list[str]:
    """The lines of a log that warn or tell of an error, without the times before them."""
    return [_TIMES.sub("", line) for line in log.splitlines() if _TROUBLE.search(line)]


@contextmanager
def servers(folder: Path, more: dict[str, str] | None = None) -> Iterator[MeasuredServers]:
    """Start Rasa and the app with everything they write in `folder`, and end them afterwards.

    Args:
        more: Further environment variables.

    Raises:
        StartFailed: When the environments or the model are missing, or the servers are not ready in time.
    """
    begun = time.monotonic()
    running = start_servers(folder, more=more)
    seconds = time.monotonic() - begun
    try:
        yield MeasuredServers(running, seconds)
    finally:
        running.stop()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="huilu-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def write_json(path: Path, figures: object) -> None:
    """Write figures for a machine to read."""
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
