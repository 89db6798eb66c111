"""Who has a case, without touching its chat. Commits nothing."""

from sqlalchemy.orm import Session

from support.staff.queries import colleagues
from support.tickets.changes import Caller, ChangeRefused, begin
from support.tickets.states import TicketMoveRefused, is_open
from support.tickets.tables import Ticket


def assign(session: Session, ticket_id: str, caller: Caller, to_staff_id: str | None) -> Ticket:
    """Give a case to a colleague, or to nobody; whoever has its chat keeps that.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`, and ChangeRefused `colleague` for somebody who
            serves no customers.
        TicketMoveRefused: When it is settled.
    """
    change = begin(session, ticket_id, caller)
    ticket = change.ticket
    if change.repeated:
        return ticket
    names = colleagues(session)
    if to_staff_id is not None and to_staff_id not in names:
        raise ChangeRefused("colleague")
    if not is_open(ticket.state):
        raise TicketMoveRefused(ticket.state, "assigned")
    if ticket.staff_id == to_staff_id:
        return ticket
    before, ticket.staff_id = ticket.staff_id, to_staff_id
    told = {"from_id": before, "to_id": to_staff_id, "to_name": names.get(to_staff_id) if to_staff_id else None}
    change.note(session, "assigned" if to_staff_id else "unassigned", told)
    return ticket
