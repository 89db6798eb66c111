"""What `python -m benchmarks` takes, and the quick benchmarks."""

import json
from pathlib import Path

import pytest

from benchmarks import retrieval, speed
from benchmarks.__main__ import CONTESTANTS, RIVALS, main, parser

pytestmark = pytest.mark.fast


def test_everything_is_measured_unless_one_thing_is_named() -> None:
    options = parser().parse_args([])
    assert (options.benchmark, options.at_once, options.turns, options.data) == ("all", None, 200, [])
    assert parser().parse_args(["turns", "--at-once", "2,8"]).at_once == [2, 8]


def test_contestants_are_chosen_by_name() -> None:
    assert parser().parse_args(["speed", "--only", "limit,ours"]).only == ["limit", "ours"]
    assert tuple(speed.CONTESTANTS) == CONTESTANTS


def test_rivals_are_chosen_by_name_and_all_are_measured_unless_said_otherwise() -> None:
    assert parser().parse_args([]).rivals == ["bm25", "minilm", "selector"]
    assert parser().parse_args(["retrieval", "--rivals", "minilm,bm25"]).rivals == ["minilm", "bm25"]
    assert parser().parse_args(["retrieval", "--rivals", "none"]).rivals == []
    assert tuple(retrieval.RIVALS) == RIVALS


@pytest.mark.parametrize(
    "wrong",
    [
        ["--at-once", "0"],
        ["--at-once", "1,x"],
        ["--turns", "-1"],
        ["--only", "theirs"],
        ["--rivals", "bm25,theirs"],
        ["quickness"],
    ],
)
def test_a_wrong_command_line_is_explained(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(wrong)
    assert "invalid" in capsys.readouterr().err


def test_the_widget_is_measured_and_written_down(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["widget", "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert 0 < figures["widget"]["bytes_gzipped"] < figures["widget"]["bytes"]
    assert figures["machine"]["cores"] >= 1
    assert str(figures["widget"]["bytes"]) in capsys.readouterr().out
