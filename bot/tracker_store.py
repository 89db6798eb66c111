"""Tracker store: recent conversations in memory, each bounded to its last turn, and a row per conversation on disk.

Rasa's SQLTrackerStore reads and replays the whole conversation for each message and inserts its events one by
one. Our own conversation log is the lasting record, so this store only has to be quick, to survive a restart,
and to stay small (see bot/recent_events.py and bot/snapshots.py). No event broker is fed.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot.recent_events import recent_events
from bot.snapshots import Snapshots

KEPT_IN_MEMORY = 2000


class _Kept(NamedTuple):
    tracker: DialogueStateTracker
    events: tuple[Event, ...]


class RecentTrackerStore(TrackerStore):
    """Keeps the latest trackers in memory and all of them on disk.

    A turn never works on what is kept: it gets a tracker of its own, made from the kept events just as after
    a restart. So a turn which dies half-way leaves nothing behind.
    """

    def __init__(
        self, domain: Any = None, event_broker: Any = None, db: str = "rasa-tracker.db", **kwargs: Any
    ) -> None:
        self._recent: OrderedDict[str, _Kept] = OrderedDict()
        self._snapshots = Snapshots(Path(db))
        super().__init__(domain, event_broker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A tracker of its own for a turn of this conversation; None when the conversation is new."""
        kept = self._recent.get(sender_id)
        events = kept.events if kept else self._snapshots.get(sender_id)
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots) if events else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a tracker, bounded to its last turn. It must not be worked on any more."""
        events = recent_events(tracker)
        tracker.events = deque(events)
        self._recent[tracker.sender_id] = _Kept(tracker, events)
        self._recent.move_to_end(tracker.sender_id)
        if events:
            self._snapshots.put(tracker.sender_id, events)
        while len(self._recent) > KEPT_IN_MEMORY:
            self._recent.popitem(last=False)

    async def keys(self) -> Iterable[str]:
        """All conversations there are."""
        return self._snapshots.sender_ids()

    def peek(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker as it was last saved, if still in memory; for reading only."""
        kept = self._recent.get(sender_id)
        return kept.tracker if kept else None

    def forget(self, sender_id: str) -> bool:
        """Erase a conversation from memory and disk; says whether there was one."""
        self._recent.pop(sender_id, None)
        return self._snapshots.erase(sender_id)

    def flush(self) -> None:
        """Write what is only in memory yet."""
        self._snapshots.flush()

    def close(self) -> None:
        """Write what is only in memory yet, and close the file; nothing can be saved afterwards."""
        self._snapshots.close()
