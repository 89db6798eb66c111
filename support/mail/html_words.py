"""The words of a mail that was only written as a web page. Pure; nothing of it is ever shown as a page.

Tags are found with one short pattern: Python's own parser takes minutes for a crafted page of 200,000 characters.
"""

import html as entities
import re

# What is longer is cut before it is looked at: nobody writes that much.
LONGEST_HTML = 200_000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})\b[^<>]{0,4000}>")
_BLOCK_NAMES = """
address article blockquote div dl dt dd footer form h1 h2 h3 h4 h5 h6 header hr li main ol p pre section table tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNSEEN = frozenset({"head", "script", "style", "template", "title", "noscript", "svg"})
_DEEPEST_QUOTE = 3


def words_of(page: str) -> str:
    """The text of a page: one line a block, list items with a dash, quotes with ">" before each line."""
    source = _without(page[:LONGEST_HTML], "<!--", "-->")
    lines = _Lines()
    place = 0
    while (tag := _TAG.search(source, place)) is not None:
        lines.say(source[place : tag.start()])
        name, opens = tag.group(2).lower(), not tag.group(1)
        place = tag.end()
        if opens and name in _UNSEEN:
            closing = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(source, place)
            place = closing.end() if closing else len(source)
        else:
            lines.tag(name, opens)
    lines.say(source[place:])
    return lines.text()


def _without(text: str, opening: str, closing: str) -> str:
    kept, place = [], 0
    while (start := text.find(opening, place)) >= 0:
        kept.append(text[place:start])
        end = text.find(closing, start)
        if end < 0:
            return "".join(kept)
        place = end + len(closing)
    return "".join([*kept, text[place:]])


class _Lines:
    """The lines of a page as they come."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quoted = 0

    def say(self, source: str) -> None:
        """Words between two tags."""
        if source:
            self._line.append(re.sub(r"\s", " ", entities.unescape(source)))

    def tag(self, name: str, opens: bool) -> None:
        """What a tag does to the lines."""
        if name == "br":
            self._end_line()
        elif name in {"td", "th"}:
            self._line.append(" ")
        elif name in _BLOCKS:
            self._end_block()
            if name == "blockquote":
                self._quoted = max(0, self._quoted + (1 if opens else -1))
            elif name == "li" and opens:
                self._line.append("- ")
            elif name == "p" and not opens:
                self._end_line()

    def text(self) -> str:
        """All lines."""
        self._end_block()
        return "\n".join(self._lines).strip()

    def _end_block(self) -> None:
        if "".join(self._line).strip():
            self._end_line()
        self._line = []

    def _end_line(self) -> None:
        words = " ".join("".join(self._line).split())
        self._line = []
        if words or (self._lines and self._lines[-1].strip("> ")):
            self._lines.append(("> " * min(self._quoted, _DEEPEST_QUOTE) + words).rstrip())
