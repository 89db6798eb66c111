"""What kind of small talk a message is, so that it gets a fitting sentence. Pure."""

from support.understanding.patterns import patterns
from texts.language import fold


def small_talk_kind(text: str) -> str:
    """joke, name, laughing, compliment, well_being, personal (see small_talk.toml), or other."""
    plain = fold(text)
    return next((kind for kind, pattern in patterns("small_talk").items() if pattern.search(plain)), "other")
