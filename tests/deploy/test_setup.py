"""The steps of the set-up."""

from pathlib import Path

import pytest

from deploy import environments, setup
from deploy.commands import CommandFailed

pytestmark = pytest.mark.fast


def test_the_application_is_installed_also_where_its_model_cannot_be_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []

    def run_logged(command: list[str], log: Path) -> str:
        commands.append(command)
        raise CommandFailed("no space left")

    monkeypatch.setattr(environments, "install", lambda *_, **__: None)
    monkeypatch.setattr(setup, "run_logged", run_logged)
    setup.steps(tmp_path)["app"].run(tmp_path / "log")
    assert [command[1:] for command in commands] == [["-m", "knowledge_base.minilm_export"]]
    assert "will try again" in capsys.readouterr().out
