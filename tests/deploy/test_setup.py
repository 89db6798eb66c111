"""The steps of the set-up."""

from pathlib import Path

import pytest

from deploy import assets, environments, setup
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


@pytest.mark.parametrize("target", ["vendor", "/nowhere/at/all"])
def test_a_link_that_leads_nowhere_gives_way_to_the_browser_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    vendor = tmp_path / "vendor"
    vendor.symlink_to(vendor if target == "vendor" else Path(target))
    (tmp_path / "node_modules").symlink_to(tmp_path / "node_modules")

    def npm_ci(*_: object) -> None:
        for source in assets.FILES.values():
            made = tmp_path / "node_modules" / source
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(source)

    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text("{}")
    monkeypatch.setattr(assets, "REPOSITORY", tmp_path)
    monkeypatch.setattr(assets, "VENDOR", vendor)
    monkeypatch.setattr(assets, "find_npm", lambda _: "/usr/bin/npm")
    monkeypatch.setattr(assets, "run_logged", npm_ci)
    assert not assets.is_installed()
    assets.install_assets(tmp_path / "log")
    assert {each.name for each in vendor.iterdir()} == {*assets.FILES, ".stamp"}
    assert not vendor.is_symlink()


def test_a_link_that_leads_to_a_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "vendor").symlink_to(tmp_path / "elsewhere")
    assets.remove_dead_link(tmp_path / "vendor")
    assert (tmp_path / "vendor").is_symlink()


def test_what_the_disk_refuses_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        (tmp_path / "not-a-folder").write_text("")
        (tmp_path / "not-a-folder").mkdir()

    monkeypatch.setattr(setup, "set_up", refuse)
    assert setup.main(["assets"]) == 1
    said = capsys.readouterr().err
    assert said == f"The set-up cannot go on at {tmp_path / 'not-a-folder'}: File exists.\n"
