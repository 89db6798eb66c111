"""Starting processes, keeping them up, and ending them so that none stays behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from deploy.layout import REPOSITORY
from deploy.procfile import Entry
from storage.masking import masked

# Seconds from SIGTERM to SIGKILL.
GRACE = 8.0
LONGEST_PAUSE = 30.0
# A process that ran this long (seconds) starts over with the shortest pause when it dies.
HEALTHY_AFTER = 60.0
LOG_LIMIT = 10_000_000

_TETHER = str(Path(__file__).with_name("tether.py"))

Say = Callable[[str], None]


def pause_before_restart(deaths_in_a_row: int) -> float:
    """Return the seconds to wait before the next start: 1, 2, 4, 8, 16, then 30."""
    return min(2.0 ** max(deaths_in_a_row - 1, 0), LONGEST_PAUSE)


# Groups of exceptions are drawn with bars before each line.
_EXCEPTION = re.compile(r"[ |+-]*[A-Za-z_][\w.]*(?:Error|Exception)\b(?:: |$)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Alarm:
    """Decides which lines of a log reach the terminal: warnings, errors, and tracebacks as a whole."""

    _LOUD = re.compile(r"\b(?:WARNING|ERROR|CRITICAL|FATAL)\b|^\w*(?:Error|Exception)\b:")

    def __init__(self, everything: bool = False) -> None:
        self._everything = everything
        self._in_traceback = False

    def shows(self, line: str) -> bool:
        """Say whether this line is shown; lines have to come in their order."""
        if line.startswith("Traceback (most recent call last)"):
            self._in_traceback = True
        elif self._in_traceback and line and not line[0].isspace():
            # The first line back at the margin names the exception and ends the traceback.
            self._in_traceback = False
            return True
        return self._everything or self._in_traceback or self._LOUD.search(line) is not None


class LogFile:
    """A log of a bounded size: beyond the limit the file becomes <name>.1 and a new one begins."""

    def __init__(self, path: Path, limit: int = LOG_LIMIT) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self._limit = path, limit
        self._file = self._open()

    def _open(self) -> IO[str]:
        return open(self.path, "a", encoding="utf-8")

    def write(self, line: str) -> None:
        """Append one line with the UTC time before it."""
        if self._file.tell() > self._limit:
            self._file.close()
            self.path.replace(self.path.with_name(self.path.name + ".1"))
            self._file = self._open()
        self._file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n")
        self._file.flush()


class Managed:
    """One process of the Procfile through all its starts. Use it from the main thread only.

    The kernel ties a child to the thread that started it, so starts from a passing thread would end with it.
    """

    def __init__(
        self, entry: Entry, environ: Mapping[str, str], log: LogFile, say: Say, everything: bool = False
    ) -> None:
        self.name = entry.name
        self.deaths_in_a_row = 0
        self.restart_at: float | None = None
        self._entry, self._environ, self._log, self._say, self._everything = entry, environ, log, say, everything
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._started = 0.0
        self._recent: list[tuple[str, bool]] = []

    @property
    def pid(self) -> int | None:
        """The number of the running process, None when it is not running."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the process as leader of its own group, its output read line by line."""
        self.restart_at = None
        self._started = time.monotonic()
        self._recent = []
        self._process = subprocess.Popen(
            [sys.executable, "-S", _TETHER, str(os.getpid()), *self._entry.argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self._environ, **self._entry.extra_environ},
            cwd=REPOSITORY,
            start_new_session=True,
        )
        self._log.write(f"--- {self.name} started as process {self._process.pid}")
        self._reader = threading.Thread(target=self._read, args=(self._process, Alarm(self._everything)), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[bytes], alarm: Alarm) -> None:
        assert process.stdout is not None
        for raw in process.stdout:
            line = masked(_COLOUR.sub("", raw.decode("utf-8", "replace")).rstrip("\r\n"))
            self._log.write(line)
            shown = alarm.shows(line)
            self._recent = [*self._recent[-49:], (line, shown)]
            if shown:
                self._say(f"{self.name:<5}| {line}")

    def death(self) -> str | None:
        """When the process has ended since the last call, clean up after it and say how it ended; else None."""
        if self._process is None or self._process.poll() is None:
            return None
        process, self._process = self._process, None
        # What it started itself goes with it, or it would hold the port against the next start.
        _signal_group(process.pid, signal.SIGKILL)
        if self._reader:
            self._reader.join(timeout=1)
        if time.monotonic() - self._started > HEALTHY_AFTER:
            self.deaths_in_a_row = 0
        self.deaths_in_a_row += 1
        how = ending(process.returncode)
        self._log.write(f"--- {self.name} {how}")
        return how

    def last_words(self) -> list[str]:
        """Return what the process last wrote that tells why it ended and was not on the terminal already."""
        return last_words(self._recent)

    def plan_restart(self) -> float:
        """Set the time of the next start and return the seconds until then."""
        pause = pause_before_restart(self.deaths_in_a_row)
        self.restart_at = time.monotonic() + pause
        return pause

    def signal(self, number: int) -> None:
        """Send a signal to the whole group of the running process."""
        if self._process is not None:
            _signal_group(self._process.pid, number)


def last_words(recent: Sequence[tuple[str, bool]]) -> list[str]:
    """Return the last exception among the (line, shown) pairs, else the last five lines; less what was shown."""
    exceptions = [(line.lstrip(" |+-"), shown) for line, shown in recent if _EXCEPTION.match(line)]
    if exceptions:
        return [line for line, shown in exceptions[-1:] if not shown]
    return [] if any(shown for _, shown in recent[-5:]) else [line for line, _ in recent[-5:]]


def ending(code: int) -> str:
    """Return in words how a process ended, from its return code as subprocess gives it."""
    if code >= 0:
        return f"stopped with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def stop_all(processes: Sequence[Managed], hurry: Callable[[], bool], grace: float = GRACE) -> None:
    """End all processes: SIGTERM to each group, then SIGKILL after `grace` seconds, or as soon as `hurry()` is true."""
    for process in processes:
        process.signal(signal.SIGTERM)
    deadline = time.monotonic() + grace
    running: dict[str, Managed] = {process.name: process for process in processes}
    while running:
        if hurry() or time.monotonic() > deadline:
            for process in running.values():
                process.signal(signal.SIGKILL)
        for process in list(running.values()):
            process.death()
            if process.pid is None:
                del running[process.name]
        time.sleep(0.05)


def tell_death(process: Managed, how: str, again: float | None, say: Say) -> None:
    """Say that a process ended, with its last words, and when it will be started again."""
    then = f"; starting it again in {again:.0f} s" if again is not None else ""
    say(f"{process.name} {how}{then}.")
    for line in process.last_words():
        say(f"{process.name:<5}| {line}")
