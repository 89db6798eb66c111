"""Where a program goes on reading: a time and an id, packed so that nobody is led to make one up. Pure."""

import base64
import binascii
from datetime import UTC, datetime

from texts.catalogue import marked
from web.problems import Problem

Place = tuple[datetime, str]


def cursor_of(moment: datetime, last: str) -> str:
    """A cursor behind a row."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {last}".encode()).rstrip(b"=").decode()


def place_of(cursor: str) -> Place | None:
    """The place that a cursor names; None for an empty one.

    Raises:
        Problem: 422, when it is none of ours.
    """
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        moment, _, last = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(" ")
        at = datetime.fromisoformat(moment)
        place = (at.astimezone(UTC), last) if at.tzinfo is not None and 0 < len(last) <= 36 else None
    except (ValueError, OverflowError, binascii.Error):
        place = None
    if place is None:
        detail = marked("This is no cursor. Send the one that came as next, or none to begin at the beginning.")
        raise Problem(422, "Cursor not known", detail, "cursor")
    return place


def in_utc(moment: datetime) -> datetime:
    """A moment that a program named, in UTC.

    Raises:
        Problem: 422, when it has no zone, or lies outside of all years that are counted.
    """
    if moment.tzinfo is None:
        raise Problem(422, "Time not known", "updated_since needs a time zone, such as Z at its end.", "time")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        detail = marked("updated_since lies outside of the years 1 to 9999.")
        raise Problem(422, "Time not known", detail, "time") from None
