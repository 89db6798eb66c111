"""Which survey is due: rules on plain values."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.satisfaction.rules import is_good, is_low
from support.satisfaction.timing import (
    NPS_PAUSE,
    Asked,
    Given,
    History,
    Occasion,
    is_open,
    may_change,
    survey_due,
)

pytestmark = pytest.mark.fast

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CHAT, CASE, OTHER_CASE = "chat", "case", "another case"
NOTHING = History()


def occasion(moment: Any, **facts: Any) -> Occasion:
    return Occasion(**{"moment": moment, "conversation_id": CHAT, "subject_id": CHAT, "at": NOW} | facts)


def resolved(case: str = CASE, at: datetime = NOW) -> Occasion:
    return occasion("resolved", subject_id=case, resolved_at=at)


def rated(kind: str = "csat", score: int = 5, subject: str = CASE, **facts: Any) -> tuple[Occasion, Given]:
    given = Given(kind, subject, score, NOW)
    return occasion("rated", rating=given, **facts), given


def asked(kind: str, ago: timedelta, subject: str = CHAT, skipped: bool = False) -> Asked:
    return Asked(kind, subject, NOW - ago, skipped)


def given(kind: str, score: int, ago: timedelta, subject: str = CHAT) -> Given:
    return Given(kind, subject, score, NOW - ago)


# Satisfaction with a resolution.


def test_a_resolution_asks_for_satisfaction() -> None:
    assert survey_due(resolved(), NOTHING) == "csat"


def test_the_same_resolution_asks_once() -> None:
    for history in (
        History(asked=(asked("csat", timedelta(0), CASE),)),
        History(given=(given("csat", 4, timedelta(0), CASE),)),
        History(asked=(asked("csat", timedelta(0), CASE, skipped=True),)),
    ):
        assert survey_due(resolved(), history) is None


def test_another_resolution_asks_again_even_on_the_same_day() -> None:
    before = tuple(asked("csat", HOUR, f"case {number}") for number in range(5))
    assert survey_due(resolved(OTHER_CASE), History(asked=before)) == "csat"


def test_a_case_that_was_opened_again_and_resolved_anew_is_asked_for_anew() -> None:
    history = History(asked=(asked("csat", HOUR, CASE),), given=(given("csat", 1, HOUR, CASE),))
    assert survey_due(resolved(), history) == "csat"


def test_surveys_about_other_things_do_not_keep_a_resolution_from_asking() -> None:
    two_today = (asked("csat", HOUR), asked("ces", HOUR))
    assert survey_due(resolved(), History(asked=two_today)) == "csat"


# Satisfaction with the conversation.


@pytest.mark.parametrize("moment", ["closed", "goodbye"])
def test_the_end_of_a_chat_asks_for_satisfaction(moment: str) -> None:
    assert survey_due(occasion(moment), NOTHING) == "csat"


@pytest.mark.parametrize("moment", ["closed", "goodbye"])
@pytest.mark.parametrize("ago", [HOUR, 30 * DAY])
def test_a_conversation_is_asked_about_once_answered_or_not(moment: str, ago: timedelta) -> None:
    for history in (
        History(asked=(asked("csat", ago),)),
        History(asked=(asked("csat", ago, skipped=True),)),
        History(given=(given("csat", 5, ago),)),
    ):
        assert survey_due(occasion(moment), history) is None


def test_a_case_that_was_asked_about_or_rated_today_speaks_for_the_conversation() -> None:
    for history in (
        History(asked=(asked("csat", 23 * HOUR, CASE),)),
        History(given=(given("csat", 5, 23 * HOUR, CASE),)),
    ):
        assert survey_due(occasion("goodbye"), history) is None


def test_a_case_that_was_rated_yesterday_does_not() -> None:
    history = History(asked=(asked("csat", DAY, CASE),), given=(given("csat", 5, DAY, CASE),))
    assert survey_due(occasion("goodbye"), history) == "csat"


def test_whether_an_answer_helped_is_no_survey() -> None:
    assert survey_due(occasion("goodbye"), History(given=(given("helpful", 0, HOUR, "message"),))) == "csat"


def test_an_open_survey_about_ease_does_not_hold_back_the_one_at_the_end() -> None:
    assert survey_due(occasion("closed"), History(asked=(asked("ces", HOUR),))) == "csat"


# Ease.


def test_a_task_asks_for_ease() -> None:
    assert survey_due(occasion("task"), NOTHING) == "ces"


@pytest.mark.parametrize("ago", [HOUR, 30 * DAY])
def test_ease_is_asked_for_once_a_conversation(ago: timedelta) -> None:
    for history in (
        History(asked=(asked("ces", ago),), given=(given("ces", 6, ago),)),
        History(asked=(asked("ces", ago, skipped=True),)),
        History(given=(given("ces", 6, ago),)),
    ):
        assert survey_due(occasion("task"), history) is None


def test_ease_is_not_asked_for_in_anger_or_danger() -> None:
    assert survey_due(occasion("task", urgent=True), NOTHING) is None


def test_ease_is_not_asked_for_when_a_person_takes_over() -> None:
    assert survey_due(occasion("task", person_in_charge=True), NOTHING) is None


@pytest.mark.parametrize("ago", [HOUR, 30 * DAY])
def test_ease_is_not_asked_for_beside_a_survey_that_is_open(ago: timedelta) -> None:
    assert survey_due(occasion("task"), History(asked=(asked("csat", ago, CASE),))) is None


def test_a_survey_that_was_skipped_or_answered_is_not_open() -> None:
    skipped = asked("csat", HOUR, CASE, skipped=True)
    answered, answer = asked("csat", HOUR, OTHER_CASE), given("csat", 4, HOUR / 2, OTHER_CASE)
    assert survey_due(occasion("task"), History(asked=(skipped, answered), given=(answer,))) == "ces"


def test_an_answer_to_an_earlier_asking_does_not_answer_the_newer_one() -> None:
    history = History(given=(given("csat", 2, 2 * HOUR, CASE),))
    assert is_open(asked("csat", HOUR, CASE), history)
    assert not is_open(asked("csat", 3 * HOUR, CASE), history)


# Recommendation.


@pytest.mark.parametrize(("kind", "score"), [("csat", 4), ("csat", 5), ("ces", 5), ("ces", 7)])
def test_a_good_rating_leads_on_to_a_recommendation(kind: str, score: int) -> None:
    moment, rating = rated(kind, score)
    assert survey_due(moment, History(given=(rating,))) == "nps"


@pytest.mark.parametrize(
    ("kind", "score"),
    [("csat", 1), ("csat", 2), ("csat", 3), ("ces", 1), ("ces", 4), ("nps", 10), ("nps", 0), ("helpful", 1)],
)
def test_no_other_rating_does(kind: str, score: int) -> None:
    moment, rating = rated(kind, score)
    assert survey_due(moment, History(given=(rating,))) is None


@pytest.mark.parametrize(("ago", "due"), [(HOUR, None), (89 * DAY, None), (NPS_PAUSE, "nps"), (400 * DAY, "nps")])
def test_a_recommendation_is_asked_for_at_most_once_in_90_days(ago: timedelta, due: str | None) -> None:
    moment, rating = rated()
    assert survey_due(moment, History(given=(rating,), last_nps=NOW - ago)) == due


def test_a_good_rating_right_after_a_low_one_leads_on_to_nothing() -> None:
    moment, rating = rated("ces", 6, CHAT)
    assert survey_due(moment, History(given=(given("csat", 1, HOUR, CASE), rating))) is None
    assert survey_due(moment, History(given=(given("csat", 1, 2 * DAY, CASE), rating))) == "nps"
    assert survey_due(moment, History(given=(given("csat", 3, HOUR, CASE), rating))) == "nps"


def test_a_recommendation_is_not_asked_for_beside_a_survey_that_is_open() -> None:
    moment, rating = rated()
    assert survey_due(moment, History(asked=(asked("ces", HOUR),), given=(rating,))) is None


def test_a_recommendation_is_not_asked_for_while_a_person_has_the_chat_or_in_danger() -> None:
    for fact in ("person_in_charge", "urgent"):
        moment, rating = rated(**{fact: True})
        assert survey_due(moment, History(given=(rating,))) is None


# Never too many, and never into an empty room.


def test_more_than_two_surveys_a_day_are_never_asked_for() -> None:
    two = (asked("csat", 2 * HOUR), asked("ces", HOUR, skipped=True))
    moment, rating = rated("csat", 5, CHAT)
    history = History(asked=two, given=(rating,))
    assert survey_due(moment, history) is None


def test_resolutions_do_not_count_among_the_two() -> None:
    two = (asked("csat", 2 * HOUR, CASE, skipped=True), asked("csat", HOUR, OTHER_CASE, skipped=True))
    assert survey_due(occasion("task"), History(asked=two)) == "ces"


def test_the_day_after_there_is_room_again() -> None:
    two = (asked("csat", 25 * HOUR), asked("ces", 24 * HOUR, skipped=True))
    moment, rating = rated("csat", 5, CHAT)
    assert survey_due(moment, History(asked=two, given=(rating,))) == "nps"


def test_a_chat_that_was_closed_by_itself_asks_for_nothing() -> None:
    assert survey_due(occasion("idle"), NOTHING) is None
    for moment in ("closed", "goodbye", "task"):
        assert survey_due(occasion(moment, closed_by_itself=True), NOTHING) is None
    late, rating = rated(closed_by_itself=True)
    assert survey_due(late, History(given=(rating,))) is None


@pytest.mark.parametrize("moment", ["closed", "goodbye", "task"])
def test_nobody_in_danger_is_asked_for_stars(moment: str) -> None:
    assert survey_due(occasion(moment, urgent=True), NOTHING) is None


def test_a_resolved_red_case_is_asked_about_like_any_other() -> None:
    assert survey_due(occasion("resolved", subject_id=CASE, resolved_at=NOW, urgent=True), NOTHING) == "csat"


# A change of mind, and what is low.


def test_a_rating_can_be_changed_for_24_hours() -> None:
    assert may_change(NOW, NOW)
    assert may_change(NOW - timedelta(hours=23, minutes=59), NOW)
    assert not may_change(NOW - timedelta(hours=24), NOW)


@pytest.mark.parametrize(
    ("kind", "low", "middle"), [("csat", 2, 3), ("ces", 3, 4), ("nps", 6, 7)], ids=["csat", "ces", "nps"]
)
def test_each_scale_has_its_own_low_end(kind: str, low: int, middle: int) -> None:
    assert is_low(kind, low)
    assert not is_low(kind, middle)
    assert not is_good(kind, middle)


def test_an_answer_that_did_not_help_is_no_low_rating() -> None:
    assert not is_low("helpful", 0)
