"""Settled cases by meaning, kept in memory and in step with the database.

Only vectors are kept, no words. They are made behind the scenes, the latest cases first. What was opened again or
erased is let go of at the next look, and what is shown is read from the database each time.
"""

import time
from datetime import datetime, timedelta
from threading import Event, Lock

from knowledge_base.service import KnowledgeBase
from knowledge_base.similar_texts import SimilarTexts
from storage.base import now
from storage.engine import Database
from support.suggestions import queries

# Beyond so many the oldest are not kept: measured, so many take 130 MB.
MOST_CASES = 100_000
# Read and encoded at once.
PAGE = 256
# A change may be committed a little after the time it bears.
OVERLAP = timedelta(seconds=60)
# Measured with the built-in encoders: the same trouble lies mostly above, in another language too; others below 0.35.
LEAST_LIKENESS = 0.45


class SolvedCases:
    """Finds settled cases like the one at hand. Safe to use from several threads at once."""

    def __init__(self, database: Database, knowledge_base: KnowledgeBase, most: int = MOST_CASES) -> None:
        self._database = database
        self._knowledge_base = knowledge_base
        self._most = most
        self._changing = Lock()
        self._stopping = Event()
        self._texts: SimilarTexts | None = None
        self._seen_until = now()
        # Where the way back through older cases has come to; None when it is at its end.
        self._back_to: tuple[datetime, str] | None = None

    def __len__(self) -> int:
        """How many cases are kept."""
        return len(self._texts) if self._texts else 0

    def keep_up(self) -> None:
        """Take over all that changed, and the older cases that are not known yet. Minutes at the first call."""
        while not self._stopping.is_set():
            started = time.monotonic()
            if not (self.refresh() and self._further_back()):
                return
            # As long as that took others come to work, so that no customer waits for it.
            self._stopping.wait(time.monotonic() - started)

    def stop(self) -> None:
        """End `keep_up` soon: the app is about to stop."""
        self._stopping.set()

    def refresh(self) -> bool:
        """Take over what changed since; False when somebody else is at it.

        Quick but for the first time, when nothing is read yet.
        """
        if not self._changing.acquire(blocking=False):
            return False
        try:
            encoder = self._knowledge_base.encoder
            if self._texts is None or self._texts.encoder is not encoder:
                self._texts = SimilarTexts(encoder)
                self._seen_until = now()
                self._back_to = (self._seen_until, "")
            moment = now()
            with self._database.reading() as session:
                changed = queries.changed_since(session, self._seen_until - OVERLAP)
            self._texts.update({each.ticket_id: each.text for each in changed})
            self._seen_until = moment
            return True
        finally:
            self._changing.release()

    def like(self, text: str, count: int) -> list[tuple[str, float]]:
        """Ids of the settled cases nearest in meaning, best first, with their likeness; to be looked up afresh."""
        texts = self._texts
        found = texts.nearest(text, count) if texts and text else []
        return [(key, likeness) for key, likeness in found if likeness >= LEAST_LIKENESS]

    def understands(self, text: str) -> bool:
        """Whether there is a sentence model that reads such a text."""
        return self._knowledge_base.encoder.covers(text)

    def _further_back(self) -> bool:
        """Take over one page of older cases; False when there are no more to be kept."""
        with self._changing:
            if self._texts is None or self._back_to is None:
                return False
            moment, ticket_id = self._back_to
            room = min(PAGE, self._most - len(self._texts))
            if room <= 0:
                self._back_to = None
                return False
            with self._database.reading() as session:
                page = queries.changed_before(session, moment, ticket_id, room)
            self._texts.update({each.ticket_id: each.text for each in page if each.ticket_id not in self._texts})
            self._back_to = (page[-1].updated_at, page[-1].ticket_id) if len(page) == room else None
            return self._back_to is not None
