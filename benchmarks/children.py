"""Starting servers that are measured beside our own, and ending them so that none stays behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from benchmarks.processes import Use, all_processes, use_of_tree
from deploy.layout import REPOSITORY
from tests.running import START_SECONDS, StartFailed

_TETHER = REPOSITORY / "deploy" / "tether.py"
# Seconds from SIGTERM to SIGKILL.
_GRACE = 8.0
_LAST_WORDS = 3000
# Addresses of this machine are not asked for through a proxy.
_direct = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Child:
    """A process of ours, what to call it and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:]


@contextmanager
def child(
    name: str, command: Sequence[str], folder: Path, environ: Mapping[str, str], cwd: Path | None = None
) -> Iterator[Child]:
    """Run a command, its output in a log in `folder`, and end it with all it started.

    Args:
        cwd: Where it runs; `folder` unless said otherwise.
    """
    log = folder / f"{name}.log"
    # The tether ends it with this process, however this one ends.
    tied = [sys.executable, "-S", str(_TETHER), str(os.getpid()), *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            tied,
            cwd=cwd or folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Child(name, process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        # The group, for what it started itself.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)


def wait_until_ready(children: Mapping[str, Child]) -> None:
    """Wait until each answers.

    Args:
        children: By the address to ask until it answers with 200.

    Raises:
        StartFailed: When one ended, or is not ready in time; with its last words.
    """
    deadline = time.monotonic() + START_SECONDS
    for address, one in children.items():
        while not _answers(address):
            if one.process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed(f"{one.name} did not become ready at {address}.\n{one.last_words()}")
            time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        with _direct.open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def uses_of(children: Sequence[Child]) -> dict[str, Use]:
    """What each takes, with all it started; empty where there is no /proc."""
    processes = all_processes()
    return {one.name: use_of_tree(one.process.pid, processes) for one in children if one.process.pid in processes}
