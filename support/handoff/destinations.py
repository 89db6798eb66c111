"""To whom a case can be passed: colleagues who are there, and teams."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.staff.queries import SERVING_ROLES
from support.staff.tables import StaffMember, Team


def colleagues(session: Session, without: str) -> Sequence[StaffMember]:
    """Everybody who serves customers, but for one, by name."""
    return session.scalars(
        select(StaffMember)
        .where(StaffMember.active, StaffMember.role.in_(SERVING_ROLES), StaffMember.id != without)
        .order_by(StaffMember.name)
    ).all()


def teams(session: Session) -> Sequence[Team]:
    """All teams, by name."""
    return session.scalars(select(Team).order_by(Team.name)).all()


def takes_chats(member: StaffMember, seen_after: datetime) -> bool:
    """Whether somebody is there and takes chats. Pure."""
    return member.presence == "online" and member.seen_at is not None and member.seen_at > seen_after
