"""What a change of a case brings with it, read and checked at the border, and the change itself."""

import re
from collections.abc import Callable
from typing import Annotated, Concatenate, ParamSpec

from litestar.params import Parameter
from sqlalchemy.orm import Session

from support.tickets.changes import Caller
from support.tickets.tables import Ticket
from texts.catalogue import marked
from web.problems import Problem
from web.services import Services

LONGEST_WHY = 300
IfMatch = Annotated[str | None, Parameter(header="If-Match")]
Given = ParamSpec("Given")


async def carry_out(
    services: Services,
    ticket_id: str,
    caller: Caller,
    work: Callable[Concatenate[Session, str, Caller, Given], Ticket],
    *given: Given.args,
    **more: Given.kwargs,
) -> Ticket:
    """Do a step on a case, given what it takes besides the caller, and tell colleagues; raises what the step raises."""
    ticket = await services.database.write(lambda session: work(session, ticket_id, caller, *given, **more))
    services.hub.desk_changed()
    return ticket


def revision_of(given: int | str | None, if_match: str | None = None) -> int | None:
    """What the caller saw of the case: named in the body, or as the header If-Match.

    Raises:
        Problem: 422 when it is no number, or both say something else.
    """
    named = [str(each).strip() for each in (given, _untagged(if_match)) if each not in (None, "")]
    if not named:
        return None
    # No case has more lines in its timeline, and no database takes any number.
    if len(set(named)) > 1 or not re.fullmatch("[0-9]{1,9}", named[0]):
        detail = marked("revision (or If-Match) must be the number that the case had when you read it.")
        raise Problem(422, "Not changed", detail, "revision")
    return int(named[0])


def change_id_of(given: str | None) -> str | None:
    """The caller's own id of a change.

    Raises:
        Problem: 422 when it is too long, or holds anything but letters, digits, _ and -.
    """
    if not given:
        return None
    if not re.fullmatch("[A-Za-z0-9_-]{1,36}", given):
        detail = marked("change_id has at most 36 letters, digits, _ or -, and is made anew for each change.")
        raise Problem(422, "Not changed", detail, "change_id")
    return given


def why_of(given: str) -> str:
    """The reason for a change.

    Raises:
        Problem: 422 when it is too long.
    """
    if len(given) > LONGEST_WHY:
        detail = marked("The reason has at most {limit} characters.")
        raise Problem(422, "Not changed", detail, "why", limit=LONGEST_WHY)
    return given


def _untagged(if_match: str | None) -> str | None:
    return None if if_match is None else if_match.strip().removeprefix("W/").strip('"')
