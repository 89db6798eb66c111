"""Where things lie: the repository, the two environments and what is written while running."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
APP_VENV = REPOSITORY / ".venv"
BOT_VENV = REPOSITORY / ".venv-rasa"
REQUIREMENTS = REPOSITORY / "requirements"
VENDOR = REPOSITORY / "web" / "assets" / "vendor"


def home_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the absolute HUILU_HOME (default var/); a relative one starts at the repository."""
    return (REPOSITORY / Path(environ.get("HUILU_HOME") or "var").expanduser()).resolve()


def venv_python(venv: Path) -> Path:
    """Return the path of the interpreter inside a virtual environment."""
    return venv / "bin" / "python"
