"""Finding opening hours."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.hours.rules import Hours, hours_of
from support.hours.tables import Schedule
from support.staff.tables import Team


def schedules(session: Session) -> Sequence[Schedule]:
    """All opening hours, the default ones first, then by name."""
    return session.scalars(select(Schedule).order_by(Schedule.is_default.desc(), Schedule.name)).all()


def hours_for(session: Session, team_id: str | None) -> Hours | None:
    """The hours that hold for a team's cases: its own, else the default ones; None when there are none."""
    own = select(Schedule).join(Team, Team.schedule_id == Schedule.id).where(Team.id == team_id)
    found = session.scalar(own) if team_id else None
    if found is None:
        found = session.scalar(select(Schedule).where(Schedule.is_default).order_by(Schedule.name).limit(1))
    return read(found) if found else None


def read(schedule: Schedule) -> Hours:
    """A row of the table as the rules take it."""
    return hours_of(schedule.time_zone, schedule.weekly, schedule.holidays)
