"""An evaluation as text for the terminal: shares as percents, in brackets the 95 % interval."""

from collections.abc import Mapping, Sequence
from typing import Any

# What each figure says, in the order of the table.
MEANINGS = {
    "hit@1": "right article first",
    "hit@3": "right article among the first three",
    "mrr@10": "1 / place of the right article, on average",
    "answered": "of all questions: answered, neither choices nor refused",
    "answer_precision": "of the answers: right",
    "helped": "right article answered or among the choices",
    "refused_rightly": "of the questions nothing fits: refused",
    "refused_wrongly": "of the questions something fits: refused",
    "refused_at_5pct_false": "the same as refused_rightly if 5 % were refused wrongly",
    "refused_at_10pct_false": "... if 10 % were refused wrongly",
    "coverage_at_95pct_precision": "answered rightly if 95 % of the answers had to be right",
    "calibration_error": "how far the percents of the search are off",
    "ms_median": "time of a search, half take longer",
    "ms_p95": "time of a search, one in twenty takes longer",
}
_NOTHING = "-"


def percent(share: float | None) -> str:
    """A share of 0 to 1 as a percent; "-" for None."""
    return _NOTHING if share is None else f"{share:.1%}".replace("%", " %")


def percent_between(share: float | None, interval: Sequence[float] | None) -> str:
    """A share with the interval it lies in: "93.4 % (92.1-94.6)"."""
    if share is None or interval is None:
        return percent(share)
    return f"{percent(share)} ({interval[0] * 100:.1f}-{interval[1] * 100:.1f})"


def figure(name: str, figures: Mapping[str, Any]) -> str:
    """One figure of `figures` as it stands in a table: milliseconds, or a percent with its interval if it has one."""
    value = figures.get(name)
    if name.startswith("ms_"):
        return _NOTHING if value is None else f"{value:.1f} ms"
    return percent_between(value, figures.get("intervals", {}).get(name))


def report(found: Mapping[str, Any]) -> str:
    """The text of what `Evaluation.as_json` tells: figures, categories, and what went wrong."""
    parts = [
        f"{found['questions']} questions, {found['answerable']} of them with an article that fits. "
        "In brackets: where the figure lies, with 95 % certainty.",
        _figures(found),
    ]
    if found["categories"]:
        parts.append("By category of the right article\n" + _categories(found["categories"]))
    parts.append("Another article first (how often: right article -> found first)\n" + _confusions(found))
    if found["answerable"] < found["questions"]:
        parts.append("Answered, and should have been refused (the surest)\n" + _wrongly_answered(found))
    return "\n\n".join(parts)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of equally many cells as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]


def _figures(found: Mapping[str, Any]) -> str:
    columns = {"all": found} | (found["languages"] if len(found["languages"]) > 1 else {})
    rows = [["", *columns], ["questions", *(str(column["questions"]) for column in columns.values())]]
    rows += [[name, *(figure(name, column) for column in columns.values())] for name in MEANINGS]
    widest = max(map(len, MEANINGS))
    meanings = [f"{name.ljust(widest)}  {meaning}" for name, meaning in MEANINGS.items()]
    return "\n".join([*aligned(rows), "", *meanings])


def _categories(categories: Mapping[str, Mapping[str, Any]]) -> str:
    names = ["hit@1", "hit@3", "helped", "answered", "answer_precision"]
    rows = [["", "questions", *names]]
    for category, found in categories.items():
        rows.append([category or "(no category)", str(found["questions"]), *(figure(name, found) for name in names)])
    return "\n".join(aligned(rows))


def _confusions(found: Mapping[str, Any]) -> str:
    lines = []
    for pair in found["confusions"]:
        lines.append(f"{pair['count']:4} x  {pair['expected']} -> {pair['found'] or '(nothing)'}")
        lines += [f"{percent(each['probability']):>16}  “{each['query']}”" for each in pair["examples"]]
    return "\n".join(lines) or "none"


def _wrongly_answered(found: Mapping[str, Any]) -> str:
    lines = [
        f"{percent(each['probability']):>8}  {each['found']}: “{each['query']}”"
        for each in found["should_have_been_refused"]
    ]
    return "\n".join(lines) or "none"
