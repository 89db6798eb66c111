"""Who is there, with how much in hand, for whoever oversees the queue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.routing import queries
from support.routing.rules import Colleague
from support.tickets.states import OPEN_STATES
from support.tickets.tables import Ticket


@dataclass(frozen=True)
class Line:
    """One colleague.

    Attributes:
        presence: "online", "busy", "away", or "gone" while no desk page of theirs is open.
        longest_waiting: Since when the customer of theirs who has waited longest waits for an answer.
    """

    colleague: Colleague
    presence: str
    longest_waiting: datetime | None


@dataclass(frozen=True)
class Board:
    """Everybody who serves, and the queue: how many wait, and since when the first of them."""

    lines: tuple[Line, ...]
    waiting: int
    waiting_since: datetime | None
    free: int


def board(session: Session) -> Board:
    """The board as it stands now."""
    longest = _longest_waiting(session)
    lines = tuple(
        Line(each, each.presence if each.seen else "gone", longest.get(each.id)) for each in queries.colleagues(session)
    )
    count, first = session.execute(
        select(func.count(), func.min(Conversation.queued_at)).where(Conversation.status == "queued")
    ).one()
    return Board(lines, count, first, queries.free_now(session))


def _longest_waiting(session: Session) -> dict[str, datetime]:
    query = (
        select(Ticket.staff_id, func.min(Ticket.waiting_since))
        .where(Ticket.state.in_(OPEN_STATES), Ticket.staff_id.is_not(None), Ticket.waiting_since.is_not(None))
        .group_by(Ticket.staff_id)
    )
    return {staff_id: moment for staff_id, moment in session.execute(query) if staff_id and moment}
