"""Making and filling the virtual environments: .venv for the application, .venv-rasa for Rasa."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from deploy.commands import CommandFailed, package_counter, quiet_environ, run_logged
from deploy.interpreters import APP_MINORS, BOT_MINORS, Interpreter, find, find_uv, usable
from deploy.layout import APP_VENV, BOT_VENV, REPOSITORY, REQUIREMENTS, venv_python
from deploy.stamps import digest, is_current, venv_version, write
from deploy.troubles import explain


class Environment(NamedTuple):
    """A virtual environment: its folder, the Python 3 minors it may have, and how to find such a Python."""

    folder: Path
    minors: Sequence[int]
    find_python: Callable[[Path], Interpreter]


def app_python(_log: Path) -> Interpreter:
    """Return a Python for the application. Raises NoInterpreter when there is none that can make environments."""
    missing = "Huilu's application needs Python 3.11 or newer, and none that runs was found."
    return usable(find(APP_MINORS, os.environ), missing, "3.11")


def bot_python(log: Path) -> Interpreter:
    """Return a Python 3.10 for Rasa; when this machine has none, uv is asked to fetch one. Raises NoInterpreter."""
    # Beside the environment, so that `make clean` takes it along.
    environ = {**os.environ, "UV_PYTHON_INSTALL_DIR": str(REPOSITORY / ".venv-python")}
    found = find(BOT_MINORS, environ)
    why_not = ""
    if found is None:
        print("      no Python 3.10 that runs here; fetching one with uv", flush=True)
        try:
            run_logged([_uv(log), "python", "install", "3.10"], log, {**quiet_environ(), **environ})
        except CommandFailed as trouble:
            why_not = f" Fetching one with uv failed too (its output is in {log}). {explain(str(trouble))}"
        found = find(BOT_MINORS, environ)
    missing = "Rasa 3.6 runs on Python 3.10 only, and no Python 3.10 that runs was found."
    return usable(found, (missing + why_not).strip(), "3.10")


def _uv(log: Path) -> str:
    present = find_uv(os.environ)
    if present:
        return present
    install(APP, "uv", log)
    return str(APP.folder / "bin" / "uv")


APP = Environment(APP_VENV, APP_MINORS, app_python)
BOT = Environment(BOT_VENV, BOT_MINORS, bot_python)


def pinned(name: str) -> Path:
    """Return the file with the pinned packages of `name`: app, bot, dev, node or uv."""
    return REQUIREMENTS / f"{name}.txt"


def stamp_of(environment: Environment, name: str) -> Path:
    """Return the stamp that says the packages of `name` are in `environment`."""
    return environment.folder / f".huilu-{name}"


def is_installed(environment: Environment, name: str) -> bool:
    """Say, without starting a process, whether the pinned packages of `name` are in `environment`."""
    version = venv_version(environment.folder)
    return version is not None and is_current(stamp_of(environment, name), digest([pinned(name)], version))


def install(environment: Environment, name: str, log: Path, first: Sequence[str] = (), constraint: str = "") -> None:
    """Install the pinned packages of `name`, making the environment when it is missing or unusable.

    `first` names packages that get an installation of their own before the rest; `constraint` another
    pinned file that must stay satisfied. Raises NoInterpreter and CommandFailed.
    """
    make(environment, log)
    lines = requirement_lines(pinned(name).read_text(encoding="utf-8"))
    pip = [str(venv_python(environment.folder)), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    for package in first:
        run_logged([*pip, *(line for line in lines if line.startswith(f"{package}=="))], log)
    extra = ["--constraint", str(pinned(constraint))] if constraint else []
    run_logged([*pip, "--requirement", str(pinned(name)), *extra], log, progress=package_counter(len(lines)))
    version = venv_version(environment.folder)
    assert version is not None
    write(stamp_of(environment, name), digest([pinned(name)], version))


def make(environment: Environment, log: Path) -> None:
    """Make the environment unless a usable one is there; an interrupted or wrong one is replaced."""
    if _is_usable(environment):
        return
    python = environment.find_python(log)
    remove(environment.folder)
    run_logged([python.path, "-m", "venv", str(environment.folder)], log)


def _is_usable(environment: Environment) -> bool:
    version = venv_version(environment.folder)
    if version is None or int(version.split(".")[1]) not in environment.minors:
        return False
    if any(environment.folder.glob(".huilu-*")):
        return True
    # No stamp: the first installation was interrupted, maybe before pip itself was there.
    try:
        answer = subprocess.run(
            [venv_python(environment.folder), "-m", "pip", "--version"], capture_output=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def remove(folder: Path) -> None:
    """Remove an environment; of a link only the link."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def requirement_lines(text: str) -> list[str]:
    """Return the requirements in a pip file without comments and options."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("-")]
