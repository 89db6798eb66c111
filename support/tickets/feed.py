"""What happened to all cases, in order, for programs that ask from time to time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from storage.settled import settled
from support.tickets.tables import Ticket, TicketEvent

Place = tuple[datetime, str]


def lines_after(session: Session, after: Place | None, limit: int) -> Sequence[tuple[TicketEvent, Ticket]]:
    """Lines of all timelines that are settled, the oldest first.

    Args:
        after: When the last line that was seen was written, and its id.
    """
    query = select(TicketEvent, Ticket).join(Ticket, Ticket.id == TicketEvent.ticket_id)
    query = query.where(settled(session, TicketEvent.created_at))
    if after is not None:
        moment, last = after
        same = and_(TicketEvent.created_at == moment, TicketEvent.id > last)
        # The first of the two lets the index serve.
        query = query.where(TicketEvent.created_at >= moment, or_(TicketEvent.created_at > moment, same))
    rows = session.execute(query.order_by(TicketEvent.created_at, TicketEvent.id).limit(limit))
    return [(row[0], row[1]) for row in rows]
