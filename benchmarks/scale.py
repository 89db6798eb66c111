"""The index at a size that few shops reach: 100,000 made-up phrasings, and a million vectors where that is asked for.

Measured are: finding the nearest vectors on one thread (how fast, and how many of the true ten nearest are found),
right after the index was built and after edits; a whole search without the encoder's part; how soon an edit is live.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.processes import all_processes
from benchmarks.servers import temporary_folder
from benchmarks.synthetic import CLUSTERED, LOOSE, Spread, WordSumEncoder, articles, clustered
from benchmarks.tables import table
from knowledge_base.articles import operations
from knowledge_base.articles.importing import ImportedArticle, import_checked
from knowledge_base.articles.rules import ArticleFields
from knowledge_base.dense import EXACT, DenseBase, DenseIndex
from knowledge_base.encoders import Vectors
from knowledge_base.metrics import percentile
from knowledge_base.service import KnowledgeBase
from storage.engine import Database
from storage.migrate import upgrade

BEYOND_EXACT = 100_000
MILLION = 1_000_000
DIMENSION = 384
QUERIES = 1_000
NEAREST = 10
# Of the vectors, so many came after the base was built, and so many of the base are gone: the most before it is merged.
EDITED = 0.05
EDITS = 20
SEARCHES = 300


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure with `EXACT` and 100,000 vectors, with a million if `options.million`, and with 100,000 phrasings."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        sizes = [(EXACT, CLUSTERED), (BEYOND_EXACT, CLUSTERED), (BEYOND_EXACT, LOOSE)]
        sizes += [(MILLION, CLUSTERED), (MILLION, LOOSE)] if options.million else []
        figures = [_nearest(count, spread) for count, spread in sizes]
    finally:
        faiss.omp_set_num_threads(threads)
    return {"nearest": figures, "phrasings": _phrasings(BEYOND_EXACT)}


def _nearest(count: int, spread: Spread) -> dict[str, Any]:
    _tell(f"{count:,} vectors ...")
    vectors, queries = clustered(count, QUERIES, DIMENSION, spread)
    before, begun = _memory(), time.perf_counter()
    base = DenseBase(vectors, approximate=count > EXACT)
    figures: dict[str, Any] = {
        "vectors": count,
        "kind": "clustered" if spread is CLUSTERED else "loose",
        "build_s": round(time.perf_counter() - begun, 1),
        "memory_mib": None if before is None else (_memory() or 0) - before,
    }
    none = np.zeros((0, DIMENSION), dtype=np.float32)
    figures["as_built"] = _asked(DenseIndex(base, none, np.arange(count)), vectors, queries)
    figures["after_edits"] = _asked(*_edited(base, vectors), queries)
    return figures


def _memory() -> int | None:
    """What this process holds, in MiB; None where that cannot be told."""
    own = all_processes().get(os.getpid())
    return None if own is None else own.use.resident // 1024


def _edited(base: DenseBase, vectors: Vectors) -> tuple[DenseIndex, Vectors]:
    """The index after edits: some vectors are gone, and as many came that are near others. Its vectors by entry."""
    chance = np.random.default_rng(3)
    edits = int(EDITED * len(vectors))
    kept = np.sort(chance.permutation(len(vectors))[edits:])
    moved = vectors[kept[:edits]] + 0.02 * chance.standard_normal((edits, DIMENSION), dtype=np.float32)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    row_of = np.concatenate((kept, len(vectors) + np.arange(edits)))
    return DenseIndex(base, moved, row_of), np.concatenate((vectors[kept], moved))


def _asked(index: DenseIndex, vectors: Vectors, queries: Vectors) -> dict[str, Any]:
    true = faiss.knn(queries, vectors, NEAREST, metric=faiss.METRIC_INNER_PRODUCT)[1]
    found: list[NDArray[np.int64]] = []
    times = _timed(lambda query: found.append(index.nearest(query[np.newaxis], NEAREST)[0]), queries)
    right = sum(len(np.intersect1d(first, second)) for first, second in zip(found, true, strict=True))
    return {"recall@10": round(right / true.size, 4)} | times


def _timed(work: Callable[[Any], object], things: Iterable[Any]) -> dict[str, float]:
    """What each call took, by the clock and of processor time, in ms: where they differ, the machine was busy."""
    wall, processor = [], []
    for each in things:
        own, begun = time.process_time(), time.perf_counter()
        work(each)
        wall.append((time.perf_counter() - begun) * 1000)
        processor.append((time.process_time() - own) * 1000)
    return {
        f"{name}_p{share}": round(percentile(times, share / 100) or 0.0, 2)
        for name, times in (("ms", wall), ("cpu_ms", processor))
        for share in (50, 95, 99, 100)
    }


def _phrasings(count: int) -> dict[str, Any]:
    with temporary_folder() as folder:
        database = Database(f"sqlite:///{folder / 'huilu.db'}")
        try:
            upgrade(database)
            _tell(f"{count:,} phrasings are imported ...")
            made = list(articles(count))
            fields = [ArticleFields(each.question, each.answer, each.variants) for each in made]
            lines = [ImportedArticle(each.key, each.language, of) for each, of in zip(made, fields, strict=True)]
            with database.writing() as session:
                import_checked(session, (lines, ()), "bench", "")
            knowledge_base = KnowledgeBase(database, WordSumEncoder(), folder / "vectors")
            begun = time.perf_counter()
            knowledge_base.load()
            loaded = time.perf_counter()
            _tell("merging ...")
            knowledge_base.settle()
            figures: dict[str, Any] = {"phrasings": count, "articles": len(made)}
            figures |= {"load_s": round(loaded - begun, 1), "merge_s": round(time.perf_counter() - loaded, 1)}
            figures["edit_live"] = _edits(database, knowledge_base, made[0].key, made[0].language, fields[0])
            figures["search"] = _searches(knowledge_base, [each.question for each in made])
            return figures
        finally:
            database.close()


def _edits(
    database: Database, knowledge_base: KnowledgeBase, key: str, language: str, fields: ArticleFields
) -> dict[str, float]:
    """How long it takes from an edit's commit until it is searched."""

    def committed() -> Iterator[int]:
        for number in range(EDITS):
            with database.writing() as session:
                new = ArticleFields(fields.question, fields.answer, (*fields.variants, f"zebra {number}"))
                operations.save_article(session, key, language, new, "bench", expected_revision=number + 1)
            yield number

    times = _timed(lambda _: knowledge_base.refresh(), committed())
    assert any(entry.text == f"zebra {EDITS - 1}" for entry in knowledge_base.snapshot.entries)
    return times


