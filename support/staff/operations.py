"""Signing in and out, and presence. None of these commit."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete
from sqlalchemy.orm import Session

from storage.base import now
from support.staff import queries
from support.staff.roles import ROLES
from support.staff.tables import SignInFailure, StaffMember, StaffSession

SESSION_LASTS = timedelta(hours=12)
# Somebody whose page has not called for this long is not on duty, whatever they set.
PRESENCE_LASTS = timedelta(seconds=75)
# Chats are kept for this long: a page that is reloaded, or a laptop carried to the next room, is no absence.
ABSENT_AFTER = timedelta(minutes=3)
# Takes chats; goes on with what they have; is not there.
PRESENCES = ("online", "busy", "away")
FAILURES_ALLOWED = 8
FAILURES_WINDOW = timedelta(minutes=15)
SHORTEST_PASSWORD = 10

_hasher = PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """Verified when there is no such account, so that the time taken does not tell which accounts exist."""
    return _hasher.hash(secrets.token_hex(16))


class SignInRefused(Exception):
    """Wrong e-mail or password, or an account that is switched off."""


class TooManySignIns(Exception):
    """Too many wrong passwords for this account in a short time."""


def add_staff(session: Session, email: str, name: str, role: str, password: str, language: str = "") -> StaffMember:
    """Create an account.

    Raises:
        ValueError: For an unknown role or a password that is too short.
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role; choose one of {', '.join(ROLES)}.")
    member = StaffMember(
        email=email.strip().lower(), name=name, role=role, password_hash=_hash(password), language=language
    )
    session.add(member)
    session.flush()
    return member


def set_password(session: Session, email: str, password: str) -> None:
    """Give an account a new password and end its sessions.

    Raises:
        ValueError: For an unknown account or a password that is too short.
    """
    member = _known(session, email)
    member.password_hash = _hash(password)
    _end_sessions(session, member)


def set_active(session: Session, email: str, active: bool) -> None:
    """Switch an account on or off; switching off ends its sessions.

    Raises:
        ValueError: For an unknown account.
    """
    member = _known(session, email)
    member.active = active
    if not active:
        _end_sessions(session, member)


def _known(session: Session, email: str) -> StaffMember:
    member = queries.by_email(session, email.strip().lower())
    if member is None:
        raise ValueError(f"There is no account for {email}.")
    return member


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"The password needs at least {SHORTEST_PASSWORD} characters.")
    return _hasher.hash(password)


def _end_sessions(session: Session, member: StaffMember) -> None:
    session.execute(delete(StaffSession).where(StaffSession.staff_id == member.id))
    member.seen_at = None


def check_password(session: Session, email: str, password: str) -> StaffMember:
    """The account that belongs to e-mail and password.

    Raises:
        TooManySignIns: After too many failures within the window.
        SignInRefused: When they do not fit; the caller should call `note_failure` and commit that.
    """
    address = email.strip().lower()
    if queries.failures_since(session, address, now() - FAILURES_WINDOW) >= FAILURES_ALLOWED:
        raise TooManySignIns
    member = queries.by_email(session, address)
    try:
        _hasher.verify(member.password_hash if member else _nobodys_hash(), password)
    except (Argon2Error, InvalidHashError) as error:
        raise SignInRefused from error
    if member is None or not member.active:
        raise SignInRefused
    return member


def note_failure(session: Session, email: str) -> None:
    """Remember a failed sign-in."""
    session.add(SignInFailure(email=email.strip().lower()[:254]))


def open_session(session: Session, member: StaffMember, at_desk: bool = True) -> str:
    """Start a session and return its token, which is new at every sign-in and kept only as a hash.

    An agent is online from then on; supervisors and administrators stay as they last chose.

    Args:
        at_desk: Whether they go to the desk: only there somebody counts as present.
    """
    token = secrets.token_urlsafe(32)
    session.add(StaffSession(token_hash=token_hash(token), staff_id=member.id, expires_at=now() + SESSION_LASTS))
    if member.role == "agent":
        set_presence(member, "online")
    if at_desk:
        member.seen_at = now()
    return token


def close_session(session: Session, token: str) -> None:
    """End a session; an unknown token is no error."""
    found = session.get(StaffSession, token_hash(token))
    if found is None:
        return
    member = session.get(StaffMember, found.staff_id)
    if member is not None:
        member.seen_at = None
    session.delete(found)


def note_presence(session: Session, staff_id: str, presence: str | None = None) -> None:
    """Record that somebody's page is open, and whether they are online, busy or away when that is given."""
    member = session.get_one(StaffMember, staff_id)
    member.seen_at = now()
    if presence is not None:
        set_presence(member, presence)


def set_presence(member: StaffMember, presence: str) -> None:
    """Make somebody online, busy or away, from now on.

    Raises:
        ValueError: For any other word.
    """
    if presence not in PRESENCES:
        raise ValueError(f"{presence!r} is none of {', '.join(PRESENCES)}.")
    member.presence = presence
    member.presence_at = now()


def present_since() -> datetime:
    """Whoever was seen after this moment counts as present."""
    return now() - PRESENCE_LASTS


def absent(session: Session) -> set[str]:
    """Ids of everybody whose desk page has been closed for so long that they keep no chat."""
    return queries.unseen_since(session, now() - ABSENT_AFTER)


def token_hash(token: str) -> str:
    """How a token is kept: it is long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
