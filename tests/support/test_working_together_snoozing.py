"""Snoozed cases: out of sight until a time or until the customer writes, woken once, and told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event

from storage.base import now
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.changes import ChangeRefused
from support.tickets.progress import set_state
from support.tickets.snooze_times import who_waits
from support.tickets.snoozing import snooze, wake, wake_due
from support.tickets.states import TicketMoveRefused
from support.tickets.together_queries import snoozed_until
from tests.support.cases import Case, case, nobody_waits
from tests.support.test_handoff import hand_off

SOON = timedelta(hours=1)

# Fixtures are found by being imported.
__all__ = ["case"]


def test_a_case_sleeps_until_its_time_and_no_longer(case: Case, agent: StaffMember) -> None:
    nobody_waits(case)
    until = now() + SOON
    case.change(snooze, agent, until, why="parcel comes then")
    with case.database.reading() as session:
        assert snoozed_until(session, until - timedelta(seconds=1)) == []
        assert snoozed_until(session, until) == [case.id]
    with case.database.writing() as session:
        assert wake_due(session, case.id, until - timedelta(seconds=1)) is None
        assert wake_due(session, case.id, until) is not None
        assert wake_due(session, case.id, until) is None
    assert case.row().snoozed_until is None
    assert case.told() == ["snoozed", "woke_up"]
    assert case.timeline()[1].details == {"until": until.isoformat(timespec="seconds"), "why": "parcel comes then"}
    assert (case.timeline()[2].details, case.timeline()[2].staff_id) == ({"because": "time"}, None)


def test_of_many_that_wake_a_case_one_does(case: Case, agent: StaffMember) -> None:
    nobody_waits(case)
    until = now() + SOON
    case.change(snooze, agent, until)

    def attempt(_: int) -> bool:
        with case.database.writing() as session:
            return wake_due(session, case.id, until) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(16))) == [False] * 15 + [True]
    assert case.told() == ["snoozed", "woke_up"]


def test_the_customers_words_wake_it_at_once(case: Case, agent: StaffMember) -> None:
    case.do(tickets.take, agent)
    case.do(tickets.reply, agent, "We will see tomorrow.")
    case.change(snooze, agent, now() + SOON)
    case.chat.say("It came!")
    case.chat.say("Thanks")
    assert case.row().snoozed_until is None and case.row().waiting_since is not None
    assert case.told() == ["taken", "snoozed", "woke_up"]
    assert case.timeline()[-1].details == {"because": "customer"}


def test_one_line_tells_that_a_case_woke_up_and_goes_on(case: Case, agent: StaffMember) -> None:
    case.do(tickets.take, agent)
    case.change(set_state, agent, "waiting_for_customer")
    case.change(snooze, agent, now() + SOON)
    case.chat.say("Here I am")
    assert case.row().state == "in_progress"
    assert case.timeline()[-1].details == {
        "because": "customer", "from": "waiting_for_customer", "to": "in_progress",
    }  # fmt: skip


def test_who_asks_for_a_person_again_wakes_it_too(case: Case, agent: StaffMember) -> None:
    case.chat.press("back_to_bot")
    case.change(snooze, agent, now() + SOON)
    hand_off(case.chat)
    assert case.row().snoozed_until is None
    assert case.told() == ["snoozed", "woke_up"]


def test_that_the_customer_waits_is_noted_by_one_statement_a_message(case: Case, agent: StaffMember) -> None:
    case.do(tickets.take, agent)
    told: list[str] = []
    event.listen(case.database.engine, "before_cursor_execute", lambda *given: told.append(given[2]))
    case.chat.say("one")
    case.chat.say("two")
    assert sum("UPDATE ticket SET waiting_since" in each for each in told) == 2


def test_a_colleague_ends_the_snooze(case: Case, agent: StaffMember) -> None:
    nobody_waits(case)
    case.change(snooze, agent, now() + SOON)
    for _ in range(2):
        case.change(wake, agent)
    assert case.told() == ["snoozed", "woke_up"]
    assert case.timeline()[-1].staff_id == agent.id


def test_taking_and_resolving_end_the_snooze(case: Case, agent: StaffMember) -> None:
    nobody_waits(case)
    case.change(snooze, agent, now() + SOON)
    case.do(tickets.take, agent)
    assert case.row().snoozed_until is None
    case.change(snooze, agent, now() + SOON)
    case.do(tickets.resolve, agent, "service", "Done.")
    assert case.row().snoozed_until is None
    with pytest.raises(TicketMoveRefused):
        case.change(snooze, agent, now() + SOON)


def test_a_time_that_is_past_or_too_far_away_is_refused(case: Case, agent: StaffMember) -> None:
    for until in (now(), now() - SOON, now() + timedelta(days=400)):
        with pytest.raises(ChangeRefused, match="until"):
            case.change(snooze, agent, until)
    assert case.told() == []


def test_a_case_whose_customer_waits_in_the_chat_cannot_be_snoozed(case: Case, agent: StaffMember) -> None:
    with pytest.raises(ChangeRefused, match="waits_in_queue"):
        case.change(snooze, agent, now() + SOON)
    case.do(tickets.take, agent)
    with pytest.raises(ChangeRefused, match="waits_for_answer"):
        case.change(snooze, agent, now() + SOON)
    assert case.row().snoozed_until is None
    case.do(tickets.reply, agent, "I ask the carrier.")
    case.change(snooze, agent, now() + SOON)
    assert case.row().snoozed_until is not None


def test_it_is_never_the_turn_of_a_customer_who_waits_in_the_queue(case: Case, agent: StaffMember) -> None:
    case.change(set_state, agent, "in_progress")
    with pytest.raises(ChangeRefused, match="waits_in_queue"):
        case.change(set_state, agent, "waiting_for_customer")
    assert case.row().waiting_since is not None


@pytest.mark.parametrize(
    ("status", "channel", "waits_for_answer", "expected"),
    [
        ("queued", "chat", True, "waits_in_queue"),
        ("queued", "chat", False, "waits_in_queue"),
        ("agent", "chat", True, "waits_for_answer"),
        ("agent", "chat", False, None),
        ("agent", "mail", True, None),
        ("offline", "chat", True, None),
        ("bot", "chat", True, None),
    ],
)
def test_who_sits_in_the_chat_and_waits_keeps_a_case_in_sight(
    status: str, channel: str, waits_for_answer: bool, expected: str | None
) -> None:
    assert who_waits(status, channel, waits_for_answer) == expected
