"""Until when a case is out of sight. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

AFTERNOON, MORNING = time(14), time(9)
LONGEST = timedelta(days=366)


def preset_time(preset: str, at: datetime, zone: str) -> datetime | None:
    """When a preset is over: in an hour, at the next 14:00, tomorrow at 9:00, next Monday at 9:00.

    Args:
        at: The present moment.
        zone: The reader's time zone (see `known_zone`); their days and hours are meant.

    Returns:
        The moment in UTC; None for a preset that there is not.
    """
    here = at.astimezone(ZoneInfo(known_zone(zone)))
    if preset == "hour":
        return at + timedelta(hours=1)
    if preset == "afternoon":
        today = datetime.combine(here.date(), AFTERNOON, here.tzinfo)
        days = 0 if today > here else 1
        return _at(here, days, AFTERNOON)
    if preset == "tomorrow":
        return _at(here, 1, MORNING)
    if preset == "monday":
        return _at(here, 7 - here.weekday(), MORNING)
    return None


def local_time(text: str, zone: str) -> datetime | None:
    """A day and time as a page's field gives it ("2026-03-01T09:30"), read in the reader's zone.

    Returns:
        The moment in UTC; None for a text that is none.
    """
    try:
        given = datetime.fromisoformat(text.strip())
        placed = given if given.tzinfo else given.replace(tzinfo=ZoneInfo(known_zone(zone)))
        return placed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def known_zone(zone: str) -> str:
    """A time zone that there is; UTC for any other name."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        return "UTC"
    return zone


def may_snooze(until: datetime, at: datetime) -> bool:
    """Whether a case can be out of sight until then: in the future, and a year away at most."""
    return at < until <= at + LONGEST


def _at(here: datetime, days: int, clock: time) -> datetime:
    return datetime.combine(here.date() + timedelta(days=days), clock, here.tzinfo).astimezone(UTC)
