"""What colleagues keep about a case, as the desk shows it: notes and links."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from support.conversations.tables import Conversation, Message
from support.staff.queries import names
from support.tickets import split_chat
from support.tickets import together_queries as queries
from support.tickets.tables import Ticket
from web.desk.schemas import LinkOut, NoteOut


def notes(
    session: Session, ticket: Ticket, messages: Sequence[Message], after: datetime | None = None
) -> list[NoteOut]:
    """The notes of a case and of those that were merged into it, oldest first.

    Args:
        messages: The case's conversation, which tells where each of them stands.
        after: Only those written after this moment.
    """
    cases = {each.id: each.number for each in (ticket, *queries.merged_into(session, ticket.id))}
    found = queries.notes_of(session, list(cases), after)
    if not found:
        return []
    named = queries.mentions_in(session, [each.id for each in found])
    people = names(session, {each.staff_id for each in found} | {person for each in named.values() for person in each})
    times = [each.created_at for each in messages]
    numbers = [0, *(each.seq for each in messages)]
    return [
        NoteOut(
            id=each.id,
            number=cases[each.ticket_id],
            # What was written on another case stands where it would have, had it been written here.
            after=each.seq if each.ticket_id == ticket.id else numbers[bisect_right(times, each.created_at)],
            name=people.get(each.staff_id, ""),
            text=each.text,
            named=sorted(people[person] for person in named.get(each.id, []) if person in people),
            created_at=each.created_at,
        )
        for each in found
    ]


def links(session: Session, ticket_id: str) -> list[LinkOut]:
    """The cases that have to do with a case."""
    return [_link(case, kind) for kind, case in queries.links_of(session, ticket_id)]


def merged_into(session: Session, ticket: Ticket) -> LinkOut | None:
    """The case that goes on in place of this one."""
    return None if ticket.merged_into_id is None else _link(queries.surviving(session, ticket), "merged")


def split_from(session: Session, conversation: Conversation) -> LinkOut | None:
    """The case of whose chat a case was split off."""
    source = split_chat.source_of(session, conversation)
    return None if source is None else _link(source, "split")


def read_in(session: Session, conversation: Conversation) -> LinkOut | None:
    """The case in whose chat the customer reads what is said in a case that was split off."""
    found = split_chat.read_in(session, conversation)
    return None if found is None else _link(found.case, "split")


def _link(ticket: Ticket, kind: str) -> LinkOut:
    return LinkOut(ticket.id, ticket.number, kind, ticket.state)
