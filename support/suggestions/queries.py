"""Finding settled cases, as far as their customers did not erase them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation, Message
from support.tickets.summary import asked_in
from support.tickets.tables import Ticket

SETTLED = ("resolved", "closed")


@dataclass(frozen=True)
class CaseText:
    """What a case was about: nothing when it is not settled, or not any more."""

    ticket_id: str
    text: str | None
    updated_at: datetime


@dataclass(frozen=True)
class SettledCase:
    """How a case like the one that is looked at was settled.

    Attributes:
        asked: What its customer wanted, in their words.
        reply: The last thing a colleague said to them; empty for none.
    """

    ticket_id: str
    number: str
    language: str
    asked: str
    category: str | None
    note: str
    reply: str
    reply_language: str
    resolved_at: datetime | None


_TEXTS = select(Ticket.id, Ticket.state, Ticket.summary, Ticket.updated_at, Conversation.token_hash).join(
    Conversation, Conversation.id == Ticket.conversation_id
)


def changed_since(session: Session, moment: datetime) -> list[CaseText]:
    """All cases that changed since a moment, settled or not."""
    return _texts(session, Ticket.updated_at >= moment, None)


def changed_before(session: Session, moment: datetime, ticket_id: str, limit: int) -> list[CaseText]:
    """Cases that changed last before a moment (or then, with a smaller id), settled or not, the latest first."""
    # Without a word about the state: SQLite would read all settled cases for each page, and not the index of the times.
    before = (Ticket.updated_at <= moment) & ((Ticket.updated_at < moment) | (Ticket.id < ticket_id))
    return _texts(session, before, limit)


def settled_cases(session: Session, ticket_ids: Sequence[str], but_of: str) -> dict[str, SettledCase]:
    """Those of some cases that are settled and not erased, by id, without those of a conversation."""
    query = (
        select(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(
            Ticket.id.in_(ticket_ids),
            Ticket.state.in_(SETTLED),
            Ticket.conversation_id != but_of,
            Conversation.token_hash != "",
        )
    )
    return {each.id: _settled(session, each) for each in session.scalars(query)}


def _texts(session: Session, wanted: ColumnElement[bool], limit: int | None) -> list[CaseText]:
    query = _TEXTS.where(wanted).order_by(Ticket.updated_at.desc(), Ticket.id.desc()).limit(limit)
    found = []
    for row in session.execute(query):
        kept = row.state in SETTLED and row.token_hash
        found.append(CaseText(row.id, (asked_in(row.summary) or None) if kept else None, row.updated_at))
    return found


def _settled(session: Session, ticket: Ticket) -> SettledCase:
    replies = select(Message.text, Message.language).where(
        Message.conversation_id == ticket.conversation_id, Message.author == "agent", Message.text != ""
    )
    if ticket.resolved_at is not None:
        # The same chat may have had another case since.
        replies = replies.where(Message.created_at <= ticket.resolved_at)
    reply = session.execute(replies.order_by(Message.seq.desc()).limit(1)).first()
    return SettledCase(
        ticket_id=ticket.id,
        number=ticket.number,
        language=ticket.language,
        asked=asked_in(ticket.summary),
        category=ticket.category,
        note=ticket.resolution_note or "",
        reply=reply.text if reply else "",
        reply_language=reply.language if reply else ticket.language,
        resolved_at=ticket.resolved_at,
    )
