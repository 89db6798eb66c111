"""How far a case is and what it is about, set by hand. Commits nothing."""

from sqlalchemy.orm import Session

from storage.base import JsonObject
from support.routing.queries import team_of
from support.staff.tables import Team
from support.tickets.changes import Caller, ChangeRefused, begin
from support.tickets.states import CATEGORIES, TicketMoveRefused, check_move, is_open
from support.tickets.tables import Ticket
from support.tickets.waiting import answered

# The other states have steps of their own: a case is taken, resolved and closed.
BY_HAND = ("classified", "planned", "in_progress", "waiting_for_customer")


def set_state(
    session: Session, ticket_id: str, caller: Caller, state: str | None = None, category: str | None = None
) -> Ticket:
    """Say how far an open case is, or what it is about, or both at once; nothing said stays as it is.

    A new case that gets a category is sorted by that.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`, and ChangeRefused `state` or `category` for one
            that there is not, `waits_in_queue` where it would be the turn of a customer who waits in the queue.
        TicketMoveRefused: When it is settled, or cannot go there from where it is.
    """
    if state is not None and state not in BY_HAND:
        raise ChangeRefused("state", states=", ".join(BY_HAND))
    if category is not None and category not in CATEGORIES:
        raise ChangeRefused("category", categories=", ".join(CATEGORIES))
    change = begin(session, ticket_id, caller)
    ticket = change.ticket
    if change.repeated:
        return ticket
    if not is_open(ticket.state):
        raise TicketMoveRefused(ticket.state, state or "classified")
    sorted_now = category is not None and category != ticket.category
    wanted = state or ("classified" if sorted_now and ticket.state == "received" else ticket.state)
    details: JsonObject = {}
    if wanted != ticket.state:
        check_move(ticket.state, wanted)
        if wanted == "waiting_for_customer" and change.conversation.status == "queued":
            raise ChangeRefused("waits_in_queue")
        details |= {"from": ticket.state, "to": wanted}
        ticket.state = wanted
        if wanted == "waiting_for_customer":
            answered(ticket)
    if sorted_now and category is not None:
        details |= {"category": category}
        ticket.category = category
        if ticket.team_id is None and ticket.staff_id is None and (team_id := team_of(session, [category])):
            ticket.team_id = team_id
            details |= {"team": session.get_one(Team, team_id).name}
    if details:
        change.note(session, "classified" if sorted_now else "state_changed", details)
    return ticket
