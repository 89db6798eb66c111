"""Reading scripted conversations: one file a kind of conversation, one folder a language (see README.md there)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent.parent / "conversations"
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
Actor = Literal["customer", "new chat", "wait", "on duty", "resolves"]
_OTHER_LINES: dict[str, Actor] = {
    "New chat": "new chat",
    "Wait": "wait",
    "Staff: on duty": "on duty",
    "Staff: resolves {ticket}": "resolves",
}
# Expectations are parted by semicolons, but for those inside quotation marks.
_BETWEEN = re.compile(r";\s*(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")


class ScriptUnreadable(Exception):
    """A line that is none of those a script may have; the message says where it stands."""


@dataclass(frozen=True)
class Step:
    """What happens, and what must be true of what the bot says to it.

    Attributes:
        texts: The customer's messages, sent one right after the other.
        line: Where it begins in its file.
    """

    actor: Actor
    texts: tuple[str, ...]
    expectations: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Script:
    """A conversation."""

    name: str
    language: str
    kind: str
    steps: tuple[Step, ...]

    @property
    def needs_staff(self) -> bool:
        """Whether staff take part, so that it cannot be played beside others."""
        return any(step.actor in ("on duty", "resolves") for step in self.steps)


def read_all(folder: Path = FOLDER) -> list[Script]:
    """All scripts, in the order of their files.

    Raises:
        ScriptUnreadable: For a line that cannot be read, a name that is there twice, or a customer without an answer.
    """
    scripts: list[Script] = []
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.txt")):
            scripts += read(path.read_text(encoding="utf-8"), language, path.stem)
    names = [(script.language, script.name) for script in scripts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ScriptUnreadable(f"These names are there twice: {twice}")
    return scripts


def read(text: str, language: str, kind: str) -> list[Script]:
    """The scripts of one file."""
    found: list[tuple[str, list[Step]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{language}/{kind}.txt, line {number}"
        if line.startswith("# "):
            found.append((line[2:].strip(), []))
        elif line.strip():
            if not found:
                raise ScriptUnreadable(f"{where}: a script begins with its name, after a #.")
            _take(found[-1][1], line.rstrip(), number, where)
    return [Script(name, language, kind, tuple(steps)) for name, steps in found]


def _take(steps: list[Step], line: str, number: int, where: str) -> None:
    last = steps[-1] if steps else None
    if line.startswith("Customer: "):
        words = line.removeprefix("Customer: ")
        if last is not None and last.actor == "customer" and not last.expectations:
            steps[-1] = Step("customer", (*last.texts, words), (), last.line)
        else:
            steps.append(Step("customer", (words,), (), number))
    elif line.startswith("Bot: "):
        if last is None:
            raise ScriptUnreadable(f"{where}: the bot says nothing before the customer does.")
        more = tuple(part.strip() for part in _BETWEEN.split(line.removeprefix("Bot: ")))
        steps[-1] = Step(last.actor, last.texts, last.expectations + more, last.line)
    elif line in _OTHER_LINES:
        steps.append(Step(_OTHER_LINES[line], (), (), number))
    else:
        raise ScriptUnreadable(f"{where}: what is this? {line!r}")
