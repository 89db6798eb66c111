"""The life of a running Huilu: start everything, wait until it is ready, keep it up, end it on a signal."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence

from deploy.processes import Managed, Say, stop_all, tell_death
from deploy.readiness import Readiness, loading_words

# Seconds between two progress lines, and until the logs are pointed to.
PROGRESS_EVERY = 5.0
LONG_START = 120.0
# Deaths in a row before the first readiness that mean "it will not start".
HOPELESS = 5
# Two signals closer than this (seconds) are one wish: make passes SIGTERM on to a group that got it already.
_ONE_WISH = 0.5


class StopWish:
    """Notes SIGINT, SIGTERM and SIGHUP: the first asks for an orderly end, a later one for an end at once."""

    def __init__(self) -> None:
        self.asked = False
        self.hurry = False
        self._first = 0.0

    def listen(self) -> None:
        """Take over the signals of this process."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        now = time.monotonic()
        if not self.asked:
            self.asked, self._first = True, now
        elif now - self._first > _ONE_WISH:
            self.hurry = True


class Supervisor:
    """Runs the processes until a signal comes, or until they cannot be kept up."""

    def __init__(
        self, processes: Sequence[Managed], readiness: Readiness, stop: StopWish, say: Say, restart: bool = True
    ) -> None:
        self._processes, self._readiness, self._stop, self._say, self._restart = (
            processes,
            readiness,
            stop,
            say,
            restart,
        )
        self._is_ready = False
        self._next_progress = PROGRESS_EVERY
        self._hint_given = False

    def run(self, on_ready: Callable[[float], None]) -> int:
        """Start everything, call `on_ready(seconds)` once, and return the exit code: 0 after a signal, else 1."""
        start = time.monotonic()
        code: int | None = None
        try:
            for process in self._processes:
                process.start()
            self._readiness.start()
            while code is None:
                code = self._turn(time.monotonic() - start, on_ready)
                time.sleep(0.1)
        finally:
            self._readiness.stop()
            if self._stop.asked:
                self._say("Stopping ... (Ctrl-C again stops at once)")
            stop_all(self._processes, lambda: self._stop.hurry)
        return code

    def _turn(self, seconds: float, on_ready: Callable[[float], None]) -> int | None:
        if self._stop.asked:
            return 0
        if self._look_after_deaths():
            return 1
        if not self._is_ready:
            if self._readiness.ready.is_set():
                self._is_ready = True
                on_ready(seconds)
            else:
                self._show_progress(seconds)
        return None

    def _look_after_deaths(self) -> bool:
        """Start again what died; return True when that is no use."""
        for process in self._processes:
            how = process.death()
            if how is not None:
                hopeless = not self._is_ready and process.deaths_in_a_row >= HOPELESS
                again = process.plan_restart() if self._restart and not hopeless else None
                tell_death(process, how, again, self._say)
                if again is None:
                    if hopeless:
                        self._say(f"{process.name} failed {HOPELESS} times, so Huilu cannot start.")
                    return True
            elif process.restart_at is not None and time.monotonic() >= process.restart_at:
                process.start()
        return False

    def _show_progress(self, seconds: float) -> None:
        if seconds < self._next_progress:
            return
        self._next_progress += PROGRESS_EVERY
        self._say(f"Starting: {loading_words(self._readiness.components)} ({seconds:.0f} s) ...")
        if seconds > LONG_START and not self._hint_given:
            self._hint_given = True
            self._say("This takes longer than usual. The logs say more; VERBOSE=1 make run shows them here.")
