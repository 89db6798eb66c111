"""Set up what is missing: python3 deploy/setup.py [app] [bot] [assets] [dev] [model]

Without names: app, bot, assets and model, which is what running needs. Each step is skipped when its
stamp shows that nothing changed since; the check of all of them takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import fcntl
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy import assets, environments, model
from deploy.commands import CommandFailed, run_logged
from deploy.environments import APP, BOT
from deploy.interpreters import NoInterpreter
from deploy.layout import REPOSITORY, home_directory, venv_python

NEEDED_GB = 6


class Step(NamedTuple):
    """One step: what a person reads, whether it is done already, and doing it (given its log file)."""

    title: str
    is_done: Callable[[], bool]
    run: Callable[[Path], object]


def steps(home: Path) -> dict[str, Step]:
    """Return all steps by name, in the order they depend on each other."""
    return {
        "app": Step(
            "Installing the application into .venv (about 3 minutes, 1 GB; more where PyTorch brings GPU libraries)",
            lambda: environments.is_installed(APP, "app"),
            _install_app,
        ),
        "bot": Step(
            "Installing Rasa into .venv-rasa (about 3 minutes, 2 GB)",
            lambda: environments.is_installed(BOT, "bot"),
            lambda log: environments.install(BOT, "bot", log),
        ),
        "assets": Step("Fetching the browser libraries", assets.is_installed, assets.install_assets),
        "dev": Step(
            "Installing the tools for tests and checks into .venv",
            lambda: environments.is_installed(APP, "dev"),
            lambda log: environments.install(APP, "dev", log, constraint="app"),
        ),
        "model": Step(
            "Training the dialogue model (about 2 minutes)",
            lambda: model.model_path(home).exists(),
            lambda log: print(f"      model: {model.train(home, log)}"),
        ),
    }


def _install_app(log: Path) -> None:
    environments.install(APP, "app", log, first=["torch"])
    try:
        # Else the first start would do it, and a start can do without.
        run_logged([str(venv_python(APP.folder)), "-m", "knowledge_base.minilm_export"], log)
    except CommandFailed:
        print(f"      the English model could not be made faster; the app will try again (see {log})", flush=True)


def set_up(names: Sequence[str], home: Path) -> None:
    """Run those of the named steps that are not done. Raises CommandFailed and NoInterpreter."""
    known = steps(home)
    chosen = [name for name in known if name in names]
    if all(known[name].is_done() for name in chosen):
        return
    with open(__file__, "rb") as own_file:
        _wait_for_turn(own_file.fileno())
        _warn_of_little_space()
        pending = [name for name in chosen if not known[name].is_done()]
        for number, name in enumerate(pending, 1):
            _run(known[name], f"[{number}/{len(pending)}]", home / "log" / f"setup-{name}.log")


def _run(step: Step, number: str, log: Path) -> None:
    # Training data may have become current through an earlier step; a step is never run for nothing.
    if step.is_done():
        return
    print(f"{number} {step.title} ...", flush=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    start = time.monotonic()
    step.run(log)
    print(f"      done in {time.monotonic() - start:.0f} s", flush=True)


def _wait_for_turn(handle: int) -> None:
    """Keep two set-ups from filling the same environment; the lock ends with the process, however it ends."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("Another set-up is running in this folder; waiting for it ...", flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)


def _warn_of_little_space() -> None:
    free = shutil.disk_usage(REPOSITORY).free / 1e9
    if free < NEEDED_GB and not (APP.folder.exists() and BOT.folder.exists()):
        print(f"Only {free:.1f} GB are free on this disk; the first set-up needs up to {NEEDED_GB} GB.", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Read the step names, run what is missing, and return the exit code."""
    parser = argparse.ArgumentParser(description="Set up what is missing.", allow_abbrev=False)
    parser.add_argument("steps", nargs="*", metavar="step", help="app, bot, assets, dev or model")
    names = parser.parse_args(arguments).steps or ["app", "bot", "assets", "model"]
    home = home_directory()
    unknown = sorted(set(names) - set(steps(home)))
    if unknown:
        parser.error(f"unknown step {', '.join(unknown)}; there are {', '.join(steps(home))}")
    if "model" in names and "bot" not in names:
        names.append("bot")
    try:
        set_up(names, home)
    except (CommandFailed, NoInterpreter) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except OSError as trouble:
        where = f" at {trouble.filename}" if trouble.filename else ""
        print(f"The set-up cannot go on{where}: {trouble.strerror or trouble}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again; it goes on where it stopped.", file=sys.stderr)
        return 130
    if "model" in names:
        print(f"Model: {model.model_path(home)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
