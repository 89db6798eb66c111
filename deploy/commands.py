"""Running a long command: its output goes to a log, a person sees that it goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.layout import REPOSITORY
from deploy.troubles import explain, last_lines

# Seconds between two signs of life: on a terminal the line is rewritten, elsewhere a new one is printed.
_BEAT_TERMINAL = 1.0
_BEAT_PLAIN = 15.0

Progress = Callable[[str], "str | None"]


class CommandFailed(Exception):
    """A command of the set-up failed; the text holds its last lines, the log's path and what to do."""


def package_counter(expected: int) -> Progress:
    """Return a reader of pip's output that says how far it is: "41 of 98 packages"."""
    seen = 0

    def read(line: str) -> str | None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen = min(seen + 1, expected)
            return f"{seen} of {expected} packages"
        return "unpacking" if line.startswith("Installing collected packages") else None

    return read


class _Listener(threading.Thread):
    """Reads the output of a process into a log and into memory, and keeps a note on its progress."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, progress: Progress | None) -> None:
        super().__init__(daemon=True)
        self.note = ""
        self.lines: list[str] = []
        self._process, self._log, self._progress = process, log, progress

    def run(self) -> None:
        assert self._process.stdout is not None
        with open(self._log, "a", encoding="utf-8") as out:
            for raw in self._process.stdout:
                line = raw.decode("utf-8", "replace")
                self.lines.append(line)
                out.write(line)
                out.flush()
                self.note = (self._progress and self._progress(line)) or self.note


def run_logged(
    command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None, progress: Progress | None = None
) -> str:
    """Run `command` in the repository to its end, its output appended to `log`, with signs of life; return the output.

    Raises CommandFailed when it cannot start or ends with another code than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        process = subprocess.Popen(
            list(command),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=dict(environ or quiet_environ()),
            cwd=REPOSITORY,
        )
    except OSError as trouble:
        raise CommandFailed(f"{command[0]} could not be started: {trouble.strerror}") from None
    listener = _Listener(process, log, progress)
    listener.start()
    try:
        _beat_until_done(process, listener)
    except BaseException:
        _end(process)
        raise
    listener.join(timeout=10)
    output = "".join(listener.lines)
    if process.returncode != 0:
        raise CommandFailed(failure_text(output, process.returncode, log))
    return output


def failure_text(output: str, code: int, log: Path) -> str:
    """Return what a person reads after a failed command: its last lines, the log, what to do."""
    shown = [f"      | {line}" for line in last_lines(output)]
    advice = explain(output + ("\nKilled" if code == -9 else ""))
    lines = ["It failed. The last lines were:", *shown, f"The whole output is in {log}", advice]
    return "\n".join(lines).rstrip()


def _beat_until_done(process: subprocess.Popen[bytes], listener: _Listener) -> None:
    terminal = sys.stdout.isatty()
    start = time.monotonic()
    while True:
        try:
            process.wait(timeout=_BEAT_TERMINAL if terminal else _BEAT_PLAIN)
            break
        except subprocess.TimeoutExpired:
            passed = f"      {time.monotonic() - start:.0f} s" + (f", {listener.note}" if listener.note else "")
            print(f"\r\033[K{passed}" if terminal else passed, end="" if terminal else "\n", flush=True)
    if terminal:
        print("\r\033[K", end="", flush=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def quiet_environ(**extra: str) -> dict[str, str]:
    """Return the environment for commands of the set-up: without colours and chatter, and without a person's own
    Python settings, which would reach into the environments we make.
    """
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH", "PIP_USER")}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", **extra}
