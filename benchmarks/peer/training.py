"""The peer's model, trained once and again when what it is trained from has changed."""

import os
import shutil
from pathlib import Path

from deploy.commands import CommandFailed, quiet_environ, run_logged
from deploy.layout import BOT_VENV, REPOSITORY, REQUIREMENTS, home_directory, venv_python
from deploy.stamps import digest
from tests.running import StartFailed

PEER = Path(__file__).parent
# Our own examples of its intents: it is not to lose because its examples are worse.
INTENTS = ("greet", "goodbye", "thanks", "question")
RASA_SETTINGS = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "2", "SANIC_WORKERS": "1"}


def examples() -> list[Path]:
    """The files of examples that it learns from."""
    return [REPOSITORY / "data" / "nlu" / f"{intent}.yml" for intent in INTENTS]


def trained_model() -> Path:
    """The model, trained now unless that was done before.

    Raises:
        StartFailed: When training fails.
    """
    home = home_directory() / "peer"
    made_from = [PEER / "config.yml", PEER / "domain.yml", PEER / "data", *examples(), REQUIREMENTS / "bot.in"]
    target = home / f"peer-{digest(made_from, root=REPOSITORY)[:12]}.tar.gz"
    if not target.exists():
        print("speed: training the peer's model ...", flush=True)
        try:
            _train(target)
        except CommandFailed as failure:
            raise StartFailed(f"The peer's model could not be trained. {failure}") from failure
    return target


def _train(target: Path) -> None:
    workshop = target.parent / "training"
    for old in (workshop, *target.parent.glob("peer-*.tar.gz")):
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    workshop.mkdir(parents=True)
    command = [str(venv_python(BOT_VENV)), "-m", "rasa", "train"]
    command += ["--config", str(PEER / "config.yml"), "--domain", str(PEER / "domain.yml")]
    command += ["--data", str(PEER / "data"), *map(str, examples())]
    command += ["--out", str(workshop), "--fixed-model-name", target.name.removesuffix(".tar.gz")]
    environ = quiet_environ(**RASA_SETTINGS, RASA_CACHE_DIRECTORY=str(workshop / "cache"))
    run_logged(command, target.parent / "train.log", environ)
    trained = workshop / target.name
    if not trained.exists():
        raise CommandFailed(f"Rasa ended without writing a model. Its output is in {target.parent / 'train.log'}")
    # Only a complete model gets the name that is looked for.
    os.replace(trained, target)
    shutil.rmtree(workshop, ignore_errors=True)
