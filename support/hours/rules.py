"""Opening hours: periods of the week, other hours on some dates, in a time zone with its daylight saving. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_A_DAY = 24 * 60
# How far ahead the next opening is looked for.
LOOK_AHEAD_DAYS = 400

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, order=True)
class Period:
    """Some time of a day, in minutes after midnight; `end` is the first minute that no longer belongs to it."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"


Periods = tuple[Period, ...]


@dataclass(frozen=True)
class Holiday:
    """Other hours on one date; none at all when it is closed."""

    date: date
    name: str = ""
    periods: Periods = ()


@dataclass(frozen=True)
class Hours:
    """When people are there.

    Attributes:
        zone: IANA name of the time zone the hours are meant in.
        week: Periods of the days, Monday first.
        holidays: What holds instead on some dates.
    """

    zone: str
    week: tuple[Periods, ...] = ((),) * 7
    holidays: Mapping[date, Holiday] = field(default_factory=dict)

    def of_day(self, day: date) -> Periods:
        """The periods of a date."""
        holiday = self.holidays.get(day)
        return holiday.periods if holiday else self.week[day.weekday()]


@dataclass(frozen=True)
class Opening:
    """When somebody is there again, with the time zone that is told with it."""

    at: datetime
    zone: str


def is_open(hours: Hours, moment: datetime) -> bool:
    """Whether the moment lies within the hours, by the clock on the wall of their time zone."""
    local = moment.astimezone(ZoneInfo(hours.zone))
    minute = local.hour * 60 + local.minute
    return any(each.start <= minute < each.end for each in hours.of_day(local.date()))


def next_opening(hours: Hours, moment: datetime) -> datetime | None:
    """The first moment from this one on that lies within the hours, in their zone; None when there is none in a year.

    The moment itself when it is open.
    """
    zone = ZoneInfo(hours.zone)
    if is_open(hours, moment):
        return moment.astimezone(zone)
    # Times of one zone are compared by the clock on the wall, which goes back once a year.
    earliest, first = moment.astimezone(UTC), moment.astimezone(zone).date()
    for ahead in range(LOOK_AHEAD_DAYS):
        day = first + timedelta(days=ahead)
        for candidate in _candidates(hours, day, zone):
            if candidate.astimezone(UTC) >= earliest and is_open(hours, candidate):
                return candidate.astimezone(zone)
    return None


def hours_of(zone: str, weekly: Mapping[str, Any], holidays: Sequence[Mapping[str, Any]]) -> Hours:
    """Opening hours as they are kept (see support/hours/tables.py)."""
    return Hours(
        zone=zone,
        week=tuple(_periods(weekly.get(day, [])) for day in DAYS),
        holidays={
            found.date: found
            for found in (
                Holiday(date.fromisoformat(each["date"]), each.get("name", ""), _periods(each.get("periods", [])))
                for each in holidays
            )
        },
    )


def minutes_of(text: str) -> int:
    """Minutes after midnight of "HH:MM"; "24:00" is the end of the day.

    Raises:
        ValueError: When it is no time.
    """
    hour, minute = (int(part) for part in text.split(":"))
    if not 0 <= minute < 60 or not 0 <= hour * 60 + minute <= MINUTES_OF_A_DAY:
        raise ValueError(text)
    return hour * 60 + minute


def clock(minutes: int) -> str:
    """Minutes after midnight as "HH:MM"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _periods(kept: Sequence[Sequence[str]]) -> Periods:
    return tuple(sorted(Period(minutes_of(start), minutes_of(end)) for start, end in kept))


def _candidates(hours: Hours, day: date, zone: ZoneInfo) -> list[datetime]:
    """Moments of a date at which it may open, in order."""
    midnight = datetime.combine(day, time(), zone)
    following = datetime.combine(day + timedelta(days=1), time(), zone)
    if midnight.utcoffset() == following.utcoffset():
        return [midnight + timedelta(minutes=each.start) for each in hours.of_day(day)]
    # The clocks are changed on this date: an hour of it is missing or comes twice, and every minute may be the one.
    found, end = midnight.astimezone(UTC), following.astimezone(UTC)
    minutes = []
    while found < end:
        minutes.append(found)
        found += _MINUTE
    return minutes
