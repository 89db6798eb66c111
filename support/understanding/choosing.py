"""Which of the offered choices a customer means by words such as "the second one" or "都不是". Pure."""

from collections.abc import Sequence

from support.understanding.patterns import patterns
from texts.language import fold

# Longer words are a question of their own.
LONGEST = 30
_POSITIONS = ("first", "second", "third")


def chosen(text: str, titles: Sequence[str]) -> int | None:
    """Which choice is meant: its position from 0, -1 for none of them, None when the words choose nothing.

    Args:
        titles: The choices' words as they were shown.
    """
    plain = fold(text).strip().strip("。.!！?？ ")
    for position, title in enumerate(titles):
        if plain == fold(title).strip().strip("。.!！?？ "):
            return position
    if not plain or len(plain) > LONGEST or not titles:
        return None
    words = patterns("choosing")
    if words["none"].search(plain):
        return -1
    # "The second one" holds "one" as well, so that the later positions are looked for first.
    for position in range(min(len(titles), len(_POSITIONS)) - 1, -1, -1):
        if words[_POSITIONS[position]].search(plain):
            return position
    return len(titles) - 1 if words["last"].search(plain) else None
