"""What a colleague does with a case: take it, reply, hand it back, resolve it."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.macros.operations import reply_with_steps
from support.staff.tables import StaffMember
from support.tickets import handing_back, operations
from support.tickets.split_chat import shown_in
from support.tickets.tables import Ticket
from support.tickets.together_queries import surviving
from web.desk.pages import Member, NamedServices, case_with_parts, conversation_part, problem_text, show_case
from web.desk.refusals import REFUSALS, problem_of
from web.desk.selecting import after_step
from web.numbers import message_number
from web.problems import Problem
from web.services import Services


class ReplyForm(msgspec.Struct):
    """A reply; `after` is the last message that the page has.

    Attributes:
        macro: The ready reply whose steps are to follow; empty for none.
        article: The article that the words come from; empty for none.
    """

    text: str = ""
    after: str = "0"
    macro: str = ""
    article: str = ""


class HandBackForm(msgspec.Struct):
    """Words for colleagues on how things stand."""

    note: str = ""


class ResolveForm(msgspec.Struct):
    """How a case was settled."""

    category: str = ""
    note: str = ""


def form_body() -> Any:
    """A form as browsers send it."""
    return Body(media_type=RequestEncodingType.URL_ENCODED)


@post("/desk/tickets/{ticket_id:str}/take", include_in_schema=False)
async def take(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template | Redirect:
    """Take a case and its chat."""
    return await step(
        request, services, member, ticket_id, "taken", lambda session: operations.take(session, ticket_id, member)
    )


@post("/desk/tickets/{ticket_id:str}/replies", include_in_schema=False, status_code=200)
async def reply(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    ticket_id: str,
    data: Annotated[ReplyForm, form_body()],
) -> Template | Redirect:
    """Say something to the customer; a page with htmx gets only what is new."""

    def say(session: Session) -> Ticket:
        ticket = said(session, ticket_id, member, data.text, data.macro, data.article)
        # Before any page is woken, which would show them as writing still.
        services.typing.end(ticket.conversation_id, member.id)
        return ticket

    if not request.headers.get("HX-Request"):
        return await step(request, services, member, ticket_id, "replied", say, {"text": data.text})
    problem: Problem | None = None
    try:
        await do_and_tell(services, say, opened_turn=bool(data.macro))
    except REFUSALS as error:
        problem = problem_of(error)
    after = message_number(data.after)
    case, parts = await services.database.read(lambda session: case_with_parts(session, member, ticket_id, after))
    words = problem_text(request, problem)
    status, code = (problem.status, problem.code) if problem else (200, "")
    return conversation_part(request, case, parts, after, status, words, code)


def said(
    session: Session, ticket_id: str, member: StaffMember, text: str, macro_id: str = "", article: str = ""
) -> Ticket:
    """Say something to the customer, with the steps of a ready reply if one was chosen."""
    if macro_id:
        return reply_with_steps(session, ticket_id, member, text, macro_id, article)
    return operations.reply(session, ticket_id, member, text, article)


@post("/desk/tickets/{ticket_id:str}/hand-back", include_in_schema=False)
async def hand_back(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    ticket_id: str,
    data: Annotated[HandBackForm, form_body()],
) -> Template | Redirect:
    """Give the chat back to the assistant, with a note for colleagues if there is one."""
    return await step(
        request,
        services,
        member,
        ticket_id,
        "handed_back",
        lambda session: handing_back.hand_back(session, ticket_id, member, data.note),
        {"hand_back_note": data.note},
    )


@post("/desk/tickets/{ticket_id:str}/resolve", include_in_schema=False)
async def resolve(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    ticket_id: str,
    data: Annotated[ResolveForm, form_body()],
) -> Template | Redirect:
    """Resolve a case with a category and a note."""
    note = data.note.replace("\r\n", "\n")
    return await step(
        request,
        services,
        member,
        ticket_id,
        "resolved",
        lambda session: operations.resolve(session, ticket_id, member, data.category, note),
        {"category": data.category, "note": note},
    )


async def do_and_tell(services: Services, work: Callable[[Session], Ticket], opened_turn: bool = False) -> Ticket:
    """Do a step of a case and tell every page of it, as `tell`."""

    def write(session: Session) -> tuple[Ticket, tuple[str, ...]]:
        ticket = work(session)
        return ticket, shown_in(session, ticket.conversation_id)

    ticket, shown = await services.database.write(write)
    await _tell(services, ticket, shown, opened_turn)
    return ticket


async def tell(services: Services, ticket: Ticket, opened_turn: bool = False) -> None:
    """Tell every page that a case changed, and let the assistant see to a turn that was opened."""
    shown = await services.database.read(lambda session: shown_in(session, ticket.conversation_id))
    await _tell(services, ticket, shown, opened_turn)


async def _tell(services: Services, ticket: Ticket, shown: Iterable[str], opened_turn: bool) -> None:
    if opened_turn:
        services.runner.wake(ticket.conversation_id)
    await wake_pages(services, shown)
    await services.hub.queue_moved()


async def wake_pages(services: Services, shown: Iterable[str]) -> None:
    """Something was said: wake the pages of every conversation that shows it (see `shown_in`)."""
    for conversation_id in shown:
        await services.hub.conversation_changed(conversation_id)


async def tell_of(services: Services, ticket_id: str) -> None:
    """Tell the customers' pages of what was said in a case's chat, and in that of the case that it goes on as.

    The assistant sees to a turn that was opened in the case's own chat.
    """

    def read(session: Session) -> tuple[Ticket, Ticket]:
        ticket = session.get_one(Ticket, ticket_id)
        return ticket, surviving(session, ticket)

    ticket, goes_on = await services.database.read(read)
    await tell(services, ticket, opened_turn=True)
    if goes_on.conversation_id != ticket.conversation_id:
        await tell(services, goes_on)


async def step(
    request: Request[Any, Any, Any],
    services: Services,
    member: StaffMember,
    ticket_id: str,
    done: str,
    work: Callable[[Session], Ticket],
    form: dict[str, str] | None = None,
) -> Template | Redirect:
    """Do a step and show the case again, or say why not, with whatever had been filled in."""
    try:
        await do_and_tell(services, work, opened_turn=done in {"handed_back", "resolved"})
    except REFUSALS as error:
        return await show_case(request, services, member, ticket_id, problem=problem_of(error), form=form)
    return Redirect(after_step(request, ticket_id, done), status_code=303)
