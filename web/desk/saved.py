"""Keeping lists under a name, and telling that a case was read."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, post
from litestar.response import Redirect

from support.tickets import reading, saved_views
from support.tickets.changes import TicketNotFound
from support.tickets.saved_views import LONGEST_NAME, MOST_VIEWS, ViewRefused
from support.tickets.selection import SelectionRefused, read_selection
from texts.catalogue import marked
from web.desk.actions import form_body
from web.desk.pages import Member, NamedServices
from web.desk.selecting import refusal
from web.problems import Problem


class SaveForm(msgspec.Struct):
    """A list's address and the name it is kept under."""

    name: str = ""
    query: str = ""
    shared: str = ""


@post("/desk/views", include_in_schema=False)
async def save_view(services: NamedServices, member: Member, data: Annotated[SaveForm, form_body()]) -> Redirect:
    """Keep a list under a name."""
    try:
        selection = read_selection(dict(parse_qsl(data.query, max_num_fields=50)))
        await services.database.write(
            lambda session: saved_views.keep(session, member, data.name, selection, data.shared == "yes")
        )
    except ValueError:
        raise refusal(SelectionRefused("query")) from None
    except SelectionRefused as refused:
        raise refusal(refused) from None
    except ViewRefused as refused:
        raise _problem(refused) from None
    return Redirect(f"/desk?{selection.query(page=1)}", status_code=303)


@post("/desk/views/{view_id:str}/remove", include_in_schema=False)
async def remove_view(services: NamedServices, member: Member, view_id: str) -> Redirect:
    """Remove a list; its cases stay where they are."""
    try:
        await services.database.write(lambda session: saved_views.drop(session, member, view_id))
    except ViewRefused as refused:
        raise _problem(refused) from None
    return Redirect("/desk", status_code=303)


@post("/desk/tickets/{ticket_id:str}/read", include_in_schema=False, status_code=204)
async def case_read(request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str) -> None:
    """Somebody has a case before their eyes, with all that was said in it."""
    known = await services.database.write(lambda session: reading.note_read(session, member.id, ticket_id))
    if not known:
        raise TicketNotFound(ticket_id)


def _problem(refused: ViewRefused) -> Problem:
    if refused.reason == "name":
        detail = marked("Please give the list a name of at most {most} characters. Go back, and nothing is lost.")
        return Problem(422, "Not saved yet", detail, "name", most=LONGEST_NAME)
    if refused.reason == "many":
        detail = marked("You have saved {most} lists already. Remove one that you no longer need, then save this one.")
        return Problem(409, "Not saved yet", detail, "many", most=MOST_VIEWS)
    detail = marked("This list belongs to a colleague, so only they can remove it.")
    return Problem(403, "Not allowed", detail, "foreign")
