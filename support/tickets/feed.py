"""What happened to all cases, in order, for programs that ask from time to time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from storage.base import now
from support.tickets.tables import Ticket, TicketEvent

Place = tuple[datetime, str]

# On a database server several units of work write at once, and one that began earlier may end later. Lines appear here
# once that is past, so that whoever has read on misses none.
SETTLED_AFTER = timedelta(seconds=5)


def lines_after(session: Session, after: Place | None, limit: int) -> Sequence[tuple[TicketEvent, Ticket]]:
    """Lines of all timelines, the oldest first.

    Args:
        after: When the last line that was seen was written, and its id.
    """
    query = select(TicketEvent, Ticket).join(Ticket, Ticket.id == TicketEvent.ticket_id)
    if session.get_bind().dialect.name != "sqlite":
        query = query.where(TicketEvent.created_at <= now() - SETTLED_AFTER)
    if after is not None:
        moment, last = after
        same = and_(TicketEvent.created_at == moment, TicketEvent.id > last)
        # The first of the two lets the index serve.
        query = query.where(TicketEvent.created_at >= moment, or_(TicketEvent.created_at > moment, same))
    rows = session.execute(query.order_by(TicketEvent.created_at, TicketEvent.id).limit(limit))
    return [(row[0], row[1]) for row in rows]
