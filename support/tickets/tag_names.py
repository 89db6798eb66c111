"""How the words that cases are filed under are written. Pure."""

import unicodedata

LONGEST_TAG = 40
MOST_TAGS = 20


def clean_tag(name: str) -> str:
    """One spelling for a tag: trimmed, single spaces, lower case where a script has it, no control characters.

    Returns:
        The tag; empty when nothing is left of it, and as long as it is when it is too long.
    """
    # A slash parts the places of an address, in which tags stand.
    composed = unicodedata.normalize("NFKC", name).replace("/", "-")
    kept = "".join(sign for sign in composed if unicodedata.category(sign) not in {"Cc", "Cf", "Cs"} or sign.isspace())
    return " ".join(kept.split()).lower().removeprefix("#").strip()
