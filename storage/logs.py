"""Logs as JSON lines, with one id from the browser to the action.

The id is the client's own id of the message a turn answers: the browser made it, the message is stored under it,
and the dialogue server hands it on to the actions.
"""

import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import msgspec

from storage.masking import masked

# What is being worked on in this task or thread; empty outside of a turn.
trace: ContextVar[str] = ContextVar("trace", default="")


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, trace, and `extra={"fields": {...}}`.

    Whatever looks like an e-mail address, a phone or card number or a token is hidden (see masking.py).
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if told := trace.get():
            line["trace"] = told
        for name, value in getattr(record, "fields", {}).items():
            line[name] = masked(value) if isinstance(value, str) else value
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return msgspec.json.encode(line, enc_hook=str).decode()


def log_as_json(quiet: tuple[str, ...] = ()) -> None:
    """Send every record from INFO on to standard error as JSON lines; from `quiet` loggers only warnings."""
    # Where a record comes from is not told, so it need not be looked for at each (see "Optimization" in the
    # documentation of logging).
    logging._srcfile = None  # type: ignore[assignment]
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
