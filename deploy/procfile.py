"""Reading a Procfile: one `name: command` a line, $NAME taken from the environment, no shell in between."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import NamedTuple

_LINE = re.compile(r"([A-Za-z][\w-]*)\s*:\s*(\S.*)")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.S)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class ProcfileError(Exception):
    """The Procfile cannot be understood; the text names the line."""


class Entry(NamedTuple):
    """One process: its name, its words ready to execute, and the environment variables set for it alone."""

    name: str
    argv: list[str]
    extra_environ: dict[str, str]


def parse(text: str, environ: Mapping[str, str]) -> list[Entry]:
    """Return the entries in the order of the file; blank lines and lines starting with # are skipped.

    Raises ProcfileError on a line without `name: command`, a name used twice, or a variable that is not set.
    """
    entries: list[Entry] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ProcfileError(f'Procfile, line {number}: expected "name: command", found: {line}')
        name, command = match.groups()
        if any(entry.name == name for entry in entries):
            raise ProcfileError(f"Procfile, line {number}: the name {name} is used twice")
        entries.append(_entry(name, command, environ, number))
    return entries


def _entry(name: str, command: str, environ: Mapping[str, str], number: int) -> Entry:
    try:
        # Split first: a value with a space in it stays one word.
        words = shlex.split(command)
    except ValueError as trouble:
        raise ProcfileError(f"Procfile, line {number}: {trouble}") from None
    words = [_substitute(word, environ, number) for word in words]
    extra: dict[str, str] = {}
    while words:
        assignment = _ASSIGNMENT.fullmatch(words[0])
        if assignment is None:
            break
        extra[assignment.group(1)] = assignment.group(2)
        words.pop(0)
    if not words:
        raise ProcfileError(f"Procfile, line {number}: {name} has no command")
    return Entry(name, words, extra)


def _substitute(word: str, environ: Mapping[str, str], number: int) -> str:
    def value(match: re.Match[str]) -> str:
        variable = match.group(1) or match.group(2)
        if variable not in environ:
            raise ProcfileError(f"Procfile, line {number}: ${variable} is not set")
        return environ[variable]

    return _VARIABLE.sub(value, word)
