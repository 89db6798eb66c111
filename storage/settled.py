"""Which rows may be told to programs that read on by time."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.base import now

# On a database server several units of work write at once, and one that began earlier may end later. Rows are told
# once that is past, so that whoever has read on misses none.
SETTLED_AFTER = timedelta(seconds=5)


def settled(session: Session, stamp: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
    """Whether no row with an earlier stamp can come any more. SQLite has one writer at a time: there it always holds.

    Args:
        stamp: The column of the time by which the rows are read.
    """
    if session.get_bind().dialect.name == "sqlite":
        return true()
    return stamp <= now() - SETTLED_AFTER
