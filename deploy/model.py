"""The trained Rasa model: which file belongs to the present training data, and training it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from deploy.commands import CommandFailed, quiet_environ, run_logged
from deploy.layout import BOT_VENV, REPOSITORY, REQUIREMENTS, venv_python
from deploy.stamps import digest

KEEP = 3


def training_inputs(repository: Path = REPOSITORY) -> list[Path]:
    """Return what a model is trained from. bot.in stands for the version of Rasa itself."""
    names = ("config.yml", "domain", "domain.yml", "data", "bot")
    return [repository / name for name in names] + [repository / "requirements" / "bot.in"]


def model_path(home: Path, repository: Path = REPOSITORY) -> Path:
    """Return where the model of the present training data lies under `home`, trained already or not."""
    return home / "rasa" / f"huilu-{digest(training_inputs(repository), root=repository)[:12]}.tar.gz"


def train(home: Path, log: Path) -> Path:
    """Train the model of the present training data and return its path; older ones are removed but the newest three.

    Raises CommandFailed when the Rasa project is not complete or training fails.
    """
    if not (REPOSITORY / "config.yml").exists():
        raise CommandFailed("There is no config.yml here, so there is no Rasa project to train.")
    target = model_path(home)
    workshop = target.parent / "training"
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    domain = "domain" if (REPOSITORY / "domain").is_dir() else "domain.yml"
    command = [str(venv_python(BOT_VENV)), "-m", "rasa", "train", "--domain", domain, "--out", str(workshop)]
    environ = quiet_environ(
        RASA_TELEMETRY_ENABLED="false",
        RASA_CACHE_DIRECTORY=str(target.parent / "cache"),
        TF_CPP_MIN_LOG_LEVEL="2",
        PYTHONPATH=str(REPOSITORY),
    )
    run_logged([*command, "--fixed-model-name", target.name[: -len(".tar.gz")]], log, environ)
    trained = workshop / target.name
    if not trained.exists():
        raise CommandFailed(f"Rasa ended without writing a model. Its output is in {log}")
    # Only a complete model gets the name that `make run` looks for.
    os.replace(trained, target)
    shutil.rmtree(workshop, ignore_errors=True)
    _forget_old(target)
    return target


def _forget_old(newest: Path) -> None:
    models = sorted(newest.parent.glob("huilu-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in models[KEEP:]:
        old.unlink()


if __name__ == "__main__":
    print(model_path(Path(sys.argv[1]) if len(sys.argv) > 1 else REQUIREMENTS.parent / "var"))
