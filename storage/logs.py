"""Logs as JSON lines, with one id from the browser to the action.

The id is the client's own id of the message a turn answers: the browser made it, the message is stored under it,
and the dialogue server hands it on to the actions.
"""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# What is being worked on in this task or thread; empty outside of a turn.
trace: ContextVar[str] = ContextVar("trace", default="")

# What every record has; whatever else a record holds was given by `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, trace, and the fields given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _USUAL}
        if "trace" not in line and trace.get():
            line["trace"] = trace.get()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json(quiet: tuple[str, ...] = ()) -> None:
    """Send every record from INFO on to standard error as JSON lines; from `quiet` loggers only warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
