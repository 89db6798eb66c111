"""Asking GET /health until everything is up, in a thread of its own."""

from __future__ import annotations

import http.client
import json
import threading

# What people read for a component of /health; others are named as they are.
NAMES = {
    "dialogue_server": "Rasa",
    "rasa": "Rasa",
    "database": "the database",
    "knowledge_base": "the knowledge base",
    "app": "the application",
}


class Readiness(threading.Thread):
    """Polls http://host:port/health; `ready` is set at the first 200."""

    def __init__(self, host: str, port: int, every: float = 0.3) -> None:
        super().__init__(daemon=True)
        self.ready = threading.Event()
        self.components: dict[str, bool] | None = None
        self._host, self._port, self._every = host, port, every
        self._over = threading.Event()

    def run(self) -> None:
        """Ask until everything is ready or `stop` is called."""
        while not self._over.wait(self._every) and not self.ready.is_set():
            self._ask()

    def stop(self) -> None:
        """End the polling."""
        self._over.set()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=3)
        try:
            connection.request("GET", "/health")
            answer = connection.getresponse()
            self.components = components_of(answer.read(65536))
            if answer.status == 200:
                self.ready.set()
        except (OSError, http.client.HTTPException):
            self.components = None
        finally:
            connection.close()


def components_of(body: bytes) -> dict[str, bool]:
    """Return component -> whether it is well, from the body of /health; empty when it says nothing of the kind."""
    try:
        components = json.loads(body)["components"]
        states = {name: value.get("status") if isinstance(value, dict) else value for name, value in components.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {name: state in ("ok", True) for name, state in states.items()}


def loading_words(components: dict[str, bool] | None) -> str:
    """Return what is still loading, for people; None stands for an application that does not answer yet."""
    if components is None:
        return "the application and Rasa are loading"
    waiting = [NAMES.get(name, name) for name, well in components.items() if not well]
    if not waiting:
        return "nearly there"
    return " and ".join(waiting) + (" is loading" if len(waiting) == 1 else " are loading")
