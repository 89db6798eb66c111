"""Tracker store: recent conversations in memory, every turn appended to SQL with one statement.

Rasa's SQLTrackerStore reads and replays the whole conversation for each message and inserts its events
one by one. Our own conversation log is the lasting record, so this store only has to be quick and to survive a restart.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import OrderedDict
from typing import Any

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

KEPT_IN_MEMORY = 2000


class RecentTrackerStore(SQLTrackerStore):
    """SQLTrackerStore with the latest trackers kept in memory.

    A tracker leaves memory while a turn works on it and returns when it is saved, so that a turn
    which dies half-way leaves nothing behind that was not stored.
    """

    def __init__(self, domain: Any = None, event_broker: Any = None, **kwargs: Any) -> None:
        self._recent: OrderedDict[str, tuple[DialogueStateTracker, int]] = OrderedDict()
        super().__init__(domain=domain, event_broker=event_broker, **kwargs)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of a conversation, from memory when it was saved lately."""
        kept = self._recent.pop(sender_id, None)
        if kept is not None:
            tracker, stored = kept
            self._mark(tracker, stored)
            return tracker
        tracker = await asyncio.get_running_loop().run_in_executor(None, self._read, sender_id)
        if tracker is not None:
            self._mark(tracker, len(tracker.events))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append what is new since the last save, then keep the tracker at hand."""
        stored = getattr(tracker, "huilu_stored", 0)
        fresh = list(itertools.islice(tracker.events, stored, None))
        if fresh:
            rows = [self._row(tracker.sender_id, event.as_dict(), event.type_name) for event in fresh]
            await asyncio.get_running_loop().run_in_executor(None, self._append, rows)
        self._recent[tracker.sender_id] = (tracker, len(tracker.events))
        while len(self._recent) > KEPT_IN_MEMORY:
            self._recent.popitem(last=False)

    def peek(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker as it was last saved, if still in memory; for reading only."""
        kept = self._recent.get(sender_id)
        return kept[0] if kept else None

    def forget(self, sender_id: str) -> int:
        """Erase a conversation from memory and SQL; returns the number of events erased."""
        self._recent.pop(sender_id, None)
        with self.session_scope() as session:
            count = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id).delete()
            session.commit()
            return int(count)

    @staticmethod
    def _mark(tracker: DialogueStateTracker, stored: int) -> None:
        tracker.huilu_stored = stored  # type: ignore[attr-defined]

    def _read(self, sender_id: str) -> DialogueStateTracker | None:
        with self.session_scope() as session:
            query = self._event_query(session, sender_id, fetch_events_from_all_sessions=True)
            events = [json.loads(event.data) for event in query.all()]
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots) if events else None

    def _append(self, rows: list[dict[str, Any]]) -> None:
        with self.engine.begin() as connection:
            connection.execute(self.SQLEvent.__table__.insert(), rows)

    @staticmethod
    def _row(sender_id: str, data: dict[str, Any], type_name: str) -> dict[str, Any]:
        return {
            "sender_id": sender_id,
            "type_name": type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": json.dumps(data),
        }
