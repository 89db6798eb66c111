"""Finding staff."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.base import now
from support.staff.tables import SignInFailure, StaffMember, StaffSession

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
    """How many people could take a chat now."""
    return (
        session.scalar(
            select(func.count())
            .select_from(StaffMember)
            .where(
                StaffMember.active,
                StaffMember.available,
                StaffMember.role.in_(SERVING_ROLES),
                StaffMember.seen_at > seen_after,
            )
        )
        or 0
    )


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
