"""Ready replies at the desk: what can be used in a case, filled for it, and everybody's own ones."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.macros import operations, queries
from support.macros.rules import filled, words_for
from support.macros.tables import Macro
from support.staff.tables import StaffMember, Team
from support.tickets.changes import TicketNotFound
from support.tickets.queries import by_id
from texts.catalogue import translate
from web.desk.labels import label
from web.desk.macro_pages import MacroFormBody, Place, save_page, show_form, show_list
from web.desk.pages import Member, NamedServices
from web.languages import request_language

OWN = "/desk/macros"


class ReadyOut(msgspec.Struct):
    """A ready reply as it would be said in a case; `steps` tells in words what follows once it is sent."""

    id: str
    shortcut: str
    name: str
    text: str
    language: str
    steps: list[str]


class MacroOut(msgspec.Struct):
    """A ready reply as it is kept; `own` when only the caller can use it."""

    id: str
    shortcut: str
    name: str
    texts: dict[str, str]
    steps: list[dict[str, Any]]
    team_id: str | None
    own: bool
    uses: int


class MacroListOut(msgspec.Struct):
    """Ready replies: what the caller used last first, then the others by shortcut."""

    macros: list[MacroOut]


@get("/desk/tickets/{ticket_id:str}/macros", include_in_schema=False)
async def ready(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str
) -> list[ReadyOut]:
    """What the reader can use in a case, filled for it and in the language of its chat."""
    language = request_language(request)
    return await services.database.read(lambda session: ready_view(session, member, ticket_id, language))


def ready_view(session: Session, member: StaffMember, ticket_id: str, language: str) -> list[ReadyOut]:
    """The same, with the steps in the reader's language.

    Raises:
        TicketNotFound: For an unknown ticket.
    """
    row = by_id(session, ticket_id)
    if row is None:
        raise TicketNotFound(ticket_id)
    conversation = session.get_one(Conversation, row.conversation.id)
    values = operations.values_for(session, row.ticket, conversation, member)
    found = []
    for macro in queries.usable_by(session, member.id):
        words, code = words_for(macro.texts, conversation.language)
        steps = [step_words(session, language, step) for step in macro.steps]
        found.append(ReadyOut(macro.id, macro.shortcut, macro.name, filled(words, values), code, steps))
    return found


def step_words(session: Session, language: str, step: dict[str, Any]) -> str:
    """What a step does, in words."""
    kind = step["kind"]
    if kind == "tag":
        return translate(language, "tag “{name}”", name=step["value"])
    if kind == "snooze":
        return translate(language, "put off for {hours} hours", hours=step["hours"])
    if kind == "transfer":
        team = session.get(Team, step["team_id"])
        return translate(language, "pass on to {name}", name=team.name if team else "?")
    if kind == "resolve":
        return translate(language, "resolve: {category}", category=label(language, "category", step["category"]))
    return translate(language, "wait for the customer")


@get(
    "/api/macros",
    opt={"exclude_from_csrf": True, "scope": "tickets"},
    tags=["Tickets"],
    security=[{"staff": []}],
    summary="Read ready replies",
)
async def macro_list(services: NamedServices, member: Member) -> MacroListOut:
    """Ready replies that the caller can use."""
    return await services.database.read(lambda session: MacroListOut(_usable(session, member)))


def _usable(session: Session, member: StaffMember) -> list[MacroOut]:
    return [_out(each) for each in queries.usable_by(session, member.id)]


def _out(macro: Macro) -> MacroOut:
    own = macro.staff_id is not None
    return MacroOut(macro.id, macro.shortcut, macro.name, macro.texts, macro.steps, macro.team_id, own, macro.uses)


def _own(member: StaffMember) -> Place:
    return Place(OWN, member.id)


@get(OWN, include_in_schema=False)
async def own_list(request: Request[Any, Any, Any], services: NamedServices, member: Member) -> Template:
    """The reader's own ready replies."""
    return await show_list(request, services, _own(member))


@get(OWN + "/new", include_in_schema=False)
async def own_new(request: Request[Any, Any, Any], services: NamedServices, member: Member) -> Template:
    """An empty form."""
    return await show_form(request, services, _own(member))


@get(OWN + "/{macro_id:str}", include_in_schema=False)
async def own_form(request: Request[Any, Any, Any], services: NamedServices, member: Member, macro_id: str) -> Template:
    """The form of one of the reader's own."""
    return await show_form(request, services, _own(member), macro_id)


@post(OWN, include_in_schema=False)
async def own_add(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, data: MacroFormBody
) -> Template | Redirect:
    """Keep a new one."""
    return await save_page(request, services, _own(member), data)


@post(OWN + "/{macro_id:str}", include_in_schema=False)
async def own_change(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, macro_id: str, data: MacroFormBody
) -> Template | Redirect:
    """Keep what was changed."""
    return await save_page(request, services, _own(member), data, macro_id)


@post(OWN + "/{macro_id:str}/remove", include_in_schema=False)
async def own_remove(services: NamedServices, member: Member, macro_id: str) -> Redirect:
    """Remove one of the reader's own."""
    await services.database.write(lambda session: operations.remove(session, macro_id, member.id))
    return Redirect(OWN, status_code=303)


ROUTES: list[Any] = [ready, macro_list, own_list, own_new, own_form, own_add, own_change, own_remove]
