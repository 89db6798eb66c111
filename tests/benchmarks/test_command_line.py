"""What `python -m benchmarks` takes, and the quick benchmarks."""

import json
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.__main__ import CONTESTANTS, main, parser
from benchmarks.retrieval import sets_in, show, thinned
from knowledge_base.evaluate import Question

pytestmark = pytest.mark.fast


def test_everything_is_measured_unless_one_thing_is_named() -> None:
    options = parser().parse_args([])
    assert (options.benchmark, options.at_once, options.turns, options.data) == ("all", None, 200, [])
    assert parser().parse_args(["turns", "--at-once", "2,8"]).at_once == [2, 8]


def test_contestants_are_chosen_by_name() -> None:
    assert parser().parse_args(["speed", "--only", "limit,ours"]).only == ["limit", "ours"]
    assert tuple(speed.CONTESTANTS) == CONTESTANTS


@pytest.mark.parametrize(
    "wrong", [["--at-once", "0"], ["--at-once", "1,x"], ["--turns", "-1"], ["--only", "theirs"], ["quickness"]]
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


def test_sets_are_found_by_name_packed_or_not(tmp_path: Path) -> None:
    names = ["a.articles.jsonl.gz", "a.questions.jsonl.gz", "b.articles.jsonl", "b.questions.jsonl"]
    for name in (*names, "alone.articles.jsonl"):
        (tmp_path / name).touch()
    assert [name for name, _, _ in sets_in([tmp_path])] == ["a", "b"]


def test_fewer_questions_are_spread_over_the_file() -> None:
    questions = [Question(str(number), frozenset(), "en") for number in range(10)]
    assert [question.query for question in thinned(questions, 4)] == ["0", "2", "5", "7"]
    assert thinned(questions, None) == thinned(questions, 20) == questions


def test_sets_stand_side_by_side() -> None:
    part = {"questions": 5, "hit@1": 0.5, "ms_median": 2.25}
    text = show({"demo": part | {"answerable": 4, "languages": {"en": part}}, "bank": part | {"hit@1": None}})
    assert text.splitlines()[0].split() == ["demo", "en", "bank"]
    assert text.splitlines()[2].split() == ["hit@1", "0.500", "0.500", "-"]
    assert text.splitlines()[3].split() == ["ms_median", "2.2", "2.2", "2.2"]
