"""When a person should take over. Pure."""

import re
from collections.abc import Sequence

FAILURES_BEFORE_HANDOFF = 2
UNHELPFUL_BEFORE_HANDOFF = 2
LOW_RATING = 2
# Measured on the demo's questions that are taken for another act: three quarters of them lie below.
SURE_ACT = 0.8
LIKELY_ACT = 0.6
# Surer than this even words that are put as a question are the act ("are you a real person or a bot?").
MOST_SURE_ACT = 0.9


def failed_repeatedly(decision: str, earlier: Sequence[str]) -> bool:
    """Whether this search is the second in a row that found nothing.

    Args:
        decision: What was decided now.
        earlier: Earlier decisions since the last hand-off, newest first.
    """
    if decision != "none":
        return False
    failures = 1
    for past in earlier:
        if past != "none":
            break
        failures += 1
    return failures >= FAILURES_BEFORE_HANDOFF


def unhelpful_repeatedly(count: int) -> bool:
    """Whether enough answers were called not helpful since the last hand-off."""
    return count >= UNHELPFUL_BEFORE_HANDOFF


def rating_needs_person(kind: str, score: int) -> bool:
    """Whether a rating is bad enough that somebody should call on the customer."""
    return kind == "csat" and score <= LOW_RATING


def rather_a_question(confidence: float, decision: str, asks: bool) -> bool:
    """Whether words that sound like another act are rather a question: the less sure the act, the less it takes.

    Args:
        asks: The words are put as a question, so that an article that answers them decides.
    """
    if decision == "answer":
        return confidence < (MOST_SURE_ACT if asks else SURE_ACT)
    return decision == "choices" and asks and confidence < LIKELY_ACT


_PERSON = re.compile(
    r"人工|真人|转接|轉接|客服人员|客服人員|\b(?:human|person|agent|representative|operator)\b", re.IGNORECASE
)
# "Artificial" and "labour cost" are written with the same characters as "a human, please".
_NOT_A_PERSON = re.compile(r"人工(?:费|費|智能|智慧)|in\s+person", re.IGNORECASE)
SHORT = 40


def asks_for_person(text: str) -> bool:
    """Whether short words ask for a person: used only while the dialogue server cannot tell."""
    return len(text) <= SHORT and bool(_PERSON.search(text)) and not _NOT_A_PERSON.search(text)
