"""Whether somebody in the queue asks how long it takes, or whether anybody is there. Pure; words in `waiting.toml`."""

from support.understanding.patterns import patterns
from texts.language import fold

# Longer words tell something that a person has to read.
LONGEST_QUESTION = 80


def asks_how_long(text: str) -> bool:
    """Whether short words ask about the wait itself, and not how long a delivery or a refund takes."""
    words = patterns("waiting")
    folded = fold(text)
    if len(folded) > LONGEST_QUESTION or words["something_else"].search(folded):
        return False
    return bool(words["asks"].search(folded))
