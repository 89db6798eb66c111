"""The index: everything a search needs, made of the published articles, never changed afterwards."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from knowledge_base.articles.queries import PublishedArticle
from knowledge_base.decision import GENERAL, Calibration
from knowledge_base.dense import DenseIndex
from knowledge_base.encoders import Encoder, Vectors
from knowledge_base.head import Head
from knowledge_base.lexical import TextFeatures
from knowledge_base.lexical_matrix import LexicalMatrix
from knowledge_base.naive_head import NaiveHead
from knowledge_base.segments import (
    Base,
    Entry,
    KnownVectors,
    Phrasings,
    Segments,
    base_of,
    block_of,
    delta_of,
    gathered,
    joined,
    phrasings_of,
)

_log = logging.getLogger(__name__)

# Up to so many phrasings the base is made anew with every edit, which takes a few hundredths of a second.
SMALL = 5_000
# Beyond either, the naive head would take too long to be made anew with every edit, and has no say.
NAIVE_ARTICLES, NAIVE_PHRASINGS = 2_000, 15_000
# Texts that are encoded together, and kept before the next ones are.
_ENCODED_AT_ONCE = 512
_TOLD_EVERY = 4 * _ENCODED_AT_ONCE

# Who reads which language when an article is missing in their own.
_NEXT_BEST = {
    "en": ("en", "zh-Hans", "zh-Hant"),
    "zh-Hans": ("zh-Hans", "zh-Hant", "en"),
    "zh-Hant": ("zh-Hant", "zh-Hans", "en"),
}


@dataclass(frozen=True)
class IndexSnapshot:
    """What is searched: one state of the knowledge base.

    Attributes:
        version: Value of the change counter when it was read.
        entries: All phrasings, sorted by their article's key and language.
        keys: The articles' keys, sorted; `article_of[i]` is the position in it of entry i's article.
        articles: Every published article by key and language.
        vectors: The vector of each covered text, to be used again by the next snapshot.
        naive, head: What the words, and what the vector of a query say of each article as a whole. The head was
            fitted to this state of the knowledge base or to an earlier one; None before it was fitted.
        held: The articles with their phrasings, as the segments know them.
        lineage: The same object in all snapshots that came of one another; what was prepared for one of another
            lineage does not fit.
    """

    version: int
    entries: tuple[Entry, ...]
    keys: tuple[str, ...]
    article_of: NDArray[np.int64]
    articles: Mapping[tuple[str, str], PublishedArticle]
    lexical: LexicalMatrix
    naive: NaiveHead
    dense: DenseIndex | None
    vectors: Mapping[str, Vectors] = field(repr=False)
    held: Mapping[tuple[str, str], Phrasings] = field(repr=False)
    segments: Segments = field(repr=False)
    lineage: object = field(repr=False)
    worn: bool = False
    head: Head | None = field(default=None, repr=False)
    calibration: Calibration = GENERAL

    @cached_property
    def first_entries(self) -> NDArray[np.int64]:
        """The first entry of each article, by its number, and at the end how many entries there are."""
        return np.searchsorted(self.article_of, np.arange(len(self.keys) + 1))

    def article(self, key: str, language: str) -> PublishedArticle | None:
        """The article in this language, else in the one its readers understand best; None when there is none."""
        for code in _NEXT_BEST.get(language, _NEXT_BEST["en"]):
            if (key, code) in self.articles:
                return self.articles[key, code]
        return None


Keep = Callable[[Mapping[str, Vectors]], object]


def build_snapshot(
    version: int,
    articles: Sequence[PublishedArticle],
    encoder: Encoder,
    known: Mapping[str, Vectors],
    features: TextFeatures | None = None,
    keep: Keep | None = None,
) -> IndexSnapshot:
    """Build the index of some articles. Only texts without a vector in `known` are encoded.

    Args:
        features: The features of the texts as they were known so far, to be kept for the next time.
        keep: Given the vectors of new texts, some at a time, as soon as they are there.
    """
    numbers = features or TextFeatures()
    held = {(article.key, article.language): phrasings_of(article) for article in articles}
    vectors = _vectors(encoder, held.values(), known, keep)
    base = base_of(block_of(_in_order(held), numbers, vectors, encoder.dimension), numbers)
    return _snapshot(version, held, _only(base, numbers), numbers, object())


def updated(
    snapshot: IndexSnapshot,
    version: int,
    articles: Iterable[PublishedArticle],
    gone: Collection[tuple[str, str]],
    encoder: Encoder,
    features: TextFeatures,
    keep: Keep | None = None,
) -> IndexSnapshot:
    """The index after some articles changed or came, and others went. Costs little, however many there are.

    Args:
        encoder, features: Those the snapshot was built with.
    """
    fresh = {
        (article.key, article.language): phrasings_of(article)
        for article in articles
        if snapshot.articles.get((article.key, article.language)) != article
    }
    held = {identity: each for identity, each in snapshot.held.items() if identity not in gone} | fresh
    if not fresh and len(held) == len(snapshot.held):
        return replace(snapshot, version=version)
    vectors = _vectors(encoder, fresh.values(), snapshot.vectors, keep)
    base, delta = snapshot.segments.base, snapshot.segments.delta.block
    block = joined(delta, block_of(list(fresh.values()), features, vectors, delta.matrix.shape[1]))
    segments = Segments(base, delta_of(base, block, features))
    made = _snapshot(version, held, segments, features, snapshot.lineage, snapshot)
    return with_base(made, merged_base(made, features), features) if len(made.entries) <= SMALL else made


def merged_base(snapshot: IndexSnapshot, features: TextFeatures) -> Base:
    """A base of all that a snapshot holds, for it or a later one. Takes seconds to minutes where there are many."""
    base, delta = snapshot.segments.base.block, snapshot.segments.delta.block
    return base_of(gathered(base, delta, _in_order(snapshot.held)), features, approximate=True)


def with_base(snapshot: IndexSnapshot, base: Base, features: TextFeatures) -> IndexSnapshot:
    """The same index on another base, which was made of this snapshot or of one before it (see `lineage`)."""
    later = [held for held in _in_order(snapshot.held) if held not in base.block.first]
    old = snapshot.segments
    segments = Segments(base, delta_of(base, gathered(old.base.block, old.delta.block, later), features))
    return _snapshot(snapshot.version, snapshot.held, segments, features, snapshot.lineage, snapshot, snapshot.naive)


def _only(base: Base, features: TextFeatures) -> Segments:
    dimension = base.block.matrix.shape[1]
    return Segments(base, delta_of(base, block_of((), features, {}, dimension), features))


def _in_order(held: Mapping[tuple[str, str], Phrasings]) -> list[Phrasings]:
    return [held[identity] for identity in sorted(held)]


def _snapshot(
    version: int,
    held: Mapping[tuple[str, str], Phrasings],
    segments: Segments,
    features: TextFeatures,
    lineage: object,
    before: IndexSnapshot | None = None,
    naive: NaiveHead | None = None,
) -> IndexSnapshot:
    ordered = _in_order(held)
    rows = segments.rows(ordered)
    entries = tuple(chain.from_iterable(each.entries for each in ordered))
    keys = tuple(dict.fromkeys(each.article.key for each in ordered))
    position = {key: number for number, key in enumerate(keys)}
    article_of = np.repeat(
        np.array([position[each.article.key] for each in ordered], dtype=np.int64),
        np.array([len(each.entries) for each in ordered], dtype=np.int64),
    )
    return IndexSnapshot(
        version=version,
        entries=entries,
        keys=keys,
        article_of=article_of,
        articles={(each.article.key, each.article.language): each.article for each in ordered},
        lexical=segments.lexical(rows),
        naive=naive or _naive(entries, article_of, len(keys), features),
        dense=segments.dense(rows),
        vectors=KnownVectors(segments),
        held=held,
        segments=segments,
        lineage=lineage,
        worn=segments.worn(rows),
        # An edit is searched at once: what was learned before it is near enough until that is done anew.
        head=before.head.for_articles(keys) if before and before.head else None,
        calibration=before.calibration if before else GENERAL,
    )


def _naive(entries: Sequence[Entry], article_of: NDArray[np.int64], articles: int, features: TextFeatures) -> NaiveHead:
    if articles > NAIVE_ARTICLES or len(entries) > NAIVE_PHRASINGS:
        features.forget_all_but(())
        return NaiveHead((), np.zeros(0, dtype=np.int64), articles)
    texts = [entry.text for entry in entries]
    features.forget_all_but(texts)
    return NaiveHead(texts, article_of, articles, features)


def _vectors(
    encoder: Encoder, held: Iterable[Phrasings], known: Mapping[str, Vectors], keep: Keep | None
) -> dict[str, Vectors]:
    """The vectors of all texts that the encoder covers."""
    texts = dict.fromkeys(entry.text for each in held for entry in each.entries if encoder.covers(entry.text))
    found = {text: known[text] for text in texts if text in known}
    missing = [text for text in texts if text not in found]
    for start in range(0, len(missing), _ENCODED_AT_ONCE):
        if start and start % _TOLD_EVERY == 0:
            _log.info("%d of %d phrasings are encoded by %s.", start, len(missing), encoder.name)
        some = missing[start : start + _ENCODED_AT_ONCE]
        encoded = dict(zip(some, encoder.encode(some), strict=True))
        if keep:
            keep(encoded)
        found |= encoded
    return found
