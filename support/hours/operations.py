"""Setting opening hours up. None of these commit."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import now
from support.hours.rules import Hours
from support.hours.tables import Schedule
from support.hours.writing import LONGEST_NAME, HoursRefused, kept_holidays, kept_week

# Of all who save at the same moment one gets through each time: more tries than there are such people.
_TIMES_AGAIN = 10


class ScheduleNotFound(Exception):
    """There are no such opening hours."""


def save_schedule(session: Session, schedule_id: str | None, name: str, hours: Hours, is_default: bool) -> Schedule:
    """Change opening hours, or make new ones when there is no id; the last that were saved as the default are it.

    Raises:
        HoursRefused: `name` without a name, `name_taken` when others have it.
        ScheduleNotFound: For an unknown id.
    """
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise HoursRefused("name", (("limit", LONGEST_NAME),))
    for _ in range(_TIMES_AGAIN):
        try:
            with session.begin_nested():
                return _kept(session, schedule_id, tidy, hours, is_default)
        except IntegrityError:
            # Somebody else took the name, or made theirs the default, at the same moment: seen when it is tried again.
            continue
    return _kept(session, schedule_id, tidy, hours, is_default)


def _kept(session: Session, schedule_id: str | None, name: str, hours: Hours, is_default: bool) -> Schedule:
    if session.scalar(select(Schedule.id).where(Schedule.name == name, Schedule.id != (schedule_id or ""))):
        raise HoursRefused("name_taken", (("name", name),))
    schedule = session.get(Schedule, schedule_id) if schedule_id else Schedule()
    if schedule is None:
        raise ScheduleNotFound(schedule_id)
    if is_default:
        session.execute(update(Schedule).where(Schedule.is_default).values(is_default=False))
    schedule.name, schedule.time_zone, schedule.is_default = name, hours.zone, is_default
    schedule.weekly, schedule.holidays = kept_week(hours), kept_holidays(hours)
    schedule.updated_at = now()
    session.add(schedule)
    session.flush()
    return schedule


def remove_schedule(session: Session, schedule_id: str) -> None:
    """Remove opening hours; teams that had them follow the default ones.

    Raises:
        ScheduleNotFound: For an unknown id.
    """
    schedule = session.get(Schedule, schedule_id)
    if schedule is None:
        raise ScheduleNotFound(schedule_id)
    session.delete(schedule)
    session.flush()
