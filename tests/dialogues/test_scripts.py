"""Reading scripted conversations, and what may be expected of a reply."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.dialogues.expectations import UnknownExpectation, article_ids, known, problem_with
from tests.dialogues.playing import Played, pass_rates
from tests.dialogues.scripts import FOLDER, LANGUAGES, Script, ScriptUnreadable, Step, read, read_all

pytestmark = pytest.mark.fast

ARTICLES = Path(__file__).parent.parent.parent / "demo" / "articles.jsonl"


def message(text: str = "", **payload: Any) -> dict[str, Any]:
    return {"text": text, "payload": payload or None}


def test_a_script_is_its_name_and_its_steps() -> None:
    (script,) = read("# A return\nCustomer: how do I return it\nBot: answers return-an-item\n", "en", "happy")
    assert script == Script(
        "A return", "en", "happy", (Step("customer", ("how do I return it",), ("answers return-an-item",), 2),)
    )
    assert not script.needs_staff


def test_blank_lines_part_nothing_and_names_begin_a_script() -> None:
    scripts = read("# One\nCustomer: hi\nBot: regrets\n\n# Two\n\nCustomer: bye\nBot: asks for a rating\n", "en", "x")
    assert [(script.name, len(script.steps)) for script in scripts] == [("One", 1), ("Two", 1)]


def test_messages_in_a_row_are_one_step_until_the_bot_speaks() -> None:
    (script,) = read("# N\nCustomer: a\nCustomer: b\nBot: regrets\nCustomer: c\nBot: cares\n", "en", "x")
    assert [step.texts for step in script.steps] == [("a", "b"), ("c",)]


def test_expectations_are_parted_by_semicolons_but_not_inside_quotation_marks() -> None:
    (script,) = read('# N\nCustomer: a\nBot: regrets; says "x; y" or "z"; asks for contact\nBot: cares\n', "en", "x")
    assert script.steps[0].expectations == ("regrets", 'says "x; y" or "z"', "asks for contact", "cares")


def test_a_script_with_staff_cannot_be_played_beside_others() -> None:
    (script,) = read("# N\nStaff: on duty\nCustomer: a\nBot: opens a case\nStaff: resolves {ticket}\n", "en", "x")
    assert [step.actor for step in script.steps] == ["on duty", "customer", "resolves"]
    assert script.needs_staff


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Customer: hi\n", "begins with its name"),
        ("# N\nBot: regrets\n", "says nothing before"),
        ("# N\nCustomer: hi\nRobot: hello\n", "what is this"),
        ("# N\nStaff: goes home\n", "what is this"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(ScriptUnreadable, match=said) as refused:
        read(text, "en", "kind")
    assert "en/kind.txt, line" in str(refused.value)


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
    for kind in ("a", "b"):
        (tmp_path / "en" / f"{kind}.txt").write_text("# Same\nCustomer: hi\nBot: regrets\n", encoding="utf-8")
    with pytest.raises(ScriptUnreadable, match="Same"):
        read_all(tmp_path)


ANSWER = message('In "My orders".', answer={"article_id": "return-an-item"})
CHOICES = message("Which one?", choices=[{"article_id": "refund-time"}, {"article_id": "exchange"}])
NOTHING = message("I found nothing.", offer=["person"])
CASE = message("Your case is T-1001.", ticket={"number": "T-1001", "priority": "red"})
FORM = message("Which order?", form={"name": "complaint", "field": "complaint_order"})
CONTACT = message("How can we reach you?", form={"name": "contact"})


@pytest.mark.parametrize(
    ("messages", "expectation"),
    [
        ([ANSWER], "answers return-an-item"),
        ([ANSWER], "answers refund-time or return-an-item"),
        ([message("first"), ANSWER], "answers return-an-item"),
        ([CHOICES], "offers exchange"),
        ([CHOICES], "helps with refund-time"),
        ([ANSWER], "helps with return-an-item"),
        ([NOTHING], "answers nothing"),
        ([NOTHING], "finds nothing"),
        ([NOTHING], "offers a person"),
        ([CASE], "offers a person"),
        ([CASE], "opens a case"),
        ([CASE], "priority red"),
        ([NOTHING], "opens no case"),
        ([FORM], "asks for order"),
        ([CONTACT], "asks for contact"),
        ([NOTHING], "asks for nothing"),
        ([message("Noted.", receipt={"number": "F-1001"})], "gives a receipt"),
        ([message("How was it?", survey={"kind": "csat"})], "asks for a rating"),
        ([message("I am sorry about that.")], "regrets"),
        ([message("真抱歉")], "regrets"),
        ([message("真的很對不起")], "regrets"),
        ([message("Your safety comes first.")], "cares"),
        ([message("請先注意安全")], "cares"),
        ([message("At anna@Example.com, then.")], 'says "anna@example.com"'),
        ([message("b")], 'says "a" or "b"'),
        ([message("b")], 'does not say "a"'),
        ([message("您好，请问要退什么？")], "speaks zh-Hans"),
        ([message("您好，請問要退什麼？")], "speaks zh-Hant"),
        ([message("The Ripple 5 is fine.")], "speaks en"),
        ([message("蓝汀 Ripple 5 的屏幕可以换")], "speaks zh-Hans"),
    ],
)
def test_what_holds_is_no_problem(messages: list[dict[str, Any]], expectation: str) -> None:
    assert known(expectation)
    assert problem_with(messages, expectation) is None


@pytest.mark.parametrize(
    ("messages", "expectation"),
    [
        ([], "answers return-an-item"),
        ([CHOICES], "answers refund-time"),
        ([ANSWER], "offers return-an-item"),
        ([ANSWER], "answers nothing"),
        ([CHOICES], "answers nothing"),
        ([message("Nothing.")], "finds nothing"),
        ([CASE], "opens no case"),
        ([CASE], "priority green"),
        ([NOTHING], "opens a case"),
        ([FORM], "asks for contact"),
        ([FORM], "asks for nothing"),
        ([ANSWER], "gives a receipt"),
        ([ANSWER], "asks for a rating"),
        ([message("Good.")], "regrets"),
        ([message("Good.")], "cares"),
        ([message("b")], 'says "a"'),
        ([message("a")], 'does not say "a"'),
        ([message("您好，請問要退什麼？")], "speaks zh-Hans"),
        ([message("Hello there, my friend")], "speaks zh-Hant"),
        ([], "speaks en"),
    ],
)
def test_what_does_not_hold_is_told(messages: list[dict[str, Any]], expectation: str) -> None:
    problem = problem_with(messages, expectation)
    assert problem is not None and expectation in problem


@pytest.mark.parametrize(
    "words", ["", "is nice", "answers", "asks for money", "priority purple", "speaks fr", "says x"]
)
def test_words_that_are_no_expectation_are_refused(words: str) -> None:
    assert not known(words)
    with pytest.raises(UnknownExpectation):
        problem_with([], words)


def test_the_articles_that_an_expectation_names_are_found() -> None:
    assert article_ids("helps with refund-time or exchange") == ["refund-time", "exchange"]
    assert article_ids("answers nothing") == article_ids("offers a person") == article_ids("regrets") == []


def test_every_script_can_be_read_and_expects_only_what_can_be_expected_of_articles_that_exist() -> None:
    articles = set(re.findall(r'^\{"id": "([^"]+)"', ARTICLES.read_text(encoding="utf-8"), re.MULTILINE))
    for script in read_all():
        for step in script.steps:
            for expectation in step.expectations:
                assert known(expectation), f"{script.language}/{script.kind}.txt, line {step.line}: {expectation}"
                assert set(article_ids(expectation)) <= articles, f"{script.name}: {expectation}"


def test_every_customer_gets_something_to_expect() -> None:
    silent = [
        (script.language, script.kind, step.line)
        for script in read_all()
        for step in script.steps
        if step.actor == "customer" and not step.expectations
    ]
    assert silent == []


def test_every_kind_is_played_in_every_language() -> None:
    kinds = {language: {path.stem for path in (FOLDER / language).glob("*.txt")} for language in LANGUAGES}
    assert kinds["en"] == kinds["zh-Hans"] == kinds["zh-Hant"] != set()


def test_pass_rates_are_told_by_kind_and_language() -> None:
    happy, angry = (Script("N", "en", kind, ()) for kind in ("happy", "angry"))
    table = pass_rates([Played(happy, (), ()), Played(happy, ("line 2: no",), ()), Played(angry, (), ())])
    assert [line.split() for line in table.splitlines()] == [
        ["kind", "en", "all"],
        ["happy", "1/2", "1/2"],
        ["angry", "1/1", "1/1"],
        ["all", "2/3", "2/3"],
    ]
