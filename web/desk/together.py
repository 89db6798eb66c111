"""What colleagues do with a case together, from its page: each step is a form that works without scripts."""

from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from storage.base import now
from support.staff.tables import StaffMember
from support.tickets import assigning, closing, links, merging, progress, snoozing, splitting, tags
from support.tickets.changes import TicketNotFound
from support.tickets.snooze_times import local_time, preset_time
from support.tickets.tables import Ticket
from support.tickets.together_queries import tags_in_use
from web.desk import noting
from web.desk.pages import Member, NamedServices, render
from web.desk.stepping import Form, FormRequest, Page, StepForm, step
from web.desk.together_api import TogetherController, tell_of
from web.numbers import message_number


@get("/desk/tags", include_in_schema=False)
async def suggested_tags(request: FormRequest, services: NamedServices) -> Template:
    """The tags that cases are filed under most often."""
    return render(request, "desk/tags_in_use.html", tags=await services.database.read(tags_in_use))


@post("/desk/tickets/{ticket_id:str}/tags", include_in_schema=False)
async def add_tag(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """File a case under a word."""
    return await step(
        request, services, member, ticket_id, "tagged",
        lambda session: tags.add_tag(session, ticket_id, member, data.name, **data.usual()), data.typed("tag"),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/tags/remove", include_in_schema=False)
async def remove_tag(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Take a word off a case."""
    return await step(
        request, services, member, ticket_id, "tagged",
        lambda session: tags.remove_tag(session, ticket_id, member, data.name, **data.usual()), data.typed(""),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/links", include_in_schema=False)
async def add_link(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Link a case with another one."""
    return await step(
        request, services, member, ticket_id, "linked",
        lambda session: links.add_link(session, ticket_id, member, data.number, **data.usual()), data.typed("link"),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/links/remove", include_in_schema=False)
async def remove_link(
    request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form
) -> Page:
    """Take a link away."""
    return await step(
        request, services, member, ticket_id, "linked",
        lambda session: links.remove_link(session, ticket_id, member, data.number, **data.usual()), data.typed(""),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/merge", include_in_schema=False)
async def merge(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Let a case go on as another one; the page of that one is shown."""

    def work(session: Session) -> Ticket:
        other_customer = data.other_customer == "yes"
        return merging.merge(session, ticket_id, member, data.number, other_customer, **data.usual())

    done = await step(request, services, member, ticket_id, "merged", work, data.typed("merge"))
    if isinstance(done, Redirect):
        await tell_of(services, ticket_id)
    return done


@post("/desk/tickets/{ticket_id:str}/split", include_in_schema=False)
async def split(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Make a case of its own of what was said from a message on; its page is shown."""

    def work(session: Session) -> Ticket:
        seq = message_number(data.seq)
        return splitting.split(session, ticket_id, member, seq, services.settings.secret, **data.usual())

    done = await step(request, services, member, ticket_id, "split", work, data.typed("split"))
    if isinstance(done, Redirect):
        await tell_of(services, ticket_id)
    return done


@post("/desk/tickets/{ticket_id:str}/snooze", include_in_schema=False)
async def snooze(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Put a case out of sight: until a preset, or a time of one's own."""
    moment = now()
    until: datetime | None
    if data.preset:
        until = preset_time(data.preset, moment, data.zone)
    else:
        until = local_time(data.until, data.zone)
    return await step(
        request, services, member, ticket_id, "snoozed",
        # What is no time is refused like one that is past.
        lambda session: snoozing.snooze(session, ticket_id, member, until or moment, **data.usual()),
        data.typed("snooze"),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/wake", include_in_schema=False)
async def wake(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Bring a snoozed case back."""
    return await step(
        request, services, member, ticket_id, "woken",
        lambda session: snoozing.wake(session, ticket_id, member, **data.usual()), data.typed(""),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/assign", include_in_schema=False)
async def assign(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Give a case to a colleague, or to nobody."""
    to = data.colleague or None
    return await step(
        request, services, member, ticket_id, "assigned",
        lambda session: assigning.assign(session, ticket_id, member, to, **data.usual()), data.typed("state"),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/state", include_in_schema=False)
async def set_state(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Say how far a case is, and what it is about."""
    state, category = data.state or None, data.category or None
    return await step(
        request, services, member, ticket_id, "sorted",
        lambda session: _sorted(session, ticket_id, member, state, category, data), data.typed("state"),
    )  # fmt: skip


@post("/desk/tickets/{ticket_id:str}/close", include_in_schema=False)
async def close(request: FormRequest, services: NamedServices, member: Member, ticket_id: str, data: Form) -> Page:
    """Close a resolved case for good."""
    return await step(
        request, services, member, ticket_id, "closed",
        lambda session: closing.close(session, ticket_id, member, **data.usual()), data.typed("close"),
    )  # fmt: skip


def _sorted(
    session: Session, ticket_id: str, member: StaffMember, state: str | None, category: str | None, data: StepForm
) -> Ticket:
    """A form always sends the state that it shows, which is no move when it is the case's own."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise TicketNotFound(ticket_id)
    wanted = None if state == ticket.state else state
    return progress.set_state(session, ticket_id, member, wanted, category, **data.usual())


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
    wake,
    assign,
    set_state,
    close,
    TogetherController,
]