def _searches(knowledge_base: KnowledgeBase, questions: Sequence[str]) -> dict[str, float]:
    asked = [f"{question} ok" for question in questions[:: max(1, len(questions) // SEARCHES)]]
    return _timed(lambda text: knowledge_base.search(text, "en"), asked)


def _tell(text: str) -> None:
    print(f"scale: {text}", file=sys.stderr, flush=True)


def show(figures: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [
        [f"{each['vectors']:,} {each['kind']}, {state.replace('_', ' ')}", *_figures(each[state]), *_built(each, state)]
        for each in figures["nearest"]
        for state in ("as_built", "after_edits")
    ]
    times = ["p50 ms", "p99 ms", "max ms", "p50 CPU ms", "p99 CPU ms"]
    parts = [table([f"{NEAREST} nearest vectors", "recall@10", *times, "build s", "MiB"], rows)]
    of = figures["phrasings"]
    lines = [[name, *_figures(of[key])] for name, key in (("an edit is live", "edit_live"), ("a search", "search"))]
    parts.append(table([f"{of['phrasings']:,} phrasings", *times], lines))
    parts.append(f"Loaded in {of['load_s']} s, merged behind the scenes in {of['merge_s']} s.")
    return "\n\n".join(parts)


def _figures(measured: dict[str, float]) -> list[object]:
    """Recall as it is, and times with two decimals, as most are below ten."""
    names = ("ms_p50", "ms_p99", "ms_p100", "cpu_ms_p50", "cpu_ms_p99")
    recall = [f"{measured['recall@10']:.4f}"] if "recall@10" in measured else []
    return [*recall, *(f"{measured[name]:.2f}" for name in names)]


def _built(figures: dict[str, Any], state: str) -> tuple[object, object]:
    return (figures["build_s"], figures["memory_mib"]) if state == "as_built" else (None, None)
