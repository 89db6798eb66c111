"""Phrasings of different articles that say nearly the same: one of the articles is likely too much, or they compete."""

from dataclasses import dataclass

import numpy as np

from knowledge_base.index import IndexSnapshot

NEAR = 0.9
_NEIGHBOURS = 20


@dataclass(frozen=True)
class Duplicate:
    """Two articles and the phrasings by which they are nearest to each other; similarity 0 to 1."""

    first: str
    second: str
    first_text: str
    second_text: str
    similarity: float


def find_duplicates(snapshot: IndexSnapshot, near: float = NEAR) -> list[Duplicate]:
    """Pairs of articles with phrasings at least `near` alike, by meaning or by words; the nearest first."""
    found: dict[tuple[str, str], Duplicate] = {}
    for first, second, similarity in [*_by_words(snapshot, near), *_by_meaning(snapshot, near)]:
        one, other = snapshot.entries[first], snapshot.entries[second]
        if one.key == other.key:
            continue
        if one.key > other.key:
            one, other = other, one
        pair = (one.key, other.key)
        if pair not in found or similarity > found[pair].similarity:
            found[pair] = Duplicate(one.key, other.key, one.text, other.text, min(similarity, 1.0))
    return sorted(found.values(), key=lambda duplicate: (-duplicate.similarity, duplicate.first, duplicate.second))


def _by_words(snapshot: IndexSnapshot, near: float) -> list[tuple[int, int, float]]:
    pairs = []
    for number, entry in enumerate(snapshot.entries):
        cosine = snapshot.lexical.scores(entry.text)
        pairs += [(number, int(other), float(cosine[other])) for other in np.nonzero(cosine >= near)[0]]
    return pairs


def _by_meaning(snapshot: IndexSnapshot, near: float) -> list[tuple[int, int, float]]:
    dense = snapshot.dense
    if dense is None:
        return []
    entries = dense.covered
    neighbours, cosines = dense.nearest_each(dense.vectors(entries), _NEIGHBOURS)
    return [
        (int(entries[row]), int(neighbours[row, place]), float(cosines[row, place]))
        for row, place in np.argwhere((cosines >= near) & (neighbours >= 0))
    ]
