"""Reading from an address which cases a list is to show, and what there is to choose from."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request
from litestar.params import Parameter
from sqlalchemy.orm import Session

from support.staff.queries import everybody
from support.staff.roles import may
from support.tickets.listing import tags_in_use, team_names
from support.tickets.order import ORDERS
from support.tickets.selection import FILTERS, KNOWN, ME, NOBODY, VIEWS, Selection, SelectionRefused, read_selection
from texts.catalogue import marked
from web.problems import Problem

# Lists offer no more tags than this; every other one can still be searched for and pressed on a case.
MOST_TAGS = 100
# What a step is called that makes a case one's own.
_TAKING = ("taken", "taken_over")


@dataclass(frozen=True)
class Choices:
    """What the filters of a list offer: codes, and beside them names of what people made, by their id.

    Attributes:
        codes: Values that have words in web/desk/labels.py, by the filter's name.
        staff, teams: Names by id.
    """

    codes: dict[str, tuple[str, ...]]
    orders: tuple[str, ...]
    staff: dict[str, str]
    teams: dict[str, str]
    tags: list[str]


def choices(session: Session) -> Choices:
    """Everything that a list can be narrowed down to."""
    serving = {each.id: each.name for each in everybody(session) if may(each.role, "serve_customers")}
    by_name = dict(sorted(serving.items(), key=lambda each: each[1]))
    return Choices(KNOWN, tuple(ORDERS), by_name, team_names(session), tags_in_use(session, MOST_TAGS))


def asked_selection(request: Request[Any, Any, Any], *, strict_view: bool = True) -> Selection:
    """The list that a request's address asks for.

    Args:
        strict_view: Whether a view that is not known is refused; else it is the queue.

    Raises:
        Problem: 422, when a value in it is none that lists know.
    """
    values = dict(request.query_params)
    try:
        return read_selection(values if strict_view else _with_known_view(values))
    except SelectionRefused as refused:
        raise refusal(refused) from None


def refusal(refused: SelectionRefused) -> Problem:
    """The problem that a value which no list knows stands for."""
    if refused.name == "view":
        detail = marked("view must be one of {views}.")
        return Problem(422, "View not known", detail, "view", views=", ".join(refused.known))
    if refused.known:
        detail = marked("{name} must be one of {known}.")
        return Problem(422, "List not known", detail, refused.name, name=refused.name, known=", ".join(refused.known))
    detail = marked("{name} has a value that no list can have.")
    return Problem(422, "List not known", detail, refused.name, name=refused.name)


async def page_selection(request: Request[Any, Any, Any]) -> Selection:
    """For pages: an old or misspelt view leads to the queue."""
    return asked_selection(request, strict_view=False)


def shown_list(request: Request[Any, Any, Any]) -> Selection | None:
    """The list that stands beside a case, as the address of the page or of a step from it tells.

    Returns:
        None where the address names none, or one that there is not: the case then decides.
    """
    return _named_list(dict(request.query_params))


def list_of_page(request: Request[Any, Any, Any]) -> Selection | None:
    """The same for a part of a case's page: htmx tells the address of the page that asks for it."""
    try:
        values = dict(parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query))
    except ValueError:
        return None
    return _named_list(values)


def _named_list(values: dict[str, str]) -> Selection | None:
    try:
        selection = read_selection(_with_known_view(values))
    except SelectionRefused:
        return None
    return selection if "view" in values or selection.q else None


def _with_known_view(values: dict[str, str]) -> dict[str, str]:
    known = values.get("view") in {*VIEWS, "open"}
    return {name: value for name, value in values.items() if known or name != "view"}


def after_step(request: Request[Any, Any, Any], ticket_id: str, done: str) -> str:
    """The address that a step leads to: the case, beside the list that was shown.

    Who takes a case from a plain list sees it among their own; a list that was searched for or narrowed down stays.
    """
    selection = shown_list(request)
    if selection is not None and done in _TAKING and not (selection.q or selection.filters()):
        selection = None
    query = "&".join(each for each in (selection.query() if selection else "", f"done={done}" if done else "") if each)
    return f"/desk/tickets/{ticket_id}" + (f"?{query}" if query else "")


async def api_selection(
    request: Request[Any, Any, Any],
    view: Annotated[
        str, Parameter(description=f"One of {', '.join(VIEWS)}; queue, or found with `q`. `open` is all.")
    ] = "",
    q: Annotated[str, Parameter(description="Words to search for, in quotes where they stand together.")] = "",
    priority: Annotated[str, Parameter(description=" | ".join(KNOWN["priority"]))] = "",
    reason: Annotated[str, Parameter(description=" | ".join(KNOWN["reason"]))] = "",
    category: Annotated[str, Parameter(description=" | ".join(KNOWN["category"]))] = "",
    written_in: Annotated[str, Parameter(description=" | ".join(KNOWN["written_in"]))] = "",
    channel: Annotated[str, Parameter(description=" | ".join(KNOWN["channel"]))] = "",
    tag: Annotated[str, Parameter(description="A tag's name.")] = "",
    team: Annotated[str, Parameter(description=f"A team's id, or {NOBODY}.")] = "",
    owner: Annotated[str, Parameter(description=f"A colleague's id, {ME} or {NOBODY}.")] = "",
    waiting: Annotated[str, Parameter(description="Who has to do something: us | customer.")] = "",
    sort: Annotated[str, Parameter(description=" | ".join(ORDERS))] = "",
    number: Annotated[int, Parameter(query="page", ge=1, description="Pages hold 50 cases.")] = 1,
) -> Selection:
    """For programs: what is not known is refused."""
    return asked_selection(request)


def named(choice: Choices, name: str, value: str) -> str | None:
    """The name of what somebody made that a filter is set to; None for a code, which has words of its own."""
    if name == "tag":
        return value
    if value in {ME, NOBODY} or name not in FILTERS:
        return None
    return {"owner": choice.staff, "team": choice.teams}.get(name, {}).get(value)
