"""Finding Python interpreters that really run.

A version manager puts shims on PATH which exist and are executable, yet only print an error
when the version is not switched on. So a candidate counts when it answers, not when it is there.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

Version = tuple[int, int, int]

APP_MINORS = (11, 12, 13, 14)
BOT_MINORS = (10,)

# Folders of version managers, relative to the home folder; {v} is "3.10".
_MANAGER_PATTERNS = (
    ".pyenv/versions/{v}*/bin/python",
    ".asdf/installs/python/{v}*/bin/python3",
    ".local/share/mise/installs/python/{v}*/bin/python3",
    ".local/share/uv/python/cpython-{v}*/bin/python3",
    "*conda*/bin/python{v}",
    "*conda*/envs/*/bin/python{v}",
    "miniforge*/bin/python{v}",
    "miniforge*/envs/*/bin/python{v}",
)
_SYSTEM_PATTERNS = (
    "/opt/*/bin/python{v}",
    "/opt/*/envs/*/bin/python{v}",
    "/opt/homebrew/opt/python@{v}/bin/python{v}",
    "/usr/local/bin/python{v}",
    "/usr/local/opt/python@{v}/bin/python{v}",
    "/Library/Frameworks/Python.framework/Versions/{v}/bin/python{v}",
)

_PROBE = """
import sys
print("%d.%d.%d" % sys.version_info[:3])
try:
    import venv, ensurepip
    print("venv")
except ImportError:
    pass
"""


class Interpreter(NamedTuple):
    """A Python that answered: its path, its version, and whether it can make virtual environments."""

    path: str
    version: Version
    makes_venvs: bool


class NoInterpreter(Exception):
    """No fitting Python was found; the text says what to install."""


def ask(path: str, timeout: float = 10.0) -> Interpreter | None:
    """Run the candidate and return what it says it is, or None when it fails, hangs or is no Python."""
    try:
        answer = subprocess.run(
            [path, "-c", _PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.decode("ascii", "replace").split()
    if answer.returncode != 0 or not words:
        return None
    try:
        major, minor, micro = (int(part) for part in words[0].split("."))
    except ValueError:
        return None
    return Interpreter(path, (major, minor, micro), "venv" in words[1:])


def candidates(minor: int, environ: Mapping[str, str], system: Sequence[str] = _SYSTEM_PATTERNS) -> Iterator[str]:
    """Yield paths where a Python 3.<minor> may be, the likeliest first: PATH, then version managers' folders."""
    version = f"3.{minor}"
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        for name in (f"python{version}", "python3", "python"):
            path = os.path.join(folder, name)
            if folder and os.access(path, os.X_OK):
                yield path
    home = environ.get("HOME", "")
    patterns = [os.path.join(home, pattern) for pattern in _MANAGER_PATTERNS] if home else []
    if environ.get("PYENV_ROOT"):
        patterns.append(os.path.join(environ["PYENV_ROOT"], "versions/{v}*/bin/python"))
    if environ.get("UV_PYTHON_INSTALL_DIR"):
        patterns.append(os.path.join(environ["UV_PYTHON_INSTALL_DIR"], "cpython-{v}*/bin/python3"))
    for pattern in [*patterns, *system]:
        yield from sorted(glob.glob(pattern.format(v=version)), reverse=True)


def first_fitting(minors: Iterable[int], paths: Iterable[str]) -> Interpreter | None:
    """Return the first candidate that answers with one of the versions 3.<minors>, preferring one that makes venvs."""
    wanted = set(minors)
    asked = set()
    without_venv: Interpreter | None = None
    for path in paths:
        if path in asked:
            continue
        asked.add(path)
        found = ask(path)
        if found is None or found.version[0] != 3 or found.version[1] not in wanted:
            continue
        if found.makes_venvs:
            return found
        without_venv = without_venv or found
    return without_venv


def find(minors: Sequence[int], environ: Mapping[str, str] = os.environ) -> Interpreter | None:
    """Look for Python 3.<minors> on this machine, trying the minors in the order given."""
    fallback: Interpreter | None = None
    for minor in minors:
        found = first_fitting([minor], candidates(minor, environ))
        if found and found.makes_venvs:
            return found
        fallback = fallback or found
    return fallback


def find_uv(environ: Mapping[str, str]) -> str | None:
    """Return the path of uv from PATH or from its own default folders, None when it is not installed."""
    home = environ.get("HOME", "")
    folders = [*environ.get("PATH", os.defpath).split(os.pathsep), f"{home}/.local/bin", f"{home}/.cargo/bin"]
    return shutil.which("uv", path=os.pathsep.join(folders))


def usable(found: Interpreter | None, missing: str, version: str) -> Interpreter:
    """Return `found` when it can make environments.

    Raises NoInterpreter, with `missing` and the ways to install `version` ("3.10"), when there is none.
    """
    if found is None:
        raise NoInterpreter(missing + "\n" + how_to_install(version))
    if not found.makes_venvs:
        name = "{}.{}".format(*found.version)
        raise NoInterpreter(
            f"Python {name} ({found.path}) cannot make virtual environments.\n"
            f"On Debian and Ubuntu: sudo apt-get install python{name}-venv, then run this again."
        )
    return found


def how_to_install(version: str, platform: str = sys.platform) -> str:
    """Return the lines that tell a person how to get Python `version` ("3.10") on this platform."""
    lines = [
        f"Install Python {version} in any one of these ways, then run the same command again:",
        f"  with uv         uv python install {version}        (uv itself: python3 -m pip install --user uv)",
        f"  with pyenv      pyenv install {version}",
        f"  with conda      conda create -n python{version} python={version}",
    ]
    if platform == "darwin":
        lines.append(f"  with Homebrew   brew install python@{version}")
    else:
        lines.append(f"  Fedora          sudo dnf install python{version}")
        lines.append(
            f"  Ubuntu          sudo apt-get install python{version} python{version}-venv   (where the release has it)"
        )
    return "\n".join(lines)
