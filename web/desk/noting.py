"""Notes for colleagues in the conversation of a case, and who else has it open."""

from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.response import Response, Template

from support.staff.tables import StaffMember
from support.tickets import notes
from support.tickets.snooze_times import local_time
from web.desk.pages import Member, NamedServices, problem_text, render
from web.desk.refusals import REFUSALS, problem_of
from web.desk.schemas import NoteOut
from web.desk.stepping import Form, FormRequest, NamedCasePage, Page
from web.desk.views import case_view
from web.problems import Problem
from web.services import Services


@get("/desk/tickets/{ticket_id:str}/notes", include_in_schema=False)
async def new_notes(
    request: FormRequest, services: NamedServices, member: Member, ticket_id: str, noted: str = ""
) -> Template:
    """Notes that the page has not got yet."""
    return await _notes_part(request, services, member, ticket_id, noted)


@post("/desk/tickets/{ticket_id:str}/notes", include_in_schema=False, status_code=200)
async def note(case_page: NamedCasePage, data: Form) -> Page:
    """Keep a note; a page with htmx gets only what is new."""
    if not case_page.request.headers.get("HX-Request"):
        return await case_page.change("noted", data, "note", notes.add_note, data.text)
    problem = None
    try:
        await case_page.carry_out(data, notes.add_note, data.text)
    except (*REFUSALS, Problem) as error:
        problem = error if isinstance(error, Problem) else problem_of(error)
    return await _notes_part(case_page.request, case_page.services, case_page.member, case_page.id, data.noted, problem)


@get("/desk/tickets/{ticket_id:str}/onlookers", include_in_schema=False)
async def onlookers(
    request: FormRequest, services: NamedServices, member: Member, ticket_id: str, known: str = ""
) -> Template | Response[None]:
    """Who else has the case open or is writing there; nothing when that is what the page shows already."""
    others = services.onlookers.others(ticket_id, member.id)
    stamp = ",".join(f"{each.staff_id}:{each.writing}" for each in others)
    if known == (stamp or "-"):
        return Response(None, status_code=204)
    return render(request, "desk/onlookers.html", others=others, stamp=stamp or "-", ticket_id=ticket_id)


@post("/desk/tickets/{ticket_id:str}/onlooking", include_in_schema=False, status_code=204)
async def onlooking(services: NamedServices, member: Member, ticket_id: str, data: Form) -> None:
    """A page says that its reader is writing: `name` is reply or note, and anything else that they stopped."""
    if services.onlookers.note_writing(ticket_id, member.id, data.name):
        services.hub.colleagues_at(ticket_id)


async def _notes_part(
    request: FormRequest,
    services: Services,
    member: StaffMember,
    ticket_id: str,
    noted: str,
    problem: Problem | None = None,
) -> Template:
    case = await services.database.read(lambda session: case_view(session, member.id, ticket_id))
    shown = {
        "notes": [each for each in case.notes if each.created_at > _moment(noted)],
        "noted": _last(case.notes) or noted,
        # Only a page that sent a note has a place for it.
        "problem": problem_text(request, problem) if request.method == "POST" else None,
    }
    return render(request, "desk/notes_part.html", problem.status if problem else 200, case=case, **shown)


def _moment(noted: str) -> datetime:
    """When the last note was written that a page has; long ago when it says nothing that can be read."""
    # A plus sign that was not escaped on the way is a space.
    return local_time(noted.replace(" ", "+"), "UTC") or datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _last(found: list[NoteOut]) -> str:
    return found[-1].created_at.isoformat() if found else ""


ROUTES: list[Any] = [new_notes, note, onlookers, onlooking]
