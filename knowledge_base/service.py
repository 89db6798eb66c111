"""The knowledge base as the rest of the product sees it: load, refresh, search."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from threading import Lock

from knowledge_base.articles.queries import PublishedArticle, published_articles, read_counter
from knowledge_base.calibration import calibrated
from knowledge_base.decision import strength_of
from knowledge_base.encoders import Encoder
from knowledge_base.index import IndexSnapshot, build_snapshot
from knowledge_base.lexical import TextFeatures
from knowledge_base.matching import find_matches_among
from knowledge_base.search import SearchResult, search
from knowledge_base.vectors import VectorFile
from storage.engine import Database


class KnowledgeBase:
    """Searches the published articles. Safe to use from several threads at once.

    A search works on the snapshot it found when it began; a refresh replaces the snapshot as a whole.

    Args:
        cache: Folder in which vectors are kept between starts; None keeps them in memory only.
    """

    def __init__(self, database: Database, encoder: Encoder, cache: Path | None = None) -> None:
        self._database = database
        self._encoder = encoder
        self._file = VectorFile(cache, encoder) if cache else None
        self._rebuilding = Lock()
        self._snapshot: IndexSnapshot | None = None
        self._calibrated_for = -1
        self._features = TextFeatures()

    @property
    def snapshot(self) -> IndexSnapshot:
        """What is searched now; loads it at the first call."""
        if self._snapshot is None:
            # Several threads may come at once: those that waited find it done.
            self.refresh()
        assert self._snapshot is not None
        return self._snapshot

    @property
    def version(self) -> int:
        """The value of the change counter that searches see."""
        return self.snapshot.version

    def load(self) -> None:
        """Build the index from the database, whether it changed or not."""
        with self._rebuilding:
            self._rebuild()

    def refresh(self) -> bool:
        """Rebuild the index if any process changed an article since; returns whether it was rebuilt.

        One select of one row when nothing changed, so it may be called every second.
        """
        with self._rebuilding:
            with self._database.reading() as session:
                version = read_counter(session)
            if self._snapshot is not None and self._snapshot.version == version:
                return False
            self._rebuild()
            return True

    def recalibrate(self) -> bool:
        """Fit anew what scores are worth, if articles changed since that was done; returns whether it did.

        Takes about as long as building the index does; searches and refreshes go on meanwhile.
        """
        snapshot = self._snapshot
        if snapshot is None or snapshot.version == self._calibrated_for:
            return False
        fitted = calibrated(snapshot)
        with self._rebuilding:
            if self._snapshot is not snapshot:
                return False
            self._snapshot = fitted
            self._calibrated_for = fitted.version
            return True

    def search(self, text: str, language: str, context: str | None = None, careful: bool = False) -> SearchResult:
        """Find the articles that answer a customer's words, and decide what to do with them.

        Args:
            language: "en", "zh-Hans" or "zh-Hant": in which articles are to be shown. All languages are searched.
            context: The customer's earlier question, which a follow-up may only make sense with.
            careful: Ask more of an answer, because a wrong one would cost more than a question back.
        """
        return search(self.snapshot, self._encoder, text, language, context, careful)

    def nearest_of(self, text: str, keys: Collection[str]) -> list[tuple[str, float]]:
        """How well a few articles fit a text, strongest first: key and strength, 0 to about 2."""
        snapshot = self.snapshot
        matches = find_matches_among(snapshot, self._encoder, text, keys)
        return [(snapshot.keys[match.article], strength_of(match.features)) for match in matches]

    def article(self, key: str, language: str) -> PublishedArticle | None:
        """A published article in this language or the next best one; None when there is none."""
        return self.snapshot.article(key, language)

    def _rebuild(self) -> None:
        with self._database.reading() as session:
            # The counter first: articles read later can only be newer, and then the next refresh sees that.
            version = read_counter(session)
            articles = published_articles(session)
        if self._snapshot is not None:
            known = self._snapshot.vectors
        else:
            known = self._file.read() if self._file else {}
            self._encoder.prepare()
        snapshot = build_snapshot(version, articles, self._encoder, known, self._features)
        if self._snapshot is None:
            self._snapshot = calibrated(snapshot)
            self._calibrated_for = version
        else:
            # An edit is searched at once: what scores were worth before it is near enough until `recalibrate`.
            self._snapshot = replace(snapshot, calibration=self._snapshot.calibration)
        if self._file and snapshot.vectors.keys() != known.keys():
            self._file.write(snapshot.vectors)
