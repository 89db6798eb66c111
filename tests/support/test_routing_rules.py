"""Whom a waiting case is offered to: the customer's own person, the team, language, skill, then fairness."""

from datetime import UTC, datetime, timedelta

import pytest

from support.routing.rules import (
    ASK_AGAIN_AFTER,
    Answer,
    Colleague,
    Reason,
    TeamSkills,
    WaitingCase,
    counted,
    fittest,
    offers_too_many,
    set_busy,
    team_for,
)

pytestmark = pytest.mark.fast

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
CASE = WaitingCase(topics=("request",), language="en")


def person(name: str, **facts: object) -> Colleague:
    return Colleague(id=name, name=name, **facts)  # type: ignore[arg-type]


def asked(case: WaitingCase, *people: Colleague, moment: datetime = NOW) -> str | None:
    choice = fittest(case, people, moment)
    return choice.colleague.id if choice else None


def why(case: WaitingCase, *people: Colleague) -> list[Reason]:
    choice = fittest(case, people, NOW)
    assert choice is not None
    return list(choice.reasons)


def test_nobody_is_asked_where_nobody_is() -> None:
    assert asked(CASE) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"presence": "busy"},
        {"presence": "away"},
        {"seen": False},
        {"chats": 4},
        {"chats": 3, "offers": 1},
        {"capacity": 1, "offers": 1},
        {"capacity": 2, "chats": 5},
    ],
)
def test_whoever_is_not_free_is_not_asked(facts: dict[str, object]) -> None:
    assert asked(CASE, person("mei", **facts)) is None


def test_one_place_left_is_enough() -> None:
    assert asked(CASE, person("mei", chats=3, capacity=4)) == "mei"


def test_the_customers_own_person_comes_before_everybody() -> None:
    case = WaitingCase(("payment",), "zh-Hant", team_id="money", named_staff_id="ada")
    fitting = person("mei", skills=["payment"], languages=["zh-Hant"], team_ids={"money"})
    assert asked(case, fitting, person("ada", role="supervisor", languages=["en"])) == "ada"
    assert why(case, person("ada", languages=["en"])) == [Reason("named")]


def test_when_their_own_person_is_away_somebody_else_is_asked() -> None:
    case = WaitingCase(("request",), "en", named_staff_id="ada")
    assert asked(case, person("ada", presence="away"), person("tom")) == "tom"


def test_a_teams_case_goes_to_its_members_first() -> None:
    case = WaitingCase(("payment",), "en", team_id="money")
    assert asked(case, person("ann", skills=["payment"]), person("tom", team_ids={"money"})) == "tom"


def test_when_no_member_is_free_another_is_asked() -> None:
    case = WaitingCase(("payment",), "en", team_id="money")
    assert asked(case, person("ann"), person("tom", team_ids={"money"}, chats=4)) == "ann"


def test_the_language_counts_more_than_the_skill() -> None:
    case = WaitingCase(("payment",), "zh-Hant")
    knows = person("ann", skills=["payment"], languages=["en"])
    assert asked(case, knows, person("mei", languages=["zh-Hant"], skills=["account"])) == "mei"


def test_chinese_in_the_other_script_is_better_than_no_chinese() -> None:
    case = WaitingCase(("request",), "zh-Hant")
    assert asked(case, person("ann", languages=["en"]), person("mei", languages=["zh-Hans"])) == "mei"
    assert asked(case, person("lin", languages=["zh-Hant"]), person("ann", languages=["zh-Hans"])) == "lin"


def test_no_languages_stand_for_all() -> None:
    case = WaitingCase(("request",), "zh-Hant")
    assert asked(case, person("ann", languages=["en"]), person("tom")) == "tom"


def test_a_customer_whose_language_nobody_writes_is_still_helped() -> None:
    assert asked(WaitingCase(("request",), "zh-Hans"), person("ann", languages=["en"])) == "ann"


def test_whoever_names_the_matter_comes_before_whoever_does_everything() -> None:
    case = WaitingCase(("complaint", "payment"), "en")
    everything, knows, other = person("ann"), person("tom", skills=["payment"]), person("bea", skills=["account"])
    assert asked(case, everything, knows, other) == "tom"
    assert asked(case, everything, other) == "ann"


def test_a_tag_is_a_matter_too() -> None:
    assert asked(WaitingCase(("request", "vip"), "en"), person("ann"), person("tom", skills=["vip"])) == "tom"


def test_among_equals_whoever_waited_longest_since_the_last_offer_is_asked() -> None:
    early, late = person("tom", last_offer_at=NOW - timedelta(hours=2)), person("ann", last_offer_at=NOW)
    assert asked(CASE, late, early) == "tom"
    assert asked(CASE, late, early, person("zoe")) == "zoe"


def test_then_whoever_has_least_to_do() -> None:
    assert asked(CASE, person("ann", chats=2), person("tom", chats=1)) == "tom"
    assert asked(CASE, person("ann", offers=1), person("tom")) == "tom"


