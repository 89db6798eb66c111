"""Choosing a Python: only one that answers counts."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.interpreters import (
    Interpreter,
    NoInterpreter,
    ask,
    candidates,
    find_uv,
    first_fitting,
    how_to_install,
    usable,
)

pytestmark = pytest.mark.fast

Script = Callable[[str, str], Path]


def test_this_python_answers() -> None:
    found = ask(sys.executable)
    assert found is not None
    assert found.version == sys.version_info[:3]


@pytest.mark.parametrize(
    "body",
    ["echo 'pyenv: python3.10: command not found' >&2; exit 127", "exit 0", "echo usage: something else", "echo 3.x.1"],
)
def test_what_does_not_answer_like_a_python_is_none(script: Script, body: str) -> None:
    assert ask(str(script("bin/python3.10", body))) is None


def test_a_python_that_hangs_is_none(script: Script) -> None:
    assert ask(str(script("bin/python3.10", "exec sleep 30")), timeout=0.2) is None


def test_a_failing_shim_on_the_path_is_passed_over(script: Script, tmp_path: Path) -> None:
    script("shims/python3.10", "exit 127")
    script(".pyenv/versions/3.10.13/bin/python", "printf '3.10.13\\nvenv\\n'")
    environ = {"PATH": str(tmp_path / "shims"), "HOME": str(tmp_path)}
    found = first_fitting([10], candidates(10, environ, system=()))
    assert found == Interpreter(str(tmp_path / ".pyenv/versions/3.10.13/bin/python"), (3, 10, 13), True)


def test_another_version_under_a_fitting_name_is_passed_over(script: Script, tmp_path: Path) -> None:
    script("bin/python3", "printf '3.12.1\\nvenv\\n'")
    environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    assert first_fitting([10], candidates(10, environ, system=())) is None


def test_one_that_makes_environments_is_preferred(script: Script) -> None:
    bare = script("a/python3.10", "echo 3.10.2")
    whole = script("b/python3.10", "printf '3.10.1\\nvenv\\n'")
    found = first_fitting([10], [str(bare), str(whole)])
    assert found is not None
    assert found.path == str(whole)


def test_without_a_python_the_message_says_what_to_install() -> None:
    with pytest.raises(NoInterpreter, match=r"(?s)Rasa needs it\..*uv python install 3\.10.*pyenv install 3\.10"):
        usable(None, "Rasa needs it.", "3.10")


def test_a_python_without_venv_names_the_package() -> None:
    with pytest.raises(NoInterpreter, match=r"apt-get install python3\.11-venv"):
        usable(Interpreter("/usr/bin/python3", (3, 11, 2), False), "", "3.11")


def test_advice_fits_the_platform() -> None:
    assert "brew" in how_to_install("3.10", "darwin")
    assert "brew" not in how_to_install("3.10", "linux")


def test_uv_is_found_in_its_own_folder(script: Script, tmp_path: Path) -> None:
    assert find_uv({"PATH": str(tmp_path), "HOME": str(tmp_path)}) is None
    uv = script(".local/bin/uv", "exit 0")
    assert find_uv({"PATH": str(tmp_path), "HOME": str(tmp_path)}) == str(uv)
