"""Reading server-sent events."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """One event: its name, and its data as JSON."""

    name: str
    data: Any


@dataclass
class EventReader:
    """Takes bytes as they arrive, and yields every event that is whole."""

    _rest: bytes = b""
    _name: str = "message"
    _data: list[str] = field(default_factory=list)

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that these bytes complete; comments and ids are read over."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            event = self._line(line.rstrip(b"\r").decode("utf-8"))
            if event is not None:
                yield event

    def _line(self, line: str) -> Event | None:
        if not line:
            name, data = self._name, self._data
            self._name, self._data = "message", []
            return Event(name, json.loads("\n".join(data))) if data else None
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "event":
            self._name = value
        elif key == "data":
            self._data.append(value)
        return None
