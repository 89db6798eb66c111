"""Set-up page of the colleagues: who is there now, and what each of them can do."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.routing.board import Board, board
from support.routing.rules import LARGEST_CAPACITY, SMALLEST_CAPACITY
from support.staff import queries, teams
from support.staff.skills import ProfileRefused, tidy_words
from support.staff.tables import StaffMember
from support.staff.teams import Profile, TeamNotFound
from texts.catalogue import marked, translate
from web.desk.pages import Member, NamedServices
from web.languages import request_language
from web.problems import Problem
from web.services import Services
from web.setup.forms import note_change, one, setup_page, several, skills_of

_CAPACITY = marked("Please choose a number of chats from {smallest} to {largest}.")


@get("/setup/staff", include_in_schema=False)
async def staff_list(request: Request[Any, Any, Any], services: NamedServices) -> Template:
    """Who is there, with how much in hand."""
    shown: Board = await services.database.read(board)
    return setup_page(request, "staff.html", board=shown)


@get("/setup/staff/board", include_in_schema=False)
async def staff_board(request: Request[Any, Any, Any], services: NamedServices) -> Template:
    """The same, for a page that keeps itself up to date."""
    shown: Board = await services.database.read(board)
    return setup_page(request, "board.html", board=shown)


@get("/setup/staff/{staff_id:str}", include_in_schema=False)
async def staff_page(
    request: Request[Any, Any, Any], services: NamedServices, staff_id: str, done: str = ""
) -> Template:
    """One colleague."""

    def read(session: Session) -> Profile:
        member = _known(session, staff_id)
        own = [team_id for team_id, members in queries.members(session).items() if staff_id in members]
        return Profile(member.capacity, member.skills, member.languages, own)

    profile = await services.database.read(read)
    return await _page(request, services, staff_id, profile, str(profile.capacity), done=done)


@post("/setup/staff/{staff_id:str}", include_in_schema=False)
async def change_staff(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, staff_id: str
) -> Template | Redirect:
    """Change what a colleague can do."""
    form = await request.form()
    typed = one(form, "capacity").strip()
    profile = Profile(
        capacity=int(typed) if typed.isdecimal() and len(typed) < 4 else 0,
        skills=tidy_words(skills_of(form)),
        languages=several(form, "languages"),
        team_ids=several(form, "teams"),
    )
    try:
        await services.database.write(lambda session: teams.save_profile(session, staff_id, profile))
    except ProfileRefused as refusal:
        words = translate(request_language(request), _CAPACITY, **dict(refusal.values))
        return await _page(request, services, staff_id, profile, typed, problem=words)
    except TeamNotFound:
        raise _not_found() from None
    note_change("colleague set up", member, colleague=staff_id, capacity=profile.capacity)
    return Redirect(f"/setup/staff/{staff_id}?done=saved", status_code=303)


async def _page(
    request: Request[Any, Any, Any],
    services: Services,
    staff_id: str,
    profile: Profile,
    capacity: str,
    done: str = "",
    problem: str = "",
) -> Template:
    def read(session: Session) -> dict[str, Any]:
        colleague = _known(session, staff_id)
        return {
            "colleague": colleague,
            "teams": queries.teams(session),
            "customers": queries.count_named_customers(session, staff_id),
        }

    found = await services.database.read(read)
    return setup_page(
        request,
        "colleague.html",
        422 if problem else 200,
        profile=profile,
        capacity=capacity,
        smallest=SMALLEST_CAPACITY,
        largest=LARGEST_CAPACITY,
        done=done,
        problem=problem,
        **found,
    )


def _known(session: Session, staff_id: str) -> StaffMember:
    member = session.get(StaffMember, staff_id)
    if member is None or member.role not in queries.SERVING_ROLES:
        raise _not_found()
    return member


def _not_found() -> Problem:
    return Problem(404, "Colleague not found", "There is no such colleague who serves customers.", "colleague")


ROUTES: list[Any] = [staff_list, staff_board, staff_page, change_staff]
