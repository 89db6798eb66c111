"""Closing a resolved case for good. Commits nothing."""

from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from support.tickets.changes import Caller, begin
from support.tickets.states import check_move
from support.tickets.tables import Ticket


def close(
    session: Session,
    ticket_id: str,
    member: StaffMember,
    revision: int | None = None,
    change_id: str | None = None,
    why: str = "",
) -> Ticket:
    """Close a resolved case; one that is closed stays as it is.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`.
        TicketMoveRefused: When it is not resolved yet.
    """
    change = begin(session, ticket_id, Caller(member, revision, change_id, why))
    ticket = change.ticket
    if change.repeated or ticket.state == "closed":
        return ticket
    check_move(ticket.state, "closed")
    ticket.state = "closed"
    change.note(session, "closed", {})
    return ticket
