"""Whether somebody tells of danger: fire, injury, fraud, or that they may harm themselves. Pure.

Words decide here and not the classifier, because to miss one costs more than to be careful once too often, and because
they must count in the middle of a form and while the dialogue server is down. The words stand in `danger.toml`.
"""

from support.understanding.patterns import patterns
from texts.language import fold

KINDS = ("self_harm", "injury", "fire", "fraud")


def danger_in(text: str) -> str | None:
    """The kind of danger that a customer tells of (see KINDS); None when there is none.

    General questions ("can the battery catch fire?") are none, except about harming oneself.
    """
    words = patterns("danger")
    plain = words["harmless"].sub(" ", fold(text).replace("\u2019", "'"))
    found = next((kind for kind in KINDS if words[kind].search(plain)), None)
    if found != "self_harm" and words["general"].search(plain):
        return None
    return found
