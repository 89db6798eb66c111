"""Opening hours: split shifts, holidays, time zones, daylight saving, and midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest

from support.hours.rules import Holiday, Hours, is_open, next_opening
from support.hours.writing import read_day
from tests.support.hours_made import BERLIN, TAIPEI, WORKDAYS, at, taipei

NIGHT = Hours("Europe/Berlin", (read_day("00:00-06:00, 22:00-24:00"),) * 7)


# 2027-03-01 is a Monday.
@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-03-01T08:59", False),
        ("2027-03-01T09:00", True),
        ("2027-03-01T12:29", True),
        ("2027-03-01T12:30", False),
        ("2027-03-01T13:29", False),
        ("2027-03-01T13:30", True),
        ("2027-03-01T17:59", True),
        ("2027-03-01T18:00", False),
        ("2027-03-06T10:00", False),
        ("2027-03-07T10:00", False),
    ],
)
def test_a_split_day_is_open_in_its_shifts_only(moment: str, expected: bool) -> None:
    assert is_open(TAIPEI, taipei(moment)) is expected


def test_the_hours_are_those_of_their_zone_wherever_the_moment_is_told() -> None:
    assert is_open(TAIPEI, datetime(2027, 3, 1, 1, 0, tzinfo=UTC))
    assert not is_open(TAIPEI, datetime(2027, 3, 1, 10, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-03-01T21:59", False),
        ("2027-03-01T22:00", True),
        ("2027-03-01T23:59", True),
        ("2027-03-02T00:00", True),
        ("2027-03-02T05:59", True),
        ("2027-03-02T06:00", False),
    ],
)
def test_a_night_goes_on_past_midnight(moment: str, expected: bool) -> None:
    assert is_open(NIGHT, at("Europe/Berlin", moment)) is expected


def test_a_holiday_is_closed_or_has_hours_of_its_own() -> None:
    days = {
        date(2027, 3, 1): Holiday(date(2027, 3, 1), "Peace Day"),
        date(2027, 3, 6): Holiday(date(2027, 3, 6), "Make-up day", read_day("10:00-14:00")),
    }
    hours = Hours("Asia/Taipei", WORKDAYS, days)
    assert not is_open(hours, taipei("2027-03-01T10:00"))
    assert is_open(hours, taipei("2027-03-06T10:00"))
    assert not is_open(hours, taipei("2027-03-06T14:00"))
    assert next_opening(hours, taipei("2027-02-28T20:00")) == taipei("2027-03-02T09:00")


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2027-03-01T07:00", "2027-03-01T09:00"),
        ("2027-03-01T10:15", "2027-03-01T10:15"),
        ("2027-03-01T12:45", "2027-03-01T13:30"),
        ("2027-03-01T18:00", "2027-03-02T09:00"),
        ("2027-03-05T19:00", "2027-03-08T09:00"),
        ("2027-12-31T19:00", "2028-01-03T09:00"),
    ],
)
def test_the_next_opening_is_the_first_shift_to_come(moment: str, opens: str) -> None:
    assert next_opening(TAIPEI, taipei(moment)) == taipei(opens)


def test_hours_that_never_open_have_no_next_opening() -> None:
    assert next_opening(Hours("Asia/Taipei"), taipei("2027-03-01T10:00")) is None


def test_the_clock_on_the_wall_counts_on_both_sides_of_daylight_saving() -> None:
    # Berlin puts its clocks forward on 2027-03-28: nine o'clock is 8:00 UTC the day before, and 7:00 UTC on that day.
    assert next_opening(BERLIN, datetime(2027, 3, 27, 6, tzinfo=UTC)) == datetime(2027, 3, 27, 8, tzinfo=UTC)
    assert next_opening(BERLIN, datetime(2027, 3, 28, 6, tzinfo=UTC)) == datetime(2027, 3, 28, 7, tzinfo=UTC)


def test_an_opening_in_the_hour_that_is_left_out_is_when_the_clocks_go_on() -> None:
    hours = Hours("Europe/Berlin", (read_day("02:30-04:00"),) * 7)
    opens = next_opening(hours, at("Europe/Berlin", "2027-03-28T00:00"))
    assert opens is not None and opens.hour == 3
    assert opens.astimezone(UTC) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_hours_that_lie_in_the_hour_left_out_do_not_happen_that_day() -> None:
    hours = Hours("Europe/Berlin", (read_day("02:10-02:50"),) * 7)
    assert next_opening(hours, at("Europe/Berlin", "2027-03-28T00:00")) == at("Europe/Berlin", "2027-03-29T02:10")


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    hours = Hours("Europe/Berlin", (read_day("02:00-02:30"),) * 7)
    first, second = (at("Europe/Berlin", "2027-10-31T02:15", fold) for fold in (0, 1))
    assert is_open(hours, first) and is_open(hours, second)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    between = at("Europe/Berlin", "2027-10-31T02:45").astimezone(UTC)
    assert not is_open(hours, between)
    opens = next_opening(hours, between)
    assert opens is not None and opens.astimezone(UTC) == datetime(2027, 10, 31, 1, 0, tzinfo=UTC)


def test_a_zone_with_half_hours_is_told_right() -> None:
    hours = Hours("Asia/Kolkata", (read_day("09:30-18:00"),) * 7)
    assert next_opening(hours, datetime(2027, 3, 1, 0, tzinfo=UTC)) == datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
