"""Pages of the desk: the list of cases, and the case that is open beside it."""

from functools import partial
from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from litestar.response import ServerSentEvent, Template

from support.files.rules import ACCEPTED, LARGEST_FILE, MEGABYTE
from support.staff.tables import StaffMember
from support.tickets.states import CATEGORIES
from texts.catalogue import translate
from web.desk.events import desk_events
from web.desk.labels import LABELS, label
from web.desk.schemas import CaseOut
from web.desk.views import VIEWS, case_view, fitting_view, list_view
from web.languages import request_language
from web.page import page
from web.problems import Problem
from web.services import Services

NamedServices = NamedDependency[Services]
Member = NamedDependency[StaffMember]
PageNumber = Annotated[int, Parameter(query="page", ge=1)]
After = Annotated[int, Parameter(ge=0)]


@get("/desk", include_in_schema=False)
async def desk(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    view: str = "queue",
    number: PageNumber = 1,
) -> Template:
    """The list of a view, and nothing open yet."""
    listed = await services.database.read(lambda session: list_view(session, member.id, known_view(view), number))
    return render(request, "desk/page.html", listed=listed, case=None)


@get("/desk/list", include_in_schema=False)
async def desk_list(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    view: str = "queue",
    number: PageNumber = 1,
    ticket: str = "",
) -> Template:
    """Only the list, with the open case marked."""
    listed = await services.database.read(lambda session: list_view(session, member.id, known_view(view), number))
    return render(request, "desk/list.html", listed=listed, open_id=ticket)


@get("/desk/tickets/{ticket_id:str}", include_in_schema=False)
async def desk_case(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    ticket_id: str,
    view: str = "",
    number: PageNumber = 1,
    done: str = "",
) -> Template:
    """A case beside the list."""
    words = label(request_language(request), "done", done) if done in LABELS["done"] else ""
    return await show_case(request, services, member, ticket_id, view=view, number=number, notice=words, done=done)


@get("/desk/tickets/{ticket_id:str}/conversation", include_in_schema=False)
async def desk_conversation(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str, after: After = 0
) -> Template:
    """Messages that the page has not got yet, and everything beside them that may have changed."""
    case = await services.database.read(lambda session: case_view(session, member.id, ticket_id, after))
    return conversation_part(request, case, after)


@get("/desk/tickets/{ticket_id:str}/actions", include_in_schema=False)
async def desk_actions(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> Template:
    """Only what can be done with a case, for a page on which that changed."""
    case = await services.database.read(lambda session: case_view(session, member.id, ticket_id))
    part = render(request, "desk/actions_part.html", case=case, problem="", form={}, done="")
    if case.mode == "erased":
        # Only a page that was made before asks for this part then (see actions.html), and it still shows the words.
        part.headers["HX-Refresh"] = "true"
    return part


@get("/desk/events", include_in_schema=False)
async def desk_stream(request: Request[Any, Any, Any], services: NamedServices, ticket: str = "") -> ServerSentEvent:
    """Tells an open page what changed."""
    return ServerSentEvent(desk_events(services, str(request.auth), ticket or None))


def known_view(view: str) -> str:
    """A view by its name; the queue for anything else."""
    return view if view in VIEWS else "queue"


def render(request: Request[Any, Any, Any], template: str, status: int = 200, **context: Any) -> Template:
    """A page or a part of the desk."""
    words = partial(label, request_language(request))
    return page(
        request,
        f"staff/{template}",
        status,
        label=words,
        views=VIEWS,
        categories=CATEGORIES,
        accepted=",".join(ACCEPTED),
        largest_megabytes=LARGEST_FILE // MEGABYTE,
        **context,
    )


def conversation_part(
    request: Request[Any, Any, Any], case: CaseOut, after: int, status: int = 200, problem: str | None = None
) -> Template:
    """New messages and what changed beside them; the header lets the page renew its buttons when they no longer fit."""
    part = render(request, "desk/conversation_part.html", status, case=case, after=after, problem=problem)
    part.headers["HX-Trigger"] = f"mode-{case.mode}"
    return part


async def show_case(
    request: Request[Any, Any, Any],
    services: Services,
    member: StaffMember,
    ticket_id: str,
    *,
    view: str = "",
    number: int = 1,
    notice: str = "",
    done: str = "",
    problem: Problem | None = None,
    form: dict[str, str] | None = None,
) -> Template:
    """The whole page with a case open.

    Args:
        notice: What went well.
        problem: What was refused; the page is sent with its status.
        form: What had been filled in, so that nothing is lost.
    """

    def read(session: Any) -> tuple[CaseOut, Any]:
        case = case_view(session, member.id, ticket_id)
        wanted = view if view in VIEWS else fitting_view(case, member.id)
        return case, list_view(session, member.id, wanted, number)

    case, listed = await services.database.read(read)
    context = {
        "case": case,
        "listed": listed,
        "notice": notice,
        "done": done,
        "problem": problem_text(request, problem),
        "form": form or {},
        "path": f"/desk/tickets/{ticket_id}",
    }
    return render(request, "desk/page.html", problem.status if problem else 200, **context)


def problem_text(request: Request[Any, Any, Any], problem: Problem | None) -> str:
    """A problem in the reader's language."""
    return translate(request_language(request), problem.detail, **problem.values) if problem else ""
