"""Staff accounts and their sessions."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

import support.hours.tables  # noqa: F401 - a team's opening hours stand there
from storage.base import Base, Json, UTCDateTime, new_id, now
from support.hours.tables import Schedule


class StaffMember(Base):
    """Somebody who signs in: an agent, editor, supervisor or administrator."""

    __tablename__ = "staff_member"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    # Empty: as their browser prefers.
    language: Mapped[str] = mapped_column(String(10), default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    # "online" (takes chats), "busy" (goes on with what they have) or "away"; counts only while seen lately.
    presence: Mapped[str] = mapped_column(String(10), default="online", server_default="online")
    # Since when; when it was set for them because offers passed unanswered, the moment at which the last one did.
    presence_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # How many live chats they can have at once.
    capacity: Mapped[int] = mapped_column(Integer, default=4, server_default="4")
    # Categories and reasons of cases they know best, and languages they write; empty: all.
    skills: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    languages: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Team(Base):
    """Colleagues who serve together. A case of a team is first offered to its members."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    # Categories and reasons of cases that come to this team by themselves; empty: none.
    skills: Mapped[list[str]] = mapped_column(Json, default=list)
    # Opening hours of its own; empty: the default ones.
    schedule_id: Mapped[str | None] = mapped_column(ForeignKey(Schedule.id, ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class TeamMember(Base):
    """Who belongs to which team."""

    __tablename__ = "team_member"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(
        ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class StaffSession(Base):
    """One signed-in browser or API token. Only a hash of the token is kept."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SignInFailure(Base):
    """A failed sign-in, kept to slow down guessing."""

    __tablename__ = "sign_in_failure"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
