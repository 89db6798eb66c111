"""Finding staff."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.base import now
from support.customers.tables import Customer
from support.staff.tables import SignInFailure, StaffMember, StaffSession, Team, TeamMember

SERVING_ROLES = ("agent", "supervisor", "administrator")


def by_email(session: Session, email: str) -> StaffMember | None:
    """The account with this e-mail address (lower case)."""
    return session.scalar(select(StaffMember).where(StaffMember.email == email))


def by_session(session: Session, token_hash: str) -> StaffMember | None:
    """Whose session this is, if it has not run out and the account is active."""
    return session.scalar(
        select(StaffMember)
        .join(StaffSession, StaffSession.staff_id == StaffMember.id)
        .where(StaffSession.token_hash == token_hash, StaffSession.expires_at > now(), StaffMember.active)
    )


def on_duty(session: Session, seen_after: datetime) -> int:
    """How many people are online at the desk, so that customers can be told to wait for them."""
    return _count_present(session, seen_after, ("online",))


def at_desk(session: Session, seen_after: datetime) -> int:
    """How many people are there, online or busy: they see the queue, and can take from it by hand."""
    return _count_present(session, seen_after, ("online", "busy"))


def _count_present(session: Session, seen_after: datetime, presences: tuple[str, ...]) -> int:
    present = StaffMember.presence.in_(presences) & (StaffMember.seen_at > seen_after)
    serving = StaffMember.active & StaffMember.role.in_(SERVING_ROLES)
    return session.scalar(select(func.count()).select_from(StaffMember).where(serving, present)) or 0


def serving(session: Session) -> Sequence[StaffMember]:
    """Everybody whose role may serve customers and whose account is on, by name."""
    query = select(StaffMember).where(StaffMember.active, StaffMember.role.in_(SERVING_ROLES))
    return session.scalars(query.order_by(StaffMember.name, StaffMember.id)).all()


def teams(session: Session) -> Sequence[Team]:
    """All teams, by name."""
    return session.scalars(select(Team).order_by(Team.name, Team.id)).all()


def members(session: Session) -> dict[str, set[str]]:
    """Ids of the people of every team that has any."""
    found: dict[str, set[str]] = {}
    for row in session.scalars(select(TeamMember)):
        found.setdefault(row.team_id, set()).add(row.staff_id)
    return found


def failures_since(session: Session, email: str, since: datetime) -> int:
    """How often signing in to this account failed since a moment."""
    return (
        session.scalar(
            select(func.count())
            .select_from(SignInFailure)
            .where(SignInFailure.email == email, SignInFailure.at > since)
        )
        or 0
    )


def names(session: Session, staff_ids: set[str]) -> dict[str, str]:
    """Names of several people by id."""
    if not staff_ids:
        return {}
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(staff_ids)))
    return {row.id: row.name for row in rows}


def colleagues(session: Session) -> dict[str, str]:
    """Names of everybody who serves customers, by id, in order of the names."""
    serving = StaffMember.active & StaffMember.role.in_(SERVING_ROLES)
    rows = session.execute(select(StaffMember.id, StaffMember.name).where(serving).order_by(StaffMember.name))
    return {row.id: row.name for row in rows}


def everybody(session: Session) -> Sequence[StaffMember]:
    """All accounts, by e-mail address."""
    return session.scalars(select(StaffMember).order_by(StaffMember.email)).all()


def anybody(session: Session) -> bool:
    """Whether there is any account yet."""
    return session.scalar(select(StaffMember.id).limit(1)) is not None


def unseen_since(session: Session, moment: datetime) -> set[str]:
    """Ids of everybody whose page was not open since a moment."""
    unseen = StaffMember.seen_at.is_(None) | (StaffMember.seen_at < moment)
    return set(session.scalars(select(StaffMember.id).where(unseen)))


def count_named_customers(session: Session, staff_id: str) -> int:
    """For how many customers somebody is the one person who looks after them."""
    query = select(func.count()).select_from(Customer).where(Customer.named_staff_id == staff_id)
    return session.scalar(query) or 0
