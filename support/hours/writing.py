"""Opening hours as people write them: "09:00-12:30, 13:30-18:00", and a holiday a line. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from support.hours.rules import DAYS, Holiday, Hours, Period, Periods, minutes_of

LONGEST_NAME = 100
MOST_HOLIDAYS = 200
_PERIOD = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})")
_DASHES = str.maketrans("–—−~〜", "-----")


@dataclass
class HoursRefused(Exception):
    """Hours that cannot be understood; `code` names why, `values` fill the words that say so."""

    code: str
    values: tuple[tuple[str, object], ...] = ()


def read_day(text: str) -> Periods:
    """The periods of a day; none when nothing is written.

    Raises:
        HoursRefused: `period` for what is no period, `order` for an end before its beginning, `overlap` for two that
            meet in the middle.
    """
    plain = _plain(text)
    periods = []
    for part in filter(None, (each.strip() for each in re.split(r"[,;、]", plain))):
        match = _PERIOD.fullmatch(part)
        if match is None:
            raise HoursRefused("period", (("text", part),))
        periods.append(_period(*match.groups()))
    return _checked(periods)


def read_holidays(text: str) -> tuple[Holiday, ...]:
    """Holidays, one a line: a date, perhaps hours, and a name, such as "2027-02-05 10:00-14:00 New Year's Eve".

    Raises:
        HoursRefused: `date` for a line without a date, `twice` for a date that stands there twice, `too_many`, or as
            `read_day`.
    """
    found: dict[date, Holiday] = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        holiday = _read_holiday(line)
        if holiday.date in found:
            raise HoursRefused("twice", (("text", holiday.date.isoformat()),))
        found[holiday.date] = holiday
    if len(found) > MOST_HOLIDAYS:
        raise HoursRefused("too_many", (("most", MOST_HOLIDAYS),))
    return tuple(found[day] for day in sorted(found))


def read_zone(text: str) -> str:
    """The name of a time zone.

    Raises:
        HoursRefused: `zone` when there is no such zone.
    """
    name = text.strip()
    if name not in available_timezones():
        raise HoursRefused("zone", (("text", name),))
    return ZoneInfo(name).key


def written_day(periods: Periods) -> str:
    """Periods as they are written."""
    return ", ".join(str(each) for each in periods)


def written_holidays(holidays: Iterable[Holiday]) -> str:
    """Holidays as they are written, one a line."""
    ordered = sorted(holidays, key=lambda holiday: holiday.date)
    return "\n".join(
        " ".join(filter(None, (each.date.isoformat(), written_day(each.periods), each.name))) for each in ordered
    )


def kept_week(hours: Hours) -> dict[str, list[list[str]]]:
    """The week as the table keeps it."""
    return {day: _kept(periods) for day, periods in zip(DAYS, hours.week, strict=True) if periods}


def kept_holidays(hours: Hours) -> list[dict[str, Any]]:
    """The holidays as the table keeps them."""
    return [
        {"date": each.date.isoformat(), "name": each.name, "periods": _kept(each.periods)}
        for each in sorted(hours.holidays.values(), key=lambda holiday: holiday.date)
    ]


def _kept(periods: Periods) -> list[list[str]]:
    return [str(each).split("-") for each in periods]


def _read_holiday(line: str) -> Holiday:
    plain = _plain(line)
    match = re.match(r"\d{4}-\d{1,2}-\d{1,2}", plain)
    try:
        day = date(*(int(part) for part in match.group().split("-"))) if match else None
    except ValueError:
        day = None
    if match is None or day is None:
        raise HoursRefused("date", (("text", line),))
    rest = plain[match.end() :]
    periods = _checked([_period(*found) for found in _PERIOD.findall(rest)])
    name = " ".join(_PERIOD.sub(" ", rest).replace(",", " ").replace("、", " ").split())
    if re.search(r"\d:\d", name):
        raise HoursRefused("period", (("text", name),))
    return Holiday(day, name[:LONGEST_NAME], periods)


def _period(start: str, end: str) -> Period:
    try:
        period = Period(minutes_of(start), minutes_of(end))
    except ValueError as error:
        raise HoursRefused("period", (("text", f"{start}-{end}"),)) from error
    if period.start >= period.end:
        raise HoursRefused("order", (("text", f"{start}-{end}"),))
    return period


def _checked(periods: Iterable[Period]) -> Periods:
    ordered = tuple(sorted(periods))
    for earlier, later in pairwise(ordered):
        if later.start < earlier.end:
            raise HoursRefused("overlap", (("text", f"{earlier}, {later}"),))
    return ordered


def _plain(text: str) -> str:
    """Full-width digits, colons and commas as they stand on a Chinese keyboard are as good as the others."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
