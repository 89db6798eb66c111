"""Opening hours where a customer asks for a person: who waits, who is told when we open, and whose hours hold."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from storage.base import now
from storage.engine import Database
from support.hours.operations import remove_schedule, save_schedule
from support.hours.queries import hours_for
from support.hours.rules import Hours
from support.hours.tables import Schedule
from support.hours.writing import HoursRefused, read_day
from support.staff.tables import StaffMember
from support.staff.teams import TeamFacts, save_team
from support.tickets import operations as tickets
from tests.support.conftest import Chat
from tests.support.hours_made import BERLIN, TAIPEI, closed_hours, keep
from tests.support.test_handoff import hand_off, status, ticket_of


def test_outside_of_the_hours_nobody_is_told_to_wait_and_everybody_when_we_open(chat: Chat, agent: StaffMember) -> None:
    keep(chat.database, closed_hours())
    told = hand_off(chat)
    assert (told.on_duty, told.place, told.needs_contact, status(chat)) == (False, None, True, "collecting_contact")
    assert told.opening is not None
    assert told.opening.at.date() == (now() + timedelta(days=3)).date()


def test_whoever_is_online_outside_of_the_hours_can_take_by_hand(chat: Chat, agent: StaffMember) -> None:
    keep(chat.database, closed_hours())
    hand_off(chat)
    with chat.database.writing() as session:
        tickets.take(session, ticket_of(chat).id, agent)
    assert status(chat) == "agent"


def test_within_the_hours_a_customer_waits_for_whoever_is_online(chat: Chat, agent: StaffMember) -> None:
    keep(chat.database, Hours("UTC", (read_day("00:00-24:00"),) * 7))
    told = hand_off(chat)
    assert (told.place, told.opening) == (1, None)


def test_within_the_hours_with_nobody_online_no_opening_is_promised(chat: Chat) -> None:
    keep(chat.database, Hours("UTC", (read_day("00:00-24:00"),) * 7))
    told = hand_off(chat)
    assert (told.on_duty, told.opening) == (False, None)


def test_a_teams_own_hours_hold_for_its_cases(chat: Chat, agent: StaffMember) -> None:
    keep(chat.database, closed_hours())
    own = keep(chat.database, Hours("UTC", (read_day("00:00-24:00"),) * 7), "Always", is_default=False)
    with chat.database.writing() as session:
        team = save_team(session, None, TeamFacts("Care", ["complaint"], schedule_id=own))
    assert hand_off(chat, "complaint").place == 1
    with chat.database.reading() as session:
        assert hours_for(session, team.id) != hours_for(session, None)
    assert ticket_of(chat).team_id == team.id


def test_there_is_one_default_at_most_and_a_name_only_once(database: Database) -> None:
    first = keep(database, TAIPEI, "A")
    second = keep(database, BERLIN, "B")
    with database.reading() as session:
        assert list(session.scalars(select(Schedule.id).where(Schedule.is_default))) == [second]
    with database.writing() as session, pytest.raises(HoursRefused) as refused:
        save_schedule(session, first, "B", TAIPEI, False)
    assert refused.value.code == "name_taken"


def test_without_hours_somebody_online_is_enough_again(chat: Chat, agent: StaffMember) -> None:
    kept = keep(chat.database, closed_hours())
    with chat.database.writing() as session:
        remove_schedule(session, kept)
    assert hand_off(chat).place == 1


def test_somebody_away_is_nobody_within_the_hours_either(chat: Chat, agent: StaffMember) -> None:
    keep(chat.database, Hours("UTC", (read_day("00:00-24:00"),) * 7))
    with chat.database.writing() as session:
        session.execute(update(StaffMember).values(presence="away"))
    assert not hand_off(chat).on_duty


def test_of_several_who_make_theirs_the_default_at_the_same_moment_one_is(database: Database) -> None:
    many = 4
    together = Barrier(many)

    def attempt(number: int) -> None:
        together.wait()
        keep(database, TAIPEI, f"Hours {number}")

    with ThreadPoolExecutor(many) as pool:
        list(pool.map(attempt, range(many)))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Schedule)) == many
        assert session.scalar(select(func.count()).select_from(Schedule).where(Schedule.is_default)) == 1


def test_hours_that_the_database_refuses_are_an_error_and_are_not_tried_forever(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        save_schedule(session, None, "Shop", Hours(None), False)  # type: ignore[arg-type]
    keep(database, TAIPEI)


def test_of_two_who_take_a_name_at_the_same_moment_one_is_told_that_it_is_taken(database: Database) -> None:
    together = Barrier(2)

    def attempt(_: int) -> str:
        together.wait()
        try:
            keep(database, TAIPEI, "Shop", is_default=False)
        except HoursRefused as refused:
            return refused.code
        return "kept"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["kept", "name_taken"]
