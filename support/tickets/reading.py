"""How far colleagues have read their cases. None of these commit."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, func, select, text, update
from sqlalchemy.orm import Session

from storage.base import UTCDateTime, now
from support.conversations.tables import Conversation, Message
from support.tickets.tables import CaseRead, Mention, Ticket

# Another page of the same person may say so at the same moment.
_BEGIN = text(
    "INSERT INTO case_read (staff_id, ticket_id, seq, read_at) VALUES (:staff, :ticket, :seq, :moment)"
    " ON CONFLICT DO NOTHING"
).bindparams(bindparam("moment", type_=UTCDateTime))


def unread(session: Session, staff_id: str, ticket_ids: Sequence[str]) -> dict[str, int]:
    """How many messages of customers somebody has not read yet, by case; cases without any are left out."""
    if not ticket_ids:
        return {}
    rows = session.execute(
        select(Ticket.id, func.count())
        .join(Message, Message.conversation_id == Ticket.conversation_id)
        .outerjoin(CaseRead, (CaseRead.ticket_id == Ticket.id) & (CaseRead.staff_id == staff_id))
        .where(Ticket.id.in_(ticket_ids), Message.author == "customer", Message.seq > func.coalesce(CaseRead.seq, 0))
        .group_by(Ticket.id)
    )
    return dict(rows.tuples().all())


def is_read(session: Session, staff_id: str, ticket_id: str) -> bool:
    """Whether somebody has read all of a case, and every note in which they are mentioned."""
    last = select(Conversation.last_seq).join(Ticket, Ticket.conversation_id == Conversation.id)
    read = session.get(CaseRead, (staff_id, ticket_id))
    mentioned = select(Mention.note_id).where(*_unseen(staff_id, ticket_id)).limit(1)
    return (
        read is not None
        and read.seq >= (session.scalar(last.where(Ticket.id == ticket_id)) or 0)
        and session.scalar(mentioned) is None
    )


def note_read(session: Session, staff_id: str, ticket_id: str) -> bool:
    """Somebody was shown a case as it is now: the one place that says so.

    Returns:
        False for an unknown case.
    """
    last = select(Conversation.last_seq).join(Ticket, Ticket.conversation_id == Conversation.id)
    seq = session.scalar(last.where(Ticket.id == ticket_id))
    if seq is None:
        return False
    read = session.get(CaseRead, (staff_id, ticket_id), with_for_update=True)
    if read is None:
        session.execute(_BEGIN, {"staff": staff_id, "ticket": ticket_id, "seq": seq, "moment": now()})
    else:
        read.seq, read.read_at = max(read.seq, seq), now()
    session.execute(update(Mention).where(*_unseen(staff_id, ticket_id)).values(seen_at=now()))
    return True


def _unseen(staff_id: str, ticket_id: str) -> tuple[ColumnElement[bool], ...]:
    return Mention.staff_id == staff_id, Mention.ticket_id == ticket_id, Mention.seen_at.is_(None)
