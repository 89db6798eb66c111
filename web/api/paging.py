"""Where a program goes on reading: a time and an id, packed so that nobody is led to make one up. Pure."""

import base64
import binascii
from datetime import datetime

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
        place = datetime.fromisoformat(moment), last
    except (ValueError, binascii.Error):
        place = None
    if place is None or place[0].tzinfo is None or not 0 < len(place[1]) <= 36:
        detail = marked("This is no cursor. Send the one that came as next, or none to begin at the beginning.")
        raise Problem(422, "Cursor not known", detail, "cursor")
    return place
