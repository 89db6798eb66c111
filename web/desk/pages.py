"""Pages of the desk: the list of cases, and the case that is open beside it."""

from functools import partial
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.response import ServerSentEvent, Template
from msgspec.structs import replace
from sqlalchemy.orm import Session

from support.files.rules import ACCEPTED, LARGEST_FILE, MEGABYTE
from support.staff.tables import StaffMember
from support.tickets import notes
from support.tickets.reading import is_read, note_read
from support.tickets.selection import VIEWS, Selection
from support.tickets.states import CATEGORIES
from support.tickets.together_queries import named_unseen
from texts.catalogue import translate
from web.desk.channels import done_kind
from web.desk.events import desk_events
from web.desk.labels import label
from web.desk.list_schemas import ListOut
from web.desk.lists import list_view
from web.desk.mail_words import mail_trouble
from web.desk.schemas import CaseOut
from web.desk.selecting import Choices, choices, list_of_page, named, shown_list
from web.desk.slices import Beside, beside
from web.desk.views import case_view, fitting_view
from web.languages import request_language
from web.numbers import After
from web.page import page
from web.problems import Problem
from web.services import Services

NamedServices = NamedDependency[Services]
Member = NamedDependency[StaffMember]
Selected = NamedDependency[Selection]

# Of a long talk the page begins with this many of the latest messages; the others are a press away.
SHOWN_MESSAGES = 150


@get("/desk", include_in_schema=False)
async def desk(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, selection: Selected
) -> Template:
    """A list, and nothing open yet."""

    def read(session: Session) -> tuple[ListOut, Choices]:
        return list_view(session, member.id, selection), choices(session)

    listed, choice = await services.database.read(read)
    return render(request, "desk/page.html", listed=listed, selection=selection, choice=choice, case=None)


@get("/desk/list", include_in_schema=False)
async def desk_list(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    selection: Selected,
    ticket: str = "",
) -> Template:
    """Only the list, with the open case marked."""

    def read(session: Session) -> tuple[ListOut, Choices]:
        return list_view(session, member.id, selection), choices(session)

    listed, choice = await services.database.read(read)
    return render(request, "desk/list.html", listed=listed, selection=selection, choice=choice, open_id=ticket)


@get("/desk/tickets/{ticket_id:str}", include_in_schema=False)
async def desk_case(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    ticket_id: str,
    done: str = "",
    earlier: str = "",
) -> Template:
    """A case beside the list; whoever is shown it has read it. With `earlier` also the first words of a long talk."""
    await see_mentions(services, member, ticket_id)
    shown = await show_case(request, services, member, ticket_id, done=done, earlier=bool(earlier))
    if not await services.database.read(lambda session: is_read(session, member.id, ticket_id)):
        await services.database.write(lambda session: note_read(session, member.id, ticket_id))
    return shown


@get("/desk/tickets/{ticket_id:str}/conversation", include_in_schema=False)
async def desk_conversation(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str, after: After = 0
) -> Template:
    """Messages that the page has not got yet, and everything beside them that may have changed."""
    case, parts = await services.database.read(lambda session: case_with_parts(session, member, ticket_id, after))
    return conversation_part(request, case, parts, after)


