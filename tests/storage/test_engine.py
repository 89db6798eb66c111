"""Units of work: whole or not at all, and never a lost write between two threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from storage.engine import Database
from support.customers.tables import Customer
from support.tickets.numbers import next_number


def test_a_unit_that_raises_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        session.add(Customer(language="en"))
        session.flush()
        raise RuntimeError
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM customer")).scalar() == 0


def test_forty_threads_draw_forty_different_ticket_numbers(database: Database) -> None:
    def draw(_: int) -> str:
        with database.writing() as session:
            return next_number(session, "T")

    first = draw(0)
    with ThreadPoolExecutor(8) as pool:
        drawn = [first, *pool.map(draw, range(39))]
    assert sorted(drawn) == [f"T-{number}" for number in range(1001, 1041)]


def test_times_come_back_in_utc_whatever_zone_they_went_in(database: Database) -> None:
    taipei = timezone(timedelta(hours=8))
    with database.writing() as session:
        session.add(Customer(language="en", created_at=datetime(2026, 1, 2, 6, 0, tzinfo=taipei)))
    with database.reading() as session:
        stored = session.scalars(select(Customer.created_at)).one()
    assert stored == datetime(2026, 1, 1, 22, 0, tzinfo=UTC)
    assert stored.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive: Any = datetime(2026, 1, 1)
    with pytest.raises(StatementError), database.writing() as session:
        session.add(Customer(language="en", created_at=naive))


async def test_two_units_that_wait_for_each_other_are_both_done_in_the_end(database: Database) -> None:
    with database.writing() as session:
        session.add_all([Customer(id=each, language="en") for each in ("a", "b")])
    tries: list[str] = []
    # On SQLite one unit at a time is let in, and so nobody comes here to meet.
    meeting = Barrier(1 if database.is_sqlite else 2)

    def change(session: Session, first: str, second: str) -> None:
        tries.append(first)
        session.execute(update(Customer).where(Customer.id == first).values(name=first))
        if len(tries) <= meeting.parties:
            meeting.wait(10)
        session.execute(update(Customer).where(Customer.id == second).values(phone=first))

    await asyncio.gather(
        database.write(lambda session: change(session, "a", "b")),
        database.write(lambda session: change(session, "b", "a")),
    )
    assert len(tries) == (2 if database.is_sqlite else 3)
    with database.reading() as session:
        kept = session.execute(select(Customer.name, Customer.phone).order_by(Customer.id)).all()
    assert [tuple(each) for each in kept] == [("a", "b"), ("b", "a")]


async def test_what_fails_for_another_reason_is_not_tried_again(database: Database) -> None:
    tries = []

    def fail(session: Session) -> None:
        tries.append(1)
        session.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(DBAPIError):
        await database.write(fail)
    assert len(tries) == 1
