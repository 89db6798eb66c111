"""An evaluation as its numbers and as text."""

import pytest

from knowledge_base.decision import Kind
from knowledge_base.evaluate import Evaluation, Question
from knowledge_base.metrics import Outcome
from knowledge_base.report import figure, percent, percent_between, report

pytestmark = pytest.mark.fast


def evaluation(*asked: tuple[str, str, str, str, float, Kind]) -> Evaluation:
    """Of query, language, expected article, article found, probability and decision; categories are capitals."""
    return Evaluation(
        tuple(Question(query, frozenset(expected), language) for query, language, expected, *_ in asked),
        tuple(
            Outcome(frozenset(expected), tuple(found), probability, decision, 1, 2.0)
            for _, _, expected, found, probability, decision in asked
        ),
        (),
        tuple(frozenset(expected.upper()) for _, _, expected, *_ in asked),
    )


SHOP = evaluation(
    ("how do I return it", "en", "a", "a", 0.9, "answer"),
    ("money back", "en", "b", "a", 0.7, "answer"),
    ("退款", "zh-Hans", "b", "b", 0.8, "answer"),
    ("write a poem", "en", "", "b", 0.6, "answer"),
    ("写一首诗", "zh-Hans", "", "", 0.0, "none"),
)


def test_shares_are_percents() -> None:
    assert percent(0.9344) == "93.4 %"
    assert percent_between(0.9344, [0.9205, 0.9461]) == "93.4 % (92.0-94.6)"
    assert percent(None) == percent_between(None, None) == "-"
    assert figure("ms_median", {"ms_median": 3.14}) == "3.1 ms"


def test_categories_have_their_own_figures_with_intervals() -> None:
    found = SHOP.as_json()["categories"]
    assert list(found) == ["A", "B"]
    assert (found["B"]["questions"], found["B"]["hit@1"], found["B"]["answered"]) == (2, 0.5, 1)
    assert found["B"]["intervals"]["hit@1"] == [0.0945, 0.9055]


def test_languages_have_all_figures_with_intervals() -> None:
    found = SHOP.as_json()["languages"]
    assert list(found) == ["en", "zh-Hans"]
    assert (found["zh-Hans"]["questions"], found["zh-Hans"]["refused_rightly"]) == (2, 1)
    assert found["zh-Hans"]["intervals"].keys() == SHOP.as_json()["intervals"].keys()


def test_the_worst_mistakes_are_named() -> None:
    found = SHOP.as_json()
    assert [(pair["expected"], pair["found"], pair["count"]) for pair in found["confusions"]] == [("b", "a", 1)]
    assert found["should_have_been_refused"] == [{"query": "write a poem", "found": "b", "probability": 0.6}]
    assert SHOP.as_json(worst=0)["confusions"] == SHOP.as_json(worst=0)["should_have_been_refused"] == []


def test_the_text_has_every_part() -> None:
    lines = report(SHOP.as_json()).splitlines()
    assert lines[0].startswith("5 questions, 3 of them with an article that fits.")
    assert lines[2].split() == ["all", "en", "zh-Hans"]
    (right,) = [line for line in lines if line.startswith("hit@1 ") and "%" in line]
    assert right.split("  ")[-1].strip() == "100.0 % (20.6-100.0)"
    assert "   1 x  b -> a" in lines
    assert "          70.0 %  “money back”" in lines
    assert "  60.0 %  b: “write a poem”" in lines


def test_a_set_without_unanswerable_questions_has_dashes_for_refusing() -> None:
    text = report(evaluation(("q", "en", "a", "a", 0.9, "answer")).as_json())
    (line,) = [line for line in text.splitlines() if line.startswith("refused_rightly") and "refused" not in line[16:]]
    assert line.split() == ["refused_rightly", "-"]
    assert "should have been refused" not in text


def test_a_set_without_answerable_questions_is_told_too() -> None:
    text = report(evaluation(("q", "en", "", "a", 0.9, "answer")).as_json())
    assert "1 questions, 0 of them" in text
    assert "By category" not in text


def test_no_questions_at_all_are_told_too() -> None:
    assert "0 questions" in report(evaluation().as_json())
