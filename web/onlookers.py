"""Who has which case open right now, and who is writing there: kept in memory, and only as long as it is so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

# A page says every few seconds that somebody is still writing.
WRITING_SECONDS = 8.0
KINDS = ("reply", "note")


@dataclass(frozen=True)
class Onlooker:
    """A colleague at a case; `writing` is "reply", "note" or empty."""

    staff_id: str
    name: str
    writing: str


class Onlookers:
    """The colleagues at each case, as far as their pages are served by this process."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        # Pages that somebody has open on a case, counted: two tabs are one colleague.
        self._open: dict[str, dict[str, int]] = {}
        self._names: dict[str, str] = {}
        self._writing: dict[tuple[str, str], tuple[str, float]] = {}

    @contextmanager
    def looking(self, ticket_id: str, staff_id: str, name: str) -> Iterator[None]:
        """While the block runs, somebody has the case open."""
        here = self._open.setdefault(ticket_id, {})
        here[staff_id] = here.get(staff_id, 0) + 1
        self._names[staff_id] = name
        try:
            yield
        finally:
            here[staff_id] -= 1
            if not here[staff_id]:
                del here[staff_id]
                self._writing.pop((ticket_id, staff_id), None)
            if not here:
                self._open.pop(ticket_id, None)

    def note_writing(self, ticket_id: str, staff_id: str, kind: str) -> bool:
        """Somebody who has the case open writes a reply or a note there, or stopped; says whether that is news."""
        before = self._kind(ticket_id, staff_id)
        if kind not in KINDS or staff_id not in self._open.get(ticket_id, {}):
            self._writing.pop((ticket_id, staff_id), None)
            return bool(before)
        self._writing[ticket_id, staff_id] = kind, self._clock() + WRITING_SECONDS
        return before != kind

    def others(self, ticket_id: str, staff_id: str) -> list[Onlooker]:
        """Everybody else at a case, whoever writes first, then by name."""
        found = [
            Onlooker(each, self._names[each], self._kind(ticket_id, each))
            for each in self._open.get(ticket_id, {})
            if each != staff_id
        ]
        return sorted(found, key=lambda each: (not each.writing, each.name))

    def _kind(self, ticket_id: str, staff_id: str) -> str:
        kind, until = self._writing.get((ticket_id, staff_id), ("", 0.0))
        return kind if self._clock() < until else ""
