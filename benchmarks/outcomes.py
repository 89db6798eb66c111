"""What became of a turn, read from the bot's messages. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["answer", "choices", "refused", "handed over", "dialogue act", "error"]
KINDS: tuple[Kind, ...] = ("answer", "choices", "refused", "handed over", "dialogue act", "error")
# In these the knowledge base was searched and the bot went on by itself.
ANSWERING: frozenset[Kind] = frozenset({"answer", "choices", "refused"})


@dataclass(frozen=True)
class Outcome:
    """What the bot did with a question.

    Attributes:
        shown: Ids of the articles it spoke or offered.
        right: Whether one of them answers the question.
    """

    kind: Kind
    shown: tuple[str, ...]
    right: bool


def outcome_of(messages: Sequence[dict[str, Any]], expected: Collection[str]) -> Outcome:
    """Tell what the bot's messages of one turn amount to; without any, people have taken over."""
    payload: dict[str, Any] = {}
    for message in messages:
        payload |= message["payload"] or {}
    if "ticket" in payload or not messages:
        return Outcome("handed over", (), False)
    if "answer" in payload:
        spoken = str(payload["answer"]["article_id"])
        return Outcome("answer", (spoken,), spoken in expected)
    if "choices" in payload:
        shown = tuple(str(choice["article_id"]) for choice in payload["choices"])
        return Outcome("choices", shown, any(each in expected for each in shown))
    return Outcome("refused" if "offer" in payload else "dialogue act", (), False)
