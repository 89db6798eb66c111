"""Figures of a classifier, from pairs of what was expected and what was understood. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LabelFigures:
    """How well one label is recognised. Precision and recall are 0 where nothing was understood or expected so."""

    expected: int
    precision: float
    recall: float
    f1: float


def label_figures(pairs: Sequence[tuple[str, str]]) -> dict[str, LabelFigures]:
    """The figures of every label that was expected or understood.

    Args:
        pairs: (expected, understood) of each example.
    """
    expected = Counter(wanted for wanted, _ in pairs)
    understood = Counter(got for _, got in pairs)
    right = Counter(wanted for wanted, got in pairs if wanted == got)
    return {
        label: LabelFigures(
            expected[label],
            right[label] / understood[label] if understood[label] else 0.0,
            right[label] / expected[label] if expected[label] else 0.0,
            2 * right[label] / (expected[label] + understood[label]),
        )
        for label in sorted(expected.keys() | understood.keys())
    }


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """The plain mean of all labels' F1, as scikit-learn counts it; None without examples."""
    figures = label_figures(pairs).values()
    return sum(each.f1 for each in figures) / len(figures) if figures else None


def accuracy(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Share of examples understood as expected; None without examples."""
    return sum(wanted == got for wanted, got in pairs) / len(pairs) if pairs else None
