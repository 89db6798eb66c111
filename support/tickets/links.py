"""Cases that have to do with each other. None of these commit."""

from sqlalchemy.orm import Session

from support.tickets import queries
from support.tickets.changes import Caller, ChangeRefused, begin_with_other
from support.tickets.tables import Ticket, TicketLink
from support.tickets.together_queries import link_between


def add_link(session: Session, ticket_id: str, caller: Caller, number: str) -> Ticket:
    """Link a case with another one by its number; the timelines of both tell. A second link changes nothing.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`, and ChangeRefused `number` or `itself`.
    """
    other_id = by_number(session, ticket_id, number).id
    change, other = begin_with_other(session, ticket_id, other_id, caller)
    if change.repeated or link_between(session, ticket_id, other_id) is not None:
        return change.ticket
    connect(session, ticket_id, other_id, "related")
    change.note(session, "linked", {"number": other.number})
    change.note(session, "linked", {"number": change.ticket.number}, other)
    return change.ticket


def remove_link(session: Session, ticket_id: str, caller: Caller, number: str) -> Ticket:
    """Take away a link that somebody made; what was merged or split stays linked, and no link changes nothing.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `add_link`.
    """
    other_id = by_number(session, ticket_id, number).id
    change, other = begin_with_other(session, ticket_id, other_id, caller)
    link = link_between(session, ticket_id, other_id)
    if change.repeated or link is None or link.kind != "related":
        return change.ticket
    session.delete(link)
    change.note(session, "unlinked", {"number": other.number})
    change.note(session, "unlinked", {"number": change.ticket.number}, other)
    return change.ticket


def connect(session: Session, first_id: str, second_id: str, kind: str) -> None:
    """Link two (locked) cases: "related", "merged" or "split"; a link that is there takes the new kind.

    What was split stays known as that: erasing the one has to find the other (see support/privacy/queries.py).
    """
    known = link_between(session, first_id, second_id)
    if known is not None:
        known.kind = known.kind if known.kind == "split" else kind
        return
    first, second = sorted((first_id, second_id))
    session.add(TicketLink(ticket_id=first, other_id=second, kind=kind))
    session.flush()


def by_number(session: Session, ticket_id: str, number: str) -> Ticket:
    """Another case by its number, as colleagues type it.

    Raises:
        ChangeRefused: `number` for an unknown one, `itself` for the case's own.
    """
    wanted = number.strip().upper().removeprefix("#")
    if wanted.isdecimal():
        wanted = f"T-{wanted}"
    found = queries.by_number(session, wanted[:20])
    if found is None:
        raise ChangeRefused("number", number=number.strip()[:20])
    if found.id == ticket_id:
        raise ChangeRefused("itself")
    return found
