"""Stamps: a small file that says for which inputs a step of the set-up was finished."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path], *words: str, root: Path | None = None) -> str:
    """Return a SHA-256 over names and contents of `files` (folders with all they hold) and over `words`.

    Names count relative to `root`, so that a moved repository keeps its stamps. Compiled Python is left out.
    """
    total = hashlib.sha256()
    for path in sorted(_expand(files)):
        name = path.relative_to(root).as_posix() if root else path.name
        content = path.read_bytes()
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    for word in words:
        total.update(f"\0{word}".encode())
    return total.hexdigest()


def _expand(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (
                p
                for p in path.rglob("*")
                if p.is_file() and "__pycache__" not in p.parts and not p.name.startswith(".")
            )
        elif path.exists():
            yield path


def is_current(stamp: Path, value: str) -> bool:
    """Say whether `stamp` holds `value`; a missing stamp means the step never finished."""
    try:
        return stamp.read_text(encoding="ascii").strip() == value
    except (OSError, UnicodeDecodeError):
        return False


def write(stamp: Path, value: str) -> None:
    """Write the stamp in one step, so that an interrupted write leaves the old one or none."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    fresh = stamp.with_name(stamp.name + ".new")
    fresh.write_text(value + "\n", encoding="ascii")
    fresh.replace(stamp)


def venv_version(venv: Path) -> str | None:
    """Return the Python version a virtual environment was made with ("3.10.13"), or None when it is not usable.

    It is read from pyvenv.cfg, which costs no process; a link to a Python since removed counts as not usable.
    """
    try:
        settings = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return None
    match = re.search(r"^version(?:_info)?\s*=\s*([0-9]+\.[0-9]+\.[0-9]+)", settings, re.M)
    return match.group(1) if match and (venv / "bin" / "python").exists() else None
