"""The commands, as the shell runs them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    assert "return-an-item" in capsys.readouterr().out


def test_evaluate(shop_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(shop_file)])
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        '{"query": "怎么退货", "expected": ["return-an-item"]}\n{"query": "帮我写一首诗", "expected": []}\n',
        encoding="utf-8",
    )
    capsys.readouterr()
    assert main(["evaluate", str(questions), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["questions"], figures["hit@1"], figures["refused_rightly"]) == (2, 1, 1)
    assert main(["evaluate", str(questions)]) == 0
    assert "calibration_error" in capsys.readouterr().out
    questions.write_text('{"query": 1, "expected": []}\n{"query": "a"}\n', encoding="utf-8")
    assert main(["evaluate", str(questions)]) == 1
    assert 'line 2: "expected" must be a list' in capsys.readouterr().err


def test_duplicates(shop_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(shop_file)])
    capsys.readouterr()
    assert main(["duplicates", "--json"]) == 0
    assert capsys.readouterr().out == ""
