"""Many change one case at once: each change is applied once or refused, and the timeline equals what was applied."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.base import new_id, now
from storage.engine import Database
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.assigning import assign
from support.tickets.changes import Caller, Outdated
from support.tickets.links import add_link, remove_link
from support.tickets.merging import merge
from support.tickets.notes import add_note
from support.tickets.operations import AlreadyTaken
from support.tickets.progress import set_state
from support.tickets.snoozing import snooze, wake
from support.tickets.states import TicketMoveRefused
from support.tickets.tables import Ticket, TicketEvent, TicketNote
from support.tickets.tags import add_tag, remove_tag
from tests.support.cases import Case, nobody_waits, open_case
from tests.support.conftest import staff

CHANGES = 200
REFUSED = (Outdated, AlreadyTaken, TicketMoveRefused)
TAGS = ("late", "broken", "refund", "vip")
STATES = ("planned", "in_progress", "waiting_for_customer")


@dataclass
class Told:
    """A case as its timeline tells it."""

    state: str = "received"
    owner: str | None = None
    category: str | None = None
    snoozed: str | None = None
    tags: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    notes: int = 0

    def hear(self, line: TicketEvent) -> None:
        """One more line; a move is told from the state in which the case was."""
        details = line.details
        if "to" in details:
            assert details["from"] == self.state, line.position
            self.state = details["to"]
        if line.kind == "taken":
            self.state, self.owner, self.snoozed = "in_progress", line.staff_id, None
        elif line.kind == "assigned":
            assert details["from_id"] == self.owner, line.position
            self.owner = details["to_id"]
        elif line.kind == "unassigned":
            self.owner = None
        elif line.kind == "tagged":
            assert details["tag"] not in self.tags, line.position
            self.tags.add(details["tag"])
        elif line.kind == "untagged":
            self.tags.remove(details["tag"])
        elif line.kind == "linked":
            assert details["number"] not in self.links, line.position
            self.links.add(details["number"])
        elif line.kind == "unlinked":
            self.links.remove(details["number"])
        elif line.kind == "noted":
            self.notes += 1
        elif line.kind == "classified":
            self.category = details["category"]
        elif line.kind == "snoozed":
            self.snoozed = details["until"]
        elif line.kind == "woke_up":
            assert self.snoozed is not None, line.position
            self.snoozed = None
        else:
            assert line.kind in {"opened", "state_changed"}, line.kind


def told_by(timeline: list[TicketEvent]) -> Told:
    """The case after all lines, which are numbered without a gap."""
    assert [each.position for each in timeline] == list(range(1, len(timeline) + 1))
    told = Told()
    for line in timeline:
        told.hear(line)
    return told


def press_take(session: Session, ticket_id: str, caller: Caller) -> Ticket:
    """Taking needs no id of its own: of a case that somebody has already, nothing changes."""
    return tickets.take(session, ticket_id, caller.member)


def changes(people: list[StaffMember], numbers: list[str], chance: random.Random) -> list[tuple[str, Any]]:
    """200 changes in no order: (their id, what they do to a case); a few come twice under one id."""
    until = now() + timedelta(hours=1)

    def one(kind: int, mine: str) -> Callable[..., Ticket]:
        member, tag, number = chance.choice(people), chance.choice(TAGS), chance.choice(numbers)
        state, minutes = chance.choice(STATES), chance.randrange(5)
        given: list[tuple[Any, tuple[Any, ...]]] = [
            (add_tag, (tag,)),
            (remove_tag, (tag,)),
            (add_note, (f"note {mine}",)),
            (assign, (chance.choice([None, *(each.id for each in people)]),)),
            (snooze, (until + timedelta(minutes=minutes),)),
            (wake, ()),
            (set_state, (None, chance.choice(("delivery", "payment")))),
            (set_state, (state,)),
            (add_link, (number,)),
            (remove_link, (number,)),
            (press_take, ()),
        ]
        step, more = given[kind % len(given)]

        def work(session: Session, ticket_id: str, **usual: Any) -> Ticket:
            return step(session, ticket_id, Caller(member, **usual), *more)

        return work

    made = [(new_id(), kind) for kind in range(CHANGES - 20)]
    planned = [(change_id, one(kind, change_id)) for change_id, kind in made]
    planned += planned[2::9][:20]
    chance.shuffle(planned)
    return planned


async def apply(database: Database, case: Case, planned: list[tuple[str, Any]], stale: int) -> list[str]:
    """All at once; what became of each, in the order in which they were planned."""

    async def attempt(place: int, change_id: str, work: Any) -> str:
        # Every seventh says what it saw before all the others began.
        usual = {"change_id": change_id, "revision": stale if place % 7 == 0 else None}
        try:
            await database.write(lambda session: work(session, case.id, **usual))
        except REFUSED as refused:
            return type(refused).__name__
        return "done"

    return list(await asyncio.gather(*(attempt(place, *each) for place, each in enumerate(planned))))


async def test_two_hundred_changes_at_once_are_each_applied_once_or_refused_and_the_timeline_tells_them(
    database: Database, agent: StaffMember
) -> None:
    with database.writing() as session:
        people = [agent, staff(session, "Tom"), staff(session, "Ada")]
    case, others = open_case(database), [open_case(database) for _ in range(3)]
    numbers = [each.row().number for each in others]
    nobody_waits(case)
    planned = changes(people, numbers, random.Random(7))
    assert len(planned) == CHANGES

    outcomes = await apply(database, case, planned, case.row().revision)
    timeline, row = case.timeline(), case.row()
    told = told_by(timeline)
    assert (told.state, told.owner, told.category) == (row.state, row.staff_id, row.category)
    assert told.snoozed == (row.snoozed_until.isoformat(timespec="seconds") if row.snoozed_until else None)
    assert sorted(told.tags) == case.tags()
    assert sorted(told.links) == sorted(number for _, number in case.links())
    assert row.revision == len(timeline) + 1
    lines = Counter(each.change_id for each in timeline if each.change_id)
    done = {change for (change, _), outcome in zip(planned, outcomes, strict=True) if outcome == "done"}
    assert set(lines.values()) == {1}
    # What was refused stands nowhere, unless the same change was asked for twice and one of them went through.
    assert set(lines) <= done
    with database.reading() as session:
        texts = session.scalars(select(TicketNote.text).where(TicketNote.ticket_id == case.id)).all()
    asked = {change for change, _ in planned if f"note {change}" in texts}
    assert len(texts) == told.notes == len(asked)
    assert Counter(outcomes)["done"] >= CHANGES // 2
    assert Counter(outcomes)["Outdated"] > 0
    # Nobody gave the chat away, so one of those who pressed "take" has it, and the others were refused.
    assert {each.staff_id for each in timeline if each.kind == "taken"} == {case.conversation().staff_id}
    assert Counter(outcomes)["AlreadyTaken"] > 0
    # The other ends of the links tell the same.
    for other in others:
        other_end = told_by(other.timeline())
        assert sorted(other_end.links) == [number for _, number in other.links()]


async def test_cases_linked_from_both_sides_at_once_do_not_wait_for_each_other(
    database: Database, agent: StaffMember
) -> None:
    cases = [open_case(database) for _ in range(3)]
    numbers = [each.row().number for each in cases]

    async def link(place: int) -> None:
        first, number = cases[place % 3], numbers[(place // 3 + place % 3 + 1) % 3]
        if first.row().number == number:
            return
        step = add_link if place % 2 else remove_link
        await database.write(lambda session: step(session, first.id, Caller(agent), number))

    await asyncio.wait_for(asyncio.gather(*(link(place) for place in range(60))), 60)
    for case in cases:
        assert sorted(told_by(case.timeline()).links) == sorted(number for _, number in case.links())


async def test_of_two_that_merge_each_other_one_goes_on(database: Database, agent: StaffMember) -> None:
    first, second = open_case(database), open_case(database)
    for each in (first, second):
        each.chat.press("back_to_bot")
    numbers = {first.id: second.row().number, second.id: first.row().number}

    async def attempt(case: Case) -> str:
        try:
            await database.write(lambda s: merge(s, case.id, Caller(agent), numbers[case.id], True))
        except Exception as refused:
            return type(refused).__name__
        return "done"

    outcomes = sorted(await asyncio.gather(attempt(first), attempt(second)))
    assert outcomes[0] != "done" and outcomes[1] == "done"
    assert sorted([first.row().state, second.row().state]) == ["closed", "received"]


@pytest.mark.parametrize("many", [2, 12])
def test_of_colleagues_who_press_take_at_the_same_moment_one_wins_and_the_others_are_told_who(
    database: Database, agent: StaffMember, many: int
) -> None:
    with database.writing() as session:
        people = [staff(session, f"Person{number}") for number in range(many)]
    case = open_case(database)
    together = Barrier(many)

    def attempt(member: StaffMember) -> str:
        together.wait()
        try:
            case.do(tickets.take, member)
        except AlreadyTaken as taken:
            return f"told of {taken.name}"
        return member.name

    with ThreadPoolExecutor(many) as pool:
        heard = list(pool.map(attempt, people))
    (winner,) = [each for each in heard if not each.startswith("told of")]
    assert Counter(heard) == {winner: 1, f"told of {winner}": many - 1}
    assert case.told() == ["taken"]
    with database.reading() as session:
        joined = select(func.count()).select_from(TicketEvent).where(TicketEvent.kind == "taken")
        assert session.scalar(joined) == 1
