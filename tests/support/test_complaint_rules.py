"""Complaints, feedback and colours of cases: rules on plain values."""

import pytest

from support.complaints.rules import SEVERITIES, Complaint, priority_of, severity_in, tells_what_happened
from support.feedback.rules import says_something
from support.tickets.priority import FIRST_RESPONSE_HOURS, PRIORITIES, more_urgent, one_higher, priority_for
from support.tickets.states import REASONS
from support.tickets.status import same_contact

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("minor", "minor"),
        ("not very serious", "minor"),
        ("1", "minor"),
        ("小问题", "minor"),
        ("不太嚴重", "minor"),
        ("还好", "minor"),
        ("serious", "serious"),
        ("quite bad", "serious"),
        ("2", "serious"),
        ("挺严重的", "serious"),
        ("蠻嚴重的", "serious"),
        ("very serious", "critical"),
        ("critical", "critical"),
        ("3", "critical"),
        ("非常严重", "critical"),
        ("超級嚴重", "critical"),
        ("我很急", "critical"),
    ],
)
def test_how_serious_it_is_is_understood(text: str, severity: str) -> None:
    assert severity_in(text) == severity
    assert severity in SEVERITIES


@pytest.mark.parametrize("text", ["", "20261120-8841", "I want a refund", "怎么退货", "謝謝", "7"])
def test_who_says_nothing_of_it_is_asked_again(text: str) -> None:
    assert severity_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "the courier threw my parcel over the fence",
        "I want to complain: the headphones came without a charger",
        "快递员把我的包裹扔在雨里",
        "我要投訴，耳機送來就是壞的",
    ],
)
def test_a_complaint_that_says_what_happened_is_seen(text: str) -> None:
    assert tells_what_happened(text)


@pytest.mark.parametrize(
    "text",
    ["I want to make a complaint", "complaint", "your service is terrible", "我要投诉", "我要投訴你們公司", "差评！"],
)
def test_a_complaint_that_is_only_announced_is_seen(text: str) -> None:
    assert not tells_what_happened(text)


@pytest.mark.parametrize(
    ("severity", "angry", "colour"),
    [
        ("critical", False, "red"),
        ("critical", True, "red"),
        ("serious", False, "yellow"),
        ("minor", True, "yellow"),
        ("", True, "yellow"),
        ("minor", False, "green"),
        ("", False, "green"),
    ],
)
def test_the_more_serious_a_complaint_the_sooner_it_is_seen_to(severity: str, angry: bool, colour: str) -> None:
    assert priority_of(severity, angry) == colour


def test_fields_that_were_left_out_are_not_kept() -> None:
    assert Complaint(what="it broke", severity="minor").details() == {"what": "it broke", "severity": "minor"}
    assert Complaint().details() == {}


@pytest.mark.parametrize(
    "text",
    [
        "please add a dark mode to the app",
        "your delivery was great",
        "建议增加深色模式",
        "希望有夜間客服",
        "配送真的很快",
    ],
)
def test_feedback_that_holds_what_is_meant_is_seen(text: str) -> None:
    assert says_something(text)


@pytest.mark.parametrize(
    "text", ["I have a suggestion", "some feedback for you", "我想提个建议", "我有個意見", "表扬一下"]
)
def test_feedback_that_is_only_announced_is_seen(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_a_colour(reason: str) -> None:
    assert priority_for(reason) in PRIORITIES


def test_danger_is_red_and_a_wish_for_a_person_is_green() -> None:
    assert priority_for("safety") == "red"
    assert priority_for("complaint") == "yellow"
    assert priority_for("request") == "green"


def test_the_more_urgent_of_two_colours_counts_either_way_round() -> None:
    assert more_urgent("green", "red") == more_urgent("red", "green") == "red"
    assert more_urgent("blue", "yellow") == "yellow"
    assert more_urgent("green", "green") == "green"


def test_what_comes_back_is_one_colour_more_urgent_and_red_stays_red() -> None:
    assert [one_higher(colour) for colour in PRIORITIES] == ["red", "red", "yellow", "green"]


def test_the_more_urgent_the_sooner_somebody_answers() -> None:
    hours = [FIRST_RESPONSE_HOURS[colour] for colour in PRIORITIES]
    assert hours == sorted(set(hours))


@pytest.mark.parametrize(
    ("email", "phone", "words"),
    [
        ("anna@example.com", None, "Anna@Example.com"),
        ("anna@example.com", None, "我的邮箱是anna@example.com"),
        (None, "+8613800138000", "138 0013 8000"),
        (None, "0912345678", "0912-345-678"),
        (None, "0912345678", "+886 912 345 678"),
        ("anna@example.com", "0912345678", "call 0912 345 678"),
    ],
)
def test_the_same_contact_is_known_again(email: str | None, phone: str | None, words: str) -> None:
    assert same_contact(email, phone, words)


@pytest.mark.parametrize(
    ("email", "phone", "words"),
    [
        ("anna@example.com", None, "joanna@example.com"),
        ("anna@example.com", None, "anna@example.org"),
        ("anna@example.com", None, "anna"),
        (None, "0912345678", "0912345679"),
        (None, "0912345678", "5678"),
        (None, "5678", "0912345678"),
        (None, None, "anna@example.com"),
        (None, None, ""),
        ("", "", ""),
    ],
)
def test_another_contact_or_too_little_of_it_is_not(email: str | None, phone: str | None, words: str) -> None:
    assert not same_contact(email, phone, words)


def test_a_lamp_called_glow_says_nothing_about_how_serious_it_is() -> None:
    assert severity_in("how do i set the timer on the Glow") is None
