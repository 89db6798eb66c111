"""Closing a resolved case for good. Commits nothing."""

from sqlalchemy.orm import Session

from support.tickets.changes import Caller, begin
from support.tickets.states import check_move
from support.tickets.tables import Ticket


def close(session: Session, ticket_id: str, caller: Caller) -> Ticket:
    """Close a resolved case; one that is closed stays as it is.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`.
        TicketMoveRefused: When it is not resolved yet.
    """
    change = begin(session, ticket_id, caller)
    ticket = change.ticket
    if change.repeated or ticket.state == "closed":
        return ticket
    check_move(ticket.state, "closed")
    ticket.state = "closed"
    change.note(session, "closed", {})
    return ticket
