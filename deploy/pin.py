"""Pin what the .in files ask for: python3 deploy/pin.py [--upgrade] app bot dev node uv

Installs each requirements/<name>.in into a fresh environment and writes what came with it, every version
exact, to requirements/<name>.txt. Without --upgrade the present pins are kept where they still fit.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy.commands import CommandFailed, run_logged
from deploy.environments import APP, BOT, pinned, requirement_lines
from deploy.interpreters import NoInterpreter
from deploy.layout import REQUIREMENTS, home_directory

# Rasa names other builds of TensorFlow for other machines, and pins those itself.
_INTEL_OR_LINUX = 'sys_platform != "darwin" or platform_machine != "arm64"'
_NO_ARM = 'platform_machine != "arm64" and platform_machine != "aarch64"'
MARKERS = {"tensorflow": _INTEL_OR_LINUX, "tensorflow-text": _NO_ARM, "tensorflow-io-gcs-filesystem": _INTEL_OR_LINUX}
# Which of these come depends on the machine: PyTorch pins its own GPU libraries exactly.
_LEFT_OUT = re.compile(r"pip|wheel|nvidia-.*|cuda-.*|triton")


def pins(freeze: str, without: Mapping[str, str]) -> dict[str, str]:
    """Return normalised name -> requirement line for the output of `pip freeze --all`, less the names in `without`.

    A local version ("2.13.0+cpu") is cut to what every index offers ("2.13.0").
    """
    lines: dict[str, str] = {}
    for line in requirement_lines(freeze):
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([^+\s]+)(?:\+\S+)?", line)
        if match is None:
            raise CommandFailed(f"Not an exact version from an index: {line}")
        name = normalised(match.group(1))
        if name not in without and not _LEFT_OUT.fullmatch(name):
            marker = f" ; {MARKERS[name]}" if name in MARKERS else ""
            lines[name] = f"{match.group(1)}=={match.group(2)}{marker}"
    return lines


def normalised(name: str) -> str:
    """Return the one spelling under which a package index knows a name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def render(name: str, lines: Mapping[str, str]) -> str:
    """Return the text of requirements/<name>.txt."""
    header = f"# Made from {name}.in by deploy/pin.py; change that file, not this one.\n"
    return header + "".join(f"{lines[key]}\n" for key in sorted(lines))


def pin(name: str, upgrade: bool, log: Path) -> None:
    """Write requirements/<name>.txt from requirements/<name>.in. Raises CommandFailed and NoInterpreter."""
    python = (BOT if name == "bot" else APP).find_python(log)
    base = (
        {} if name != "dev" else {normalised(re.split("==", line)[0]): line for line in requirement_lines(_text("app"))}
    )
    with tempfile.TemporaryDirectory(prefix="huilu-pin-") as folder:
        run_logged([python.path, "-m", "venv", folder], log)
        pip = [str(Path(folder) / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        # A fresh environment may bring its own setuptools; only what a package asks for is to be pinned.
        run_logged([*pip, "uninstall", "--yes", "setuptools"], log)
        kept = [] if upgrade or not pinned(name).exists() else ["--constraint", str(pinned(name))]
        if base:
            run_logged([*pip, "install", "-r", str(pinned("app"))], log)
            kept += ["--constraint", str(pinned("app"))]
        run_logged([*pip, "install", "-r", str(REQUIREMENTS / f"{name}.in"), *kept], log)
        freeze = run_logged([*pip, "freeze", "--all"], log)
    pinned(name).write_text(render(name, pins(freeze, base)), encoding="utf-8")


def _text(name: str) -> str:
    return pinned(name).read_text(encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Pin the named files and return the exit code."""
    parser = argparse.ArgumentParser(description="Pin what the .in files ask for.")
    parser.add_argument("names", nargs="+", choices=["app", "bot", "dev", "node", "uv"])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    chosen = parser.parse_args(arguments)
    try:
        for name in chosen.names:
            print(f"Pinning {name} ...", flush=True)
            pin(name, chosen.upgrade, home_directory() / "log" / f"pin-{name}.log")
    except (CommandFailed, NoInterpreter) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
