"""Whether somebody is angry. Pure. The words stand in `anger.toml`."""

import re

from support.understanding.patterns import patterns
from texts.language import fold

# Three marks in a row are shouting; so are capitals throughout a sentence.
_SHOUTED = re.compile(r"[!！]{3,}|[?？!！]{4,}")
LEAST_SHOUTED_LETTERS = 12


def is_angry(text: str) -> bool:
    """Whether the words, the marks or the capitals of a message are those of an angry person."""
    words = patterns("anger")
    if words["angry"].search(words["harmless"].sub(" ", fold(text))) or _SHOUTED.search(text):
        return True
    letters = [character for character in text if character.isascii() and character.isalpha()]
    return len(letters) >= LEAST_SHOUTED_LETTERS and " " in text.strip() and all(each.isupper() for each in letters)