@get("/desk/tickets/{ticket_id:str}/actions", include_in_schema=False)
async def desk_actions(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template:
    """Only what can be done with a case, for a page on which that changed."""
    case, parts = await services.database.read(lambda session: case_with_parts(session, member, ticket_id))
    part = render(request, "desk/actions_part.html", case=case, beside=parts, problem="", form={}, done="")
    if case.mode == "erased":
        # Only a page that was made before asks for this part then (see actions.html), and it still shows the words.
        part.headers["HX-Refresh"] = "true"
    return part


@get("/desk/events", include_in_schema=False)
async def desk_stream(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket: str = ""
) -> ServerSentEvent:
    """Tells an open page what changed."""
    return ServerSentEvent(desk_events(services, str(request.auth), ticket or None, member))


async def see_mentions(services: Services, member: StaffMember, ticket_id: str) -> None:
    """Whoever opens a case has seen what named them there."""
    if await services.database.read(lambda session: named_unseen(session, ticket_id, member.id)):
        await services.database.write(lambda session: notes.see_mentions(session, ticket_id, member.id))
        await services.hub.queue_moved()


def render(request: Request[Any, Any, Any], template: str, status: int = 200, **context: Any) -> Template:
    """A page or a part of the desk."""
    words = partial(label, request_language(request))
    return page(
        request,
        f"staff/{template}",
        status,
        label=words,
        mail_trouble=partial(mail_trouble, request_language(request)),
        views=VIEWS,
        named=named,
        categories=CATEGORIES,
        accepted=",".join(ACCEPTED),
        largest_megabytes=LARGEST_FILE // MEGABYTE,
        shown_messages=SHOWN_MESSAGES,
        **context,
    )


def case_with_parts(session: Session, member: StaffMember, ticket_id: str, after: int = 0) -> tuple[CaseOut, Beside]:
    """A case with the messages after a number, and all that stands beside it."""
    case = case_view(session, member.id, ticket_id)
    parts = beside(session, member, case)
    return replace(case, transcript=[each for each in case.transcript if each.seq > after]), parts


def conversation_part(
    request: Request[Any, Any, Any],
    case: CaseOut,
    parts: Beside,
    after: int,
    status: int = 200,
    problem: str | None = None,
    refused: str = "",
) -> Template:
    """New messages and what changed beside them; the header lets the page renew its buttons when they no longer fit.

    Args:
        problem: Why something was refused, in the reader's language; empty where nothing was.
        refused: The code of the problem.
    """
    context = {"case": case, "beside": parts, "after": after, "problem": problem, "selection": list_of_page(request)}
    part = render(request, "desk/conversation_part.html", status, **context)
    gone = ", ready-reply-gone" if refused == "macro" else ""
    part.headers["HX-Trigger"] = f"mode-{case.mode}{gone}"
    return part


async def show_case(
    request: Request[Any, Any, Any],
    services: Services,
    member: StaffMember,
    ticket_id: str,
    *,
    done: str = "",
    problem: Problem | None = None,
    form: dict[str, str] | None = None,
    earlier: bool = False,
) -> Template:
    """The whole page with a case open, beside the list that the address names or else one in which the case is.

    Args:
        done: What went well, by its code in web/desk/labels.py; others tell nothing.
        problem: What was refused; the page is sent with its status.
        form: What had been filled in, so that nothing is lost.
        earlier: Whether all of a long talk is shown.
    """

    def read(session: Session) -> tuple[CaseOut, Selection, ListOut, Choices, Beside]:
        case = case_view(session, member.id, ticket_id)
        wanted = shown_list(request) or Selection(fitting_view(case, member.id))
        listed = list_view(session, member.id, wanted)
        return case, wanted, listed, choices(session), beside(session, member, case)

    case, wanted, listed, choice, parts = await services.database.read(read)
    kind = done_kind(done, case.channel)
    context = {
        "case": case,
        "listed": listed,
        "selection": wanted,
        "choice": choice,
        "beside": parts,
        "notice": label(request_language(request), kind, done) if kind else "",
        "done": done,
        "problem": problem_text(request, problem),
        "refused": problem.code if problem else "",
        "form": form or {},
        "path": f"/desk/tickets/{ticket_id}",
        "left_out": 0 if earlier else max(0, len(case.transcript) - SHOWN_MESSAGES),
    }
    return render(request, "desk/page.html", problem.status if problem else 200, **context)


def problem_text(request: Request[Any, Any, Any], problem: Problem | None) -> str:
    """A problem in the reader's language."""
    return translate(request_language(request), problem.detail, **problem.values) if problem else ""
