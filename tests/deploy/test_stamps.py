"""Stamps, and the name of the model that belongs to the training data."""

from pathlib import Path

import pytest

from deploy.model import model_path
from deploy.stamps import digest, is_current, venv_version, write

pytestmark = pytest.mark.fast


def test_a_stamp_is_current_until_its_input_changes(tmp_path: Path) -> None:
    pins, stamp = tmp_path / "app.txt", tmp_path / "venv" / ".stamp"
    pins.write_text("a==1\n")
    value = digest([pins], "3.11.7")
    assert not is_current(stamp, value)
    write(stamp, value)
    assert is_current(stamp, digest([pins], "3.11.7"))
    assert not is_current(stamp, digest([pins], "3.12.1"))
    pins.write_text("a==2\n")
    assert not is_current(stamp, digest([pins], "3.11.7"))


def test_a_damaged_stamp_is_not_current(tmp_path: Path) -> None:
    stamp = tmp_path / ".stamp"
    stamp.write_bytes(b"\xff\xfe")
    assert not is_current(stamp, "x")


def test_a_half_made_environment_has_no_version(tmp_path: Path) -> None:
    assert venv_version(tmp_path) is None
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.10.13\n")
    assert venv_version(tmp_path) is None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    assert venv_version(tmp_path) == "3.10.13"


def test_an_environment_whose_python_was_removed_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("version = 3.10.13\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "gone")
    assert venv_version(tmp_path) is None


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config.yml", "domain/a.yml", "data/nlu/b.yml", "bot/tokenizer.py", "requirements/bot.in"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "project"


@pytest.mark.parametrize(
    "name", ["config.yml", "domain/a.yml", "data/nlu/b.yml", "bot/tokenizer.py", "data/nlu/new.yml"]
)
def test_each_training_input_changes_the_model(project: Path, tmp_path: Path, name: str) -> None:
    before = model_path(tmp_path, project)
    (project / name).write_text("changed")
    assert model_path(tmp_path, project) != before


def test_compiled_files_and_the_place_do_not_change_the_model(project: Path, tmp_path: Path) -> None:
    before = model_path(tmp_path, project)
    (project / "bot" / "__pycache__").mkdir()
    (project / "bot" / "__pycache__" / "tokenizer.pyc").write_text("x")
    assert model_path(tmp_path, project) == before
    moved = project.rename(tmp_path / "elsewhere")
    assert model_path(tmp_path, moved) == before
    assert before.parent == tmp_path / "rasa"
    assert before.name.endswith(".tar.gz")


def test_moving_a_sentence_from_one_file_to_the_next_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("xy")
    (tmp_path / "b").write_text("z")
    before = digest([tmp_path / "a", tmp_path / "b"])
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("yz")
    assert digest([tmp_path / "a", tmp_path / "b"]) != before
