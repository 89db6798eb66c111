"""What went wrong, by kind and with examples: which article is taken for which, and what should have been refused."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from knowledge_base.metrics import Outcome

EXAMPLES = 3


@dataclass(frozen=True)
class Mistake:
    """A customer's words, the article found first (None: nothing was found) and its probability, 0 to 1."""

    query: str
    found: str | None
    probability: float


@dataclass
class Confusion:
    """Questions for one article to which another came first, the surest of them first.

    Attributes:
        found: None where nothing was found.
    """

    expected: str
    found: str | None
    mistakes: list[Mistake] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The two articles, how often, and a few examples."""
        examples = [
            {"query": mistake.query, "probability": round(mistake.probability, 4)}
            for mistake in self.mistakes[:EXAMPLES]
        ]
        return {"expected": self.expected, "found": self.found, "count": len(self.mistakes), "examples": examples}


def confusions(asked: Iterable[tuple[str, Outcome]]) -> list[Confusion]:
    """Which article comes first in place of which, the most frequent first.

    Args:
        asked: The words and what became of them. Of several right articles the one that was found soonest counts,
            or else the first by name.
    """
    pairs: dict[tuple[str, str | None], Confusion] = {}
    for query, outcome in asked:
        if not outcome.answerable or outcome.right:
            continue
        expected = next((key for key in outcome.found if key in outcome.expected), min(outcome.expected))
        found = outcome.found[0] if outcome.found else None
        pair = pairs.setdefault((expected, found), Confusion(expected, found))
        pair.mistakes.append(Mistake(query, found, outcome.probability))
    for pair in pairs.values():
        pair.mistakes.sort(key=lambda mistake: -mistake.probability)
    return sorted(pairs.values(), key=lambda pair: (-len(pair.mistakes), pair.expected, pair.found or ""))


def should_have_been_refused(asked: Iterable[tuple[str, Outcome]]) -> list[Mistake]:
    """Unanswerable questions that were answered, the surest answers first."""
    answered = [
        Mistake(query, outcome.found[0], outcome.probability)
        for query, outcome in asked
        if not outcome.answerable and outcome.decision == "answer" and outcome.found
    ]
    return sorted(answered, key=lambda mistake: -mistake.probability)
