"""What a change of a case brings with it, read and checked at the border."""

import re
from typing import Annotated

from litestar.params import Parameter

from texts.catalogue import marked
from web.problems import Problem

LONGEST_WHY = 300
IfMatch = Annotated[str | None, Parameter(header="If-Match")]


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