def test_a_supervisor_is_asked_only_when_no_agent_is_free() -> None:
    ada = person("ada", role="supervisor", languages=["zh-Hant"])
    case = WaitingCase(("request",), "zh-Hant")
    assert asked(case, ada, person("tom", languages=["en"])) == "tom"
    assert asked(case, ada, person("tom", chats=4)) == "ada"


def test_whoever_declined_is_not_asked_before_everybody_else_was() -> None:
    case = WaitingCase(("request",), "en", asked=(("tom", NOW - timedelta(hours=1)),))
    ada = person("ada", role="supervisor")
    assert asked(case, person("tom"), ada) == "ada"
    assert asked(case, person("tom"), person("ada", role="supervisor", presence="busy")) == "tom"


def test_the_same_person_is_not_asked_again_at_once() -> None:
    lately = WaitingCase(("request",), "en", asked=(("tom", NOW - ASK_AGAIN_AFTER + timedelta(seconds=1)),))
    assert asked(lately, person("tom")) is None
    assert asked(lately, person("tom"), moment=NOW + timedelta(seconds=1)) == "tom"


def test_when_everybody_declined_whoever_was_asked_first_is_asked_first_again() -> None:
    case = WaitingCase(
        ("request",), "en", asked=(("ann", NOW - timedelta(minutes=2)), ("tom", NOW - timedelta(minutes=3)))
    )
    assert asked(case, person("ann"), person("tom")) == "tom"


def test_the_reasons_say_what_fits() -> None:
    case = WaitingCase(("complaint", "payment"), "zh-Hant", team_id="money")
    mei = person("mei", skills=["payment"], languages=["zh-Hant"], team_ids={"money"})
    assert why(case, mei) == [Reason("team"), Reason("language", "zh-Hant"), Reason("skill", "payment")]


def test_without_anything_that_fits_it_is_fairness() -> None:
    assert why(CASE, person("mei")) == [Reason("fair")]


def test_a_new_case_comes_to_the_first_team_by_name_that_names_its_reason() -> None:
    teams = [
        TeamSkills("2", "Payments", ["payment", "complaint"]),
        TeamSkills("1", "Care", ["complaint"]),
        TeamSkills("3", "All", []),
    ]
    assert team_for(["complaint"], teams) == "1"
    assert team_for(["request", "payment"], teams) == "2"
    assert team_for(["request"], teams) is None


@pytest.mark.parametrize(
    ("facts", "too_many"),
    [
        ({"offers": 2, "chats": 2}, 0),
        ({"offers": 2, "chats": 3}, 1),
        ({"offers": 1, "chats": 9}, 1),
        ({"offers": 2, "presence": "busy"}, 2),
        ({"offers": 1, "seen": False}, 1),
        ({"offers": 0, "presence": "away"}, 0),
    ],
)
def test_offers_are_taken_back_from_whoever_cannot_take_them_any_more(facts: dict[str, object], too_many: int) -> None:
    assert offers_too_many(person("mei", **facts)) == too_many


@pytest.mark.parametrize(
    ("answers", "busy"),
    [
        ([], False),
        (["expired"], False),
        (["expired", "expired"], True),
        (["expired", "expired", "accepted"], True),
        (["expired", "accepted", "expired"], False),
        (["expired", "refused"], False),
        (["accepted", "expired", "expired"], False),
    ],
)
def test_two_missed_in_a_row_make_busy(answers: list[str], busy: bool) -> None:
    assert set_busy(answers) is busy


MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def answered(state: str, made: float, ended: float) -> Answer:
    """Times in seconds after a moment."""
    return Answer(state, MOMENT + timedelta(seconds=made), MOMENT + timedelta(seconds=ended))


def counted_of(*answers: Answer) -> list[str]:
    return counted(sorted(answers, key=lambda each: each.answered_at, reverse=True))


def test_offers_open_together_count_once_and_the_best_of_them_counts() -> None:
    assert counted_of(answered("expired", 0, 30), answered("expired", 5, 35), answered("expired", 9, 39)) == ["expired"]
    assert counted_of(answered("expired", 0, 30), answered("accepted", 5, 9)) == ["accepted"]
    assert counted_of(answered("expired", 0, 30), answered("expired", 31, 61)) == ["expired", "expired"]
    assert counted_of() == []


def test_offers_that_overlap_in_a_chain_are_not_one_for_ever() -> None:
    chain = [answered("expired", made, made + 30) for made in range(0, 240, 20)]
    assert not set_busy(counted_of(*chain[:2]))
    assert set_busy(counted_of(*chain[:3]))
    assert len(counted_of(*chain)) == 6


def test_an_answer_long_ago_does_not_excuse_a_chain_of_missed_offers() -> None:
    chain = [answered("expired", made, made + 30) for made in range(0, 100, 20)]
    assert set_busy(counted_of(answered("accepted", 5, 8), *chain))
