"""Reading what is stored, past the app: the SQLite file itself, read-only."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.records import UNSETTLED, Stored, StoredMessage, StoredRetrieval, StoredTicket, StoredTurn

BUSY_SECONDS = 20


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, for reading only."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()


def unsettled(path: Path) -> int:
    """How many turns are not over."""
    with database(path) as connection:
        marks = ", ".join("?" * len(UNSETTLED))
        row = connection.execute(f"SELECT count(*) FROM turn WHERE state IN ({marks})", sorted(UNSETTLED)).fetchone()
        return int(row[0])


def read_stored(path: Path) -> dict[str, Stored]:
    """Every conversation with its messages, turns, trails and tickets, by id."""
    with database(path) as connection:
        rows = connection.execute("SELECT id, status FROM conversation")
        found = {row["id"]: Stored(row["id"], row["status"]) for row in rows}
        for row in connection.execute("SELECT * FROM message ORDER BY conversation_id, seq"):
            found[row["conversation_id"]].messages.append(_message(row))
        for row in connection.execute("SELECT * FROM turn ORDER BY conversation_id, seq, created_at"):
            found[row["conversation_id"]].turns.append(_turn(row))
        for row in connection.execute("SELECT * FROM retrieval ORDER BY conversation_id, created_at"):
            retrieval = StoredRetrieval(row["turn_id"], row["message_id"], row["query"])
            found[row["conversation_id"]].retrievals.append(retrieval)
        events = _events(connection)
        for row in connection.execute("SELECT * FROM ticket ORDER BY created_at"):
            found[row["conversation_id"]].tickets.append(_ticket(row, events.get(row["id"], [])))
    return found


def _message(row: sqlite3.Row) -> StoredMessage:
    return StoredMessage(
        id=row["id"],
        seq=row["seq"],
        client_id=row["client_id"],
        author=row["author"],
        text=row["text"],
        payload=_json(row["payload"]),
        turn_id=row["turn_id"],
        created_at=_required(row["created_at"]),
    )


def _turn(row: sqlite3.Row) -> StoredTurn:
    return StoredTurn(
        id=row["id"],
        message_id=row["message_id"],
        trigger=_json(row["trigger"]),
        seq=row["seq"],
        state=row["state"],
        attempt=row["attempt"],
        answered_by=row["answered_by"],
        created_at=_required(row["created_at"]),
        answered_at=_time(row["answered_at"]),
    )


def _ticket(row: sqlite3.Row, events: list[str]) -> StoredTicket:
    return StoredTicket(
        number=row["number"],
        turn_id=row["turn_id"],
        reason=row["reason"],
        contact=row["contact_email"] or row["contact_phone"] or "",
        created_at=_required(row["created_at"]),
        events=tuple(events),
    )


def _events(connection: sqlite3.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in connection.execute("SELECT ticket_id, kind FROM ticket_event ORDER BY ticket_id, position"):
        found.setdefault(row["ticket_id"], []).append(row["kind"])
    return found


def _json(text: str | None) -> Any:
    return json.loads(text) if text else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _required(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
