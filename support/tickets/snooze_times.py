"""Until when a case is out of sight. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

AFTERNOON, MORNING = time(14), time(9)
AN_HOUR = timedelta(hours=1)
LONGEST = timedelta(days=366)


def choices(at: datetime, zone: str) -> list[tuple[str, datetime]]:
    """What is offered at a moment, the earliest first: an hour, 14:00 as long as that is to come today, tomorrow at
    9:00, and next Monday at 9:00 unless that is tomorrow.

    Args:
        at: The present moment.
        zone: The reader's time zone (see `known_zone`); their days and hours are meant.

    Returns:
        The name of each choice, and its moment in UTC.
    """
    here = at.astimezone(ZoneInfo(known_zone(zone)))
    named = [
        ("hour", at + AN_HOUR),
        ("afternoon", _at(here, 0, AFTERNOON)),
        ("tomorrow", _at(here, 1, MORNING)),
        ("monday", _at(here, 7 - here.weekday(), MORNING)),
    ]
    offered: dict[datetime, str] = {}
    for name, moment in named:
        if moment > at:
            offered.setdefault(moment, name)
    return [(name, moment) for moment, name in sorted(offered.items())]


def chosen_time(choice: str, at: datetime, zone: str) -> datetime | None:
    """The moment that was chosen: "hour" for an hour from now, else a moment as `local_time` reads it.

    Returns:
        The moment in UTC; None for a text that is none.
    """
    return at + AN_HOUR if choice == "hour" else local_time(choice, zone)


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


def who_waits(status: str, channel: str, waits_for_answer: bool) -> str | None:
    """Why a case must stay in sight: somebody sits in its chat and waits for people.

    Args:
        status: Where the chat is (see support/conversations/states.py).
        waits_for_answer: Whether the customer's last words have no answer yet.

    Returns:
        "waits_in_queue", or "waits_for_answer" for a chat that a colleague has; None when nobody waits there. Once
        they are answered, a chat can be put aside: the customer's next words bring it back.
    """
    if channel != "chat":
        return None
    if status == "queued":
        return "waits_in_queue"
    return "waits_for_answer" if status == "agent" and waits_for_answer else None


def may_snooze(until: datetime, at: datetime) -> bool:
    """Whether a case can be out of sight until then: in the future, and a year away at most."""
    return at < until <= at + LONGEST


def _at(here: datetime, days: int, clock: time) -> datetime:
    return datetime.combine(here.date() + timedelta(days=days), clock, here.tzinfo).astimezone(UTC)
