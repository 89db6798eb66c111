"""The pinned files: every line exact, nothing of one machine in them, and all we import is there."""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions

import pytest

from deploy.commands import CommandFailed
from deploy.environments import pinned, requirement_lines
from deploy.layout import REPOSITORY, REQUIREMENTS
from deploy.pin import normalised, pins, render

pytestmark = pytest.mark.fast

NAMES = ["app", "bot", "dev", "node", "uv"]
# Run by those who develop, with what dev brings.
TRAINING = REPOSITORY / "knowledge_base" / "encoder_training"
OURS = ["actions", "benchmarks", "knowledge_base", "storage", "support", "texts", "web"]


def pinned_names(name: str) -> set[str]:
    return {normalised(line.split("==")[0]) for line in requirement_lines(pinned(name).read_text())}


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_exact_and_free_of_addresses(name: str) -> None:
    for line in requirement_lines(pinned(name).read_text()):
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+( ; .+)?", line), line


@pytest.mark.parametrize("name", NAMES)
def test_what_is_asked_for_is_pinned(name: str) -> None:
    for line in requirement_lines((REQUIREMENTS / f"{name}.in").read_text()):
        asked = normalised(re.split(r"[\[=<>! ]", line)[0])
        assert asked in pinned_names(name) | pinned_names("app"), (
            f"{name}.in asks for {asked}: run deploy/pin.py {name}"
        )


def test_dev_repeats_nothing_of_app() -> None:
    assert not pinned_names("dev") & pinned_names("app")


def test_the_lock_of_the_browser_libraries_names_no_registry() -> None:
    lock = json.loads((REPOSITORY / "package-lock.json").read_text())
    wanted = json.loads((REPOSITORY / "package.json").read_text())
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


def test_every_package_the_application_imports_is_pinned() -> None:
    distributions = packages_distributions()
    missing = set()
    for folder in OURS:
        for path in (REPOSITORY / folder).rglob("*.py"):
            if path.name.endswith("_in_rasa.py"):  # run by the other interpreter
                continue
            for module in imported_modules(path.read_text(encoding="utf-8")):
                if module in sys.stdlib_module_names or (REPOSITORY / module).exists():
                    continue
                known = pinned_names("app") | (pinned_names("dev") if path.is_relative_to(TRAINING) else set())
                if not {normalised(name) for name in distributions.get(module, [module])} & known:
                    missing.add(f"{module} ({path.relative_to(REPOSITORY)})")
    assert not missing, f"add to requirements/app.in and run deploy/pin.py app: {sorted(missing)}"


def imported_modules(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_pins_cut_local_versions_and_leave_out_what_the_machine_brings() -> None:
    freeze = "torch==2.13.0+cpu\npip==26.0\nnvidia-cublas==1.0\nJinja2==3.1.6\ntensorflow==2.12.0\n"
    lines = pins(freeze, {"jinja2": "Jinja2==3.1.6"})
    assert lines["torch"] == "torch==2.13.0"
    assert set(lines) == {"torch", "tensorflow"}
    assert lines["tensorflow"].startswith("tensorflow==2.12.0 ; ")


def test_pins_refuse_what_has_no_version() -> None:
    with pytest.raises(CommandFailed, match="Not an exact version"):
        pins("thing @ file:///somewhere/thing.whl\n", {})


def test_pinned_files_are_sorted() -> None:
    assert render("app", {"b": "B==1", "a": "a==2"}).splitlines()[1:] == ["a==2", "B==1"]
