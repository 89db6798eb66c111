"""Finding what colleagues keep about cases: notes, tags, links, and what was merged."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from support.conversations.tables import Message
from support.tickets.tables import Mention, Ticket, TicketLink, TicketNote, TicketTag

MOST_SUGGESTED = 50
MOST_WORDS = 50


def tags_of(session: Session, ticket_id: str) -> list[str]:
    """The words that a case is filed under, by alphabet."""
    return list(
        session.scalars(select(TicketTag.name).where(TicketTag.ticket_id == ticket_id).order_by(TicketTag.name))
    )


def tags_in_use(session: Session, limit: int = MOST_SUGGESTED) -> list[str]:
    """The words that cases are filed under most often."""
    query = select(TicketTag.name).group_by(TicketTag.name).order_by(func.count().desc(), TicketTag.name).limit(limit)
    return list(session.scalars(query))


def merged_into(session: Session, ticket_id: str) -> Sequence[Ticket]:
    """The cases that go on as this one, also by way of another one; oldest first."""
    found: dict[str, Ticket] = {}
    level = [ticket_id]
    while level:
        # By the links, which can be looked up from both ends.
        touching = or_(TicketLink.ticket_id.in_(level), TicketLink.other_id.in_(level))
        links = session.scalars(select(TicketLink).where(touching)).all()
        ends = {end for each in links for end in (each.ticket_id, each.other_id)} - {ticket_id, *found}
        if not ends:
            break
        cases = session.scalars(select(Ticket).where(Ticket.id.in_(ends), Ticket.merged_into_id.in_(level))).all()
        level = [each.id for each in cases]
        found |= {each.id: each for each in cases}
    return sorted(found.values(), key=lambda each: each.created_at)


def surviving(session: Session, ticket: Ticket) -> Ticket:
    """The case that a case goes on as; itself when it was not merged."""
    while ticket.merged_into_id is not None:
        ticket = session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def own_surviving(session: Session, ticket: Ticket) -> Ticket:
    """As `surviving`, but never another customer's case: what somebody says must not reach anybody else's."""
    while ticket.merged_into_id is not None:
        following = session.get_one(Ticket, ticket.merged_into_id)
        if following.customer_id != ticket.customer_id:
            break
        ticket = following
    return ticket


def notes_of(session: Session, ticket_ids: Sequence[str], after: datetime | None = None) -> Sequence[TicketNote]:
    """The notes of some cases, oldest first; only those written after a moment when one is given."""
    query = select(TicketNote).where(TicketNote.ticket_id.in_(ticket_ids))
    if after is not None:
        query = query.where(TicketNote.created_at > after)
    return session.scalars(query.order_by(TicketNote.created_at, TicketNote.id)).all()


def mentions_in(session: Session, note_ids: Sequence[str]) -> dict[str, list[str]]:
    """Who is named in some notes, by note."""
    found: dict[str, list[str]] = {}
    for row in session.execute(select(Mention.note_id, Mention.staff_id).where(Mention.note_id.in_(note_ids))):
        found.setdefault(row.note_id, []).append(row.staff_id)
    return found


def named_unseen(session: Session, ticket_id: str, staff_id: str) -> bool:
    """Whether somebody is named in a case and has not seen it yet."""
    query = select(Mention.note_id).where(
        Mention.ticket_id == ticket_id, Mention.staff_id == staff_id, Mention.seen_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def customers_words(session: Session, conversation_id: str, limit: int = MOST_WORDS) -> list[tuple[int, str]]:
    """What the customer wrote last in a conversation, with its numbers, in order."""
    query = select(Message.seq, Message.text).where(
        Message.conversation_id == conversation_id, Message.author == "customer", Message.text != "", Message.seq > 1
    )
    rows = session.execute(query.order_by(Message.seq.desc()).limit(limit))
    return [(row.seq, row.text) for row in rows][::-1]


def links_of(session: Session, ticket_id: str) -> list[tuple[str, Ticket]]:
    """The cases that have to do with a case, each with how; by number."""
    query = select(TicketLink).where(or_(TicketLink.ticket_id == ticket_id, TicketLink.other_id == ticket_id))
    links = {_other_end(each, ticket_id): each.kind for each in session.scalars(query)}
    cases = session.scalars(select(Ticket).where(Ticket.id.in_(links)).order_by(Ticket.created_at))
    return [(links[each.id], each) for each in cases]


def link_between(session: Session, first_id: str, second_id: str) -> TicketLink | None:
    """How two cases are linked."""
    return session.get(TicketLink, tuple(sorted((first_id, second_id))))


def snoozed_until(session: Session, at: datetime, limit: int = 200) -> list[str]:
    """Ids of the cases whose snooze is over at a moment, the earliest first."""
    query = select(Ticket.id).where(Ticket.snoozed_until <= at).order_by(Ticket.snoozed_until).limit(limit)
    return list(session.scalars(query))


def _other_end(link: TicketLink, ticket_id: str) -> str:
    return link.other_id if link.ticket_id == ticket_id else link.ticket_id
