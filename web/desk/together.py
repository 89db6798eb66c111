"""What colleagues do with a case together, from its page: each step is a form that works without scripts."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from storage.base import now
from support.tickets import assigning, closing, links, merging, progress, snoozing, splitting, tags
from support.tickets.changes import Caller, TicketNotFound
from support.tickets.snooze_times import chosen_time
from support.tickets.tables import Ticket
from support.tickets.together_queries import tags_in_use
from web.desk import noting
from web.desk.pages import NamedServices, render
from web.desk.snooze_view import choices_view
from web.desk.stepping import Form, FormRequest, NamedCasePage, Page
from web.desk.together_api import TogetherController
from web.languages import request_language
from web.numbers import message_number


@get("/desk/tags", include_in_schema=False)
async def suggested_tags(request: FormRequest, services: NamedServices) -> Template:
    """The tags that cases are filed under most often."""
    return render(request, "desk/tags_in_use.html", tags=await services.database.read(tags_in_use))


@post("/desk/tickets/{ticket_id:str}/tags", include_in_schema=False)
async def add_tag(case_page: NamedCasePage, data: Form) -> Page:
    """File a case under a word."""
    return await case_page.change("tagged", data, "tag", tags.add_tag, data.name)


@post("/desk/tickets/{ticket_id:str}/tags/remove", include_in_schema=False)
async def remove_tag(case_page: NamedCasePage, data: Form) -> Page:
    """Take a word off a case."""
    return await case_page.change("tagged", data, "", tags.remove_tag, data.name)


@post("/desk/tickets/{ticket_id:str}/links", include_in_schema=False)
async def add_link(case_page: NamedCasePage, data: Form) -> Page:
    """Link a case with another one."""
    return await case_page.change("linked", data, "link", links.add_link, data.number)


@post("/desk/tickets/{ticket_id:str}/links/remove", include_in_schema=False)
async def remove_link(case_page: NamedCasePage, data: Form) -> Page:
    """Take a link away."""
    return await case_page.change("linked", data, "", links.remove_link, data.number)


@post("/desk/tickets/{ticket_id:str}/merge", include_in_schema=False)
async def merge(case_page: NamedCasePage, data: Form) -> Page:
    """Let a case go on as another one; the page of that one is shown."""
    done = await case_page.change("merged", data, "merge", merging.merge, data.number, data.other_customer == "yes")
    if isinstance(done, Redirect):
        await case_page.tell()
    return done


@post("/desk/tickets/{ticket_id:str}/split", include_in_schema=False)
async def split(case_page: NamedCasePage, data: Form) -> Page:
    """Make a case of its own of what was said from a message on; its page is shown."""
    seq = message_number(data.seq)
    done = await case_page.change("split", data, "split", splitting.split, seq, case_page.services.settings.secret)
    if isinstance(done, Redirect):
        await case_page.tell()
    return done


@post("/desk/tickets/{ticket_id:str}/snooze", include_in_schema=False)
async def snooze(case_page: NamedCasePage, data: Form) -> Page:
    """Put a case out of sight: until what was offered, or a time of one's own."""
    moment = now()
    until = chosen_time(data.preset or data.until, moment, data.zone)
    # What is no time is refused like one that is past.
    return await case_page.change("snoozed", data, "snooze", snoozing.snooze, until or moment)


@get("/desk/snooze-choices", include_in_schema=False)
async def snooze_choices(request: FormRequest, zone: str = "") -> Template:
    """Until when a case can be put out of sight with one press, each with its day and time in the reader's zone."""
    return render(request, "desk/snooze_choices.html", choices=choices_view(request_language(request), now(), zone))


@post("/desk/tickets/{ticket_id:str}/wake", include_in_schema=False)
async def wake(case_page: NamedCasePage, data: Form) -> Page:
    """Bring a snoozed case back."""
    return await case_page.change("woken", data, "", snoozing.wake)


@post("/desk/tickets/{ticket_id:str}/assign", include_in_schema=False)
async def assign(case_page: NamedCasePage, data: Form) -> Page:
    """Give a case to a colleague, or to nobody."""
    return await case_page.change("assigned", data, "state", assigning.assign, data.colleague or None)


@post("/desk/tickets/{ticket_id:str}/state", include_in_schema=False)
async def set_state(case_page: NamedCasePage, data: Form) -> Page:
    """Say how far a case is, and what it is about."""
    return await case_page.change(
        "sorted", data, "state", _sorted, data.state or None, data.shown, data.category or None
    )


@post("/desk/tickets/{ticket_id:str}/close", include_in_schema=False)
async def close(case_page: NamedCasePage, data: Form) -> Page:
    """Close a resolved case for good."""
    return await case_page.change("closed", data, "close", closing.close)


def _sorted(
    session: Session, ticket_id: str, caller: Caller, state: str | None, shown: str, category: str | None
) -> Ticket:
    """A form always sends a state, which is no move when the page showed it or when it is the case's own."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise TicketNotFound(ticket_id)
    wanted = None if state in (shown, ticket.state) else state
    return progress.set_state(session, ticket_id, caller, wanted, category)


ROUTES: list[Any] = [
    *noting.ROUTES,
    suggested_tags,
    add_tag,
    remove_tag,
    add_link,
    remove_link,
    merge,
    split,
    snooze,
    snooze_choices,
    wake,
    assign,
    set_state,
    close,
    TogetherController,
]
