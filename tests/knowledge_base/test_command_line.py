"""The commands, as the shell runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from deploy.layout import REPOSITORY
from knowledge_base.__main__ import main
from storage.settings import settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HUILU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUILU_ENCODER", "none")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_import_and_export_byte_for_byte(shop_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(shop_file)]) == 0
    assert "9 new, 0 changed, 0 unchanged" in capsys.readouterr().out
    exported = tmp_path / "out.jsonl"
    assert main(["export", str(exported)]) == 0
    assert exported.read_bytes() == shop_file.read_bytes()
    assert main(["import", str(exported)]) == 0
    assert "0 new, 0 changed, 9 unchanged" in capsys.readouterr().out


def test_a_broken_file_is_refused_whole(shop_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(shop_file.read_text(encoding="utf-8") + "{\n[]\n", encoding="utf-8")
    assert main(["import", str(broken)]) == 1
    errors = capsys.readouterr().err
    assert "line 10: not valid JSON" in errors
    assert "line 11: not a JSON object" in errors
    assert main(["export", str(tmp_path / "out.jsonl")]) == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize("command", ["import", "evaluate"])
def test_files_that_cannot_be_read(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(tmp_path / "missing.jsonl")]) == 1
    assert "There is no file" in capsys.readouterr().err
    assert main([command, str(tmp_path)]) == 1
    assert "is a folder" in capsys.readouterr().err


def test_search(shop_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(shop_file)])
    capsys.readouterr()
    assert main(["search", "退款多久到帳？", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["decision"], result["language"], result["answer"]) == ("answer", "zh-Hant", "三天。")
    assert main(["search", "怎么退货"]) == 0
    told = capsys.readouterr().out
    assert "return-an-item" in told
    assert "(meaning -, words " in told
    assert " %)" in told


@pytest.mark.parametrize("command", [["search", "怎么退货"], ["export", "-"]])
def test_a_reader_that_has_enough_ends_a_command_quietly(command: list[str], shop_file: Path) -> None:
    main(["import", str(shop_file)])
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "knowledge_base", *command], cwd=REPOSITORY, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.fixture
def questions(shop_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A question the shop answers and one it does not."""
    main(["import", str(shop_file)])
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"query": "怎么退货", "expected": ["return-an-item"]}\n{"query": "帮我写一首诗", "expected": []}\n',
        encoding="utf-8",
    )
    capsys.readouterr()
    return file


def test_evaluate_as_json(questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(questions), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["questions"], figures["hit@1"], figures["refused_rightly"]) == (2, 1, 1)
    assert figures["intervals"]["hit@1"] == [0.2065, 1.0]
    assert figures["categories"]["returns"]["hit@1"] == 1
    assert figures["confusions"] == []


def test_evaluate_for_people(questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(questions)]) == 0
    told = capsys.readouterr().out
    assert "100.0 % (20.6-100.0)" in told
    assert "calibration_error" in told
    assert "By category" in told


def test_evaluate_draws_a_picture(questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "picture.svg"
    assert main(["evaluate", str(questions), "--picture", str(picture)]) == 0
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    assert main(["evaluate", str(questions), "--picture", str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_evaluate_refuses_a_broken_file(questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions.write_text('{"query": 1, "expected": []}\n{"query": "a"}\n', encoding="utf-8")
    assert main(["evaluate", str(questions)]) == 1
    assert 'line 2: "expected" must be a list' in capsys.readouterr().err


def test_evaluate_explains_a_wrong_number_of_mistakes(questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", str(questions), "--worst", "-1"])
    assert "invalid" in capsys.readouterr().err


def test_duplicates(shop_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(shop_file)])
    capsys.readouterr()
    assert main(["duplicates", "--json"]) == 0
    assert capsys.readouterr().out == ""
