"""The knowledge base as the rest of the product sees it: load, refresh, search."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread

from knowledge_base.articles.queries import (
    PublishedArticle,
    changes_since,
    count_published,
    published_articles,
    read_counter,
)
from knowledge_base.calibration import calibrated
from knowledge_base.decision import BALANCED, Manner, strength_of
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.index import IndexSnapshot, build_snapshot, merged_base, updated, with_base
from knowledge_base.lexical import TextFeatures
from knowledge_base.matching import find_matches_among
from knowledge_base.search import SearchResult, search
from knowledge_base.vectors import VectorFile
from storage.engine import Database

_log = logging.getLogger(__name__)


class KnowledgeBase:
    """Searches the published articles. Safe to use from several threads at once.

    A search works on the snapshot it found when it began; a refresh replaces the snapshot as a whole.

    Args:
        cache: Folder in which vectors are kept between starts; None keeps them in memory only.
        manner: How careful and how helpful it is to be.
    """

    def __init__(
        self, database: Database, encoder: Encoder, cache: Path | None = None, manner: Manner = BALANCED
    ) -> None:
        self._database = database
        self._encoder = encoder
        self._file = VectorFile(cache, encoder) if cache else None
        self._cache = cache
        self._manner = manner
        self._rebuilding = Lock()
        # Held while a snapshot and the encoder it was built with are read or replaced together.
        self._pairing = Lock()
        self._snapshot: IndexSnapshot | None = None
        self._calibrated_for = -1
        self._features = TextFeatures()
        self._merging: Thread | None = None
        self._merge_failed_at = -1

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

    @property
    def encoder(self) -> Encoder:
        """The encoder that is searched with now."""
        return self._encoder

    def load(self) -> None:
        """Build the index from the database, whether it changed or not."""
        with self._rebuilding:
            self._rebuild()
            self._merge_if_worn()

    def refresh(self) -> bool:
        """Bring the index up to date if any process changed an article since; returns whether one did.

        One select of one row when nothing changed, so it may be called every second. When something did, only the
        articles that changed are read; what that leaves to be done is done behind the scenes.
        """
        with self._rebuilding:
            with self._database.reading() as session:
                version = read_counter(session)
            changed = self._snapshot is None or self._snapshot.version != version
            if changed:
                self._update()
            self._merge_if_worn()
            return changed

    def settle(self) -> None:
        """Wait until what is done behind the scenes is done: merging what changed into the index, saving vectors."""
        if self._merging is not None:
            self._merging.join()
        if self._file:
            self._file.settle()

    def recalibrate(self) -> bool:
        """Learn anew from the phrasings, if articles changed since that was done; returns whether it did.

        Takes seconds; searches and refreshes go on meanwhile. What is learned is used with edits made meanwhile, too.
        """
        snapshot, encoder = self._searched()
        if snapshot.version == self._calibrated_for:
            return False
        learned = calibrated(snapshot, encoder)
        with self._rebuilding, self._pairing:
            now = self._snapshot
            if now is None or self._encoder is not encoder:
                return False
            head = learned.head.for_articles(now.keys) if learned.head else None
            self._snapshot = replace(now, head=head, calibration=learned.calibration)
            self._calibrated_for = learned.version
            return True

    def change_encoder(self, encoder: Encoder) -> None:
        """Build the index anew with another encoder, beside the one in use, and then search with that one.

        Searches and refreshes go on meanwhile; edits made meanwhile are in the new index when it is taken into use.

        Raises:
            EncoderUnusable: When the encoder cannot be used; then nothing changes. So it is with whatever else fails.
        """
        encoder.prepare()
        beside = KnowledgeBase(self._database, encoder, self._cache, self._manner)
        beside.load()
        # Most of what was edited meanwhile; nothing waits for this yet.
        beside.refresh()
        beside.settle()
        with self._rebuilding:
            beside.refresh()
            with self._pairing:
                self._encoder, self._file = beside._encoder, beside._file
                self._snapshot, self._calibrated_for = beside._snapshot, beside._calibrated_for
                self._features = beside._features
                self._merge_failed_at = -1

    def _searched(self) -> tuple[IndexSnapshot, Encoder]:
        """What is searched now, and the encoder whose vectors it holds."""
        if self._snapshot is None:
            self.refresh()
        with self._pairing:
            assert self._snapshot is not None
            return self._snapshot, self._encoder

    def search(self, text: str, language: str, context: str | None = None) -> SearchResult:
        """Find the articles that answer a customer's words, and decide what to do with them.

        Args:
            language: "en", "zh-Hans" or "zh-Hant": in which articles are to be shown. All languages are searched.
            context: The customer's earlier question, which a follow-up may only make sense with.
        """
        snapshot, encoder = self._searched()
        return search(snapshot, encoder, text, language, context, self._manner)

    def nearest_of(self, text: str, keys: Collection[str]) -> list[tuple[str, float]]:
        """How well a few articles fit a text, strongest first: key and strength, 0 to about 2."""
        snapshot, encoder = self._searched()
        matches = find_matches_among(snapshot, encoder, text, keys)
        return [(snapshot.keys[match.article], strength_of(match.features)) for match in matches]

    def article(self, key: str, language: str) -> PublishedArticle | None:
        """A published article in this language or the next best one; None when there is none."""
        return self.snapshot.article(key, language)

    def _update(self) -> None:
        """Take over what changed since, or everything when that cannot be told."""
        snapshot = self._snapshot
        made = None if snapshot is None else self._updated(snapshot)
        if made is None:
            self._rebuild()
        else:
            self._snapshot = made

    def _updated(self, snapshot: IndexSnapshot) -> IndexSnapshot | None:
        with self._database.reading() as session:
            # The counter first: articles read later can only be newer, and then the next refresh sees that.
            version = read_counter(session)
            if version < snapshot.version:
                # An older state of the database was put in place of the one that is known.
                return None
            changes = changes_since(session, snapshot.version)
            published = count_published(session)
            quiet = read_counter(session) == version
        # An edit is searched at once: what scores were worth before it is near enough until `recalibrate`.
        gone = set(changes.others)
        made = updated(snapshot, version, changes.published, gone, self._encoder, self._features, self._keep)
        # Articles may go without being counted, as when somebody cleans the tables up.
        return None if quiet and len(made.articles) != published else made

    def _keep(self, vectors: Mapping[str, Vectors]) -> None:
        if self._file:
            self._file.keep(vectors)

    def _rebuild(self) -> None:
        with self._database.reading() as session:
            # The counter first, for the same reason as in an update.
            version = read_counter(session)
            articles = published_articles(session)
        if self._snapshot is not None:
            known = self._snapshot.vectors
        else:
            known = self._file.read() if self._file else {}
            self._encoder.prepare()
        snapshot = build_snapshot(version, articles, self._encoder, known, self._features, self._keep)
        if self._snapshot is None:
            self._snapshot = calibrated(snapshot, self._encoder)
            self._calibrated_for = version
        else:
            head = self._snapshot.head.for_articles(snapshot.keys) if self._snapshot.head else None
            self._snapshot = replace(snapshot, head=head, calibration=self._snapshot.calibration)
        if self._file:
            self._file.tidy(snapshot.vectors)

    def _merge_if_worn(self) -> None:
        """Make the base of the index anew in a thread of its own; searches and edits go on meanwhile."""
        snapshot = self._snapshot
        if snapshot is None or not snapshot.worn or snapshot.version == self._merge_failed_at:
            return
        if self._merging is None or not self._merging.is_alive():
            # A thread that ends with the process: nothing is lost when it does.
            self._merging = Thread(target=self._merge, args=(snapshot, self._features), name="merge", daemon=True)
            self._merging.start()

    def _merge(self, snapshot: IndexSnapshot, features: TextFeatures) -> None:
        try:
            base = merged_base(snapshot, features)
            with self._rebuilding:
                now = self._snapshot
                if now is None or now.lineage is not snapshot.lineage:
                    return
                self._snapshot = made = with_base(now, base, features)
                if self._file:
                    self._file.tidy(made.vectors)
        except Exception:
            _log.exception("The index could not be merged; searches go on with it as it is.")
            self._merge_failed_at = snapshot.version
