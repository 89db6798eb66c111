"""Teams, and what each colleague can do: set up by supervisors. None of these commit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from support.hours.tables import Schedule
from support.staff import queries
from support.staff.skills import ProfileRefused, checked_name, checked_profile, tidy_words
from support.staff.tables import StaffMember, Team, TeamMember


class TeamNotFound(Exception):
    """There is no such team or colleague."""


@dataclass(frozen=True)
class TeamFacts:
    """What is set up about a team; `schedule_id` empty for the default opening hours."""

    name: str
    skills: Collection[str] = ()
    member_ids: Collection[str] = ()
    schedule_id: str | None = None


@dataclass(frozen=True)
class Profile:
    """What is set up about a colleague; no skills or languages stand for all."""

    capacity: int
    skills: Collection[str] = ()
    languages: Collection[str] = ()
    team_ids: Collection[str] = ()


def save_team(session: Session, team_id: str | None, facts: TeamFacts) -> Team:
    """Change a team, or make a new one when there is no id.

    Raises:
        ProfileRefused: `name` without a name, `name_taken` when another team has it.
        TeamNotFound: For an unknown id.
    """
    name = checked_name(facts.name)
    twin = session.scalar(select(Team).where(Team.name == name, Team.id != (team_id or "")))
    if twin is not None:
        raise ProfileRefused("name_taken", (("name", name),))
    team = session.get(Team, team_id) if team_id else Team(name=name)
    if team is None:
        raise TeamNotFound(team_id)
    team.name = name
    team.skills = list(tidy_words(facts.skills))
    chosen = session.get(Schedule, facts.schedule_id) if facts.schedule_id else None
    team.schedule_id = chosen.id if chosen else None
    session.add(team)
    session.flush()
    known = {each.id for each in queries.serving(session)}
    _set_members(session, ((team.id, staff_id) for staff_id in set(facts.member_ids) & known), team_id=team.id)
    return team


def remove_team(session: Session, team_id: str) -> None:
    """Remove a team; its cases belong to no team then, and its members stay colleagues.

    Raises:
        TeamNotFound: For an unknown id.
    """
    team = session.get(Team, team_id)
    if team is None:
        raise TeamNotFound(team_id)
    session.delete(team)
    session.flush()


def save_profile(session: Session, staff_id: str, profile: Profile) -> StaffMember:
    """Change what a colleague can do, and the teams they belong to.

    Raises:
        ProfileRefused: `capacity` outside of what is possible.
        TeamNotFound: For an unknown id.
    """
    capacity, languages = checked_profile(profile.capacity, profile.languages)
    member = session.get(StaffMember, staff_id)
    if member is None:
        raise TeamNotFound(staff_id)
    member.capacity = capacity
    member.skills = list(tidy_words(profile.skills))
    member.languages = languages
    known = {each.id for each in queries.teams(session)}
    _set_members(session, ((team_id, staff_id) for team_id in set(profile.team_ids) & known), staff_id=staff_id)
    return member


def _set_members(session: Session, pairs: Iterable[tuple[str, str]], **whose: str) -> None:
    """Let somebody belong to these teams, or a team have these members, and no others."""
    session.execute(delete(TeamMember).filter_by(**whose).execution_options(synchronize_session="fetch"))
    for team_id, staff_id in sorted(pairs):
        session.add(TeamMember(team_id=team_id, staff_id=staff_id))
    session.flush()
