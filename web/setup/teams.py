"""Set-up page of the teams: who is in them, what they take by themselves, and their opening hours."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.hours.queries import schedules
from support.staff import queries, teams
from support.staff.skills import LONGEST_NAME, ProfileRefused, tidy_words
from support.staff.tables import Team
from support.staff.teams import TeamFacts, TeamNotFound
from texts.catalogue import marked, translate
from web.desk.pages import Member, NamedServices
from web.languages import request_language
from web.services import Services
from web.setup.forms import note_change, one, setup_page, several, skills_of

_PROBLEMS = {
    "name": marked("Please give the team a name of at most {limit} characters."),
    "name_taken": marked("There is a team called {name} already. Please choose another name."),
}
NEW = TeamFacts("")


@get("/setup/teams", include_in_schema=False)
async def team_list(request: Request[Any, Any, Any], services: NamedServices, done: str = "") -> Template:
    """All teams, and a form for a new one."""
    return await _page(request, services, None, NEW, done=done)


@get("/setup/teams/{team_id:str}", include_in_schema=False)
async def team_page(request: Request[Any, Any, Any], services: NamedServices, team_id: str, done: str = "") -> Template:
    """One team."""
    facts = await services.database.read(lambda session: _facts(session, team_id))
    return await _page(request, services, team_id, facts, done=done)


@post("/setup/teams", include_in_schema=False)
async def make_team(request: Request[Any, Any, Any], services: NamedServices, member: Member) -> Template | Redirect:
    """A new team."""
    return await _save(request, services, member, None)


@post("/setup/teams/{team_id:str}", include_in_schema=False)
async def change_team(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, team_id: str
) -> Template | Redirect:
    """Change a team."""
    return await _save(request, services, member, team_id)


@post("/setup/teams/{team_id:str}/remove", include_in_schema=False)
async def remove_team(services: NamedServices, member: Member, team_id: str) -> Redirect:
    """Remove a team; its cases belong to none then."""
    await services.database.write(lambda session: teams.remove_team(session, team_id))
    note_change("team removed", member, team=team_id)
    return Redirect("/setup/teams?done=removed", status_code=303)


async def _save(
    request: Request[Any, Any, Any], services: Services, member: Member, team_id: str | None
) -> Template | Redirect:
    form = await request.form()
    facts = TeamFacts(
        name=one(form, "name"),
        skills=tidy_words(skills_of(form)),
        member_ids=several(form, "members"),
        schedule_id=one(form, "schedule") or None,
    )
    try:
        saved = await services.database.write(lambda session: teams.save_team(session, team_id, facts))
    except ProfileRefused as refusal:
        words = translate(request_language(request), _PROBLEMS[refusal.code], **dict(refusal.values))
        return await _page(request, services, team_id, facts, problem=words)
    note_change("team set up", member, team=saved.id, members=len(facts.member_ids))
    return Redirect(f"/setup/teams/{saved.id}?done=saved", status_code=303)


async def _page(
    request: Request[Any, Any, Any],
    services: Services,
    team_id: str | None,
    facts: TeamFacts,
    done: str = "",
    problem: str = "",
) -> Template:
    def read(session: Session) -> dict[str, Any]:
        return {
            "teams": queries.teams(session),
            "members": queries.members(session),
            "people": queries.serving(session),
            "schedules": schedules(session),
        }

    found = await services.database.read(read)
    context = found | {"team_id": team_id, "facts": facts, "done": done, "problem": problem}
    return setup_page(request, "teams.html", 422 if problem else 200, longest_name=LONGEST_NAME, **context)


def _facts(session: Session, team_id: str) -> TeamFacts:
    team = session.get(Team, team_id)
    if team is None:
        raise TeamNotFound(team_id)
    return TeamFacts(team.name, team.skills, queries.members(session).get(team_id, set()), team.schedule_id)


ROUTES: list[Any] = [team_list, team_page, make_team, change_team, remove_team]
