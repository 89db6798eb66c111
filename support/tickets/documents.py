"""What cases are found by: a document for each, with its own words and everything said in its conversation.

Documents are written beside the work (see web/desk/indexing.py), so that nobody who says something waits for it. None
of these commit.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import cast, delete, insert, or_, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation, Message
from support.customers.tables import Customer
from support.tickets.tables import CaseDocument, Ticket, TicketNote, TicketTag
from support.tickets.words import tokens, ts_vector

# A database takes no more than a megabyte for one document; of longer conversations the latest words are kept.
MOST_BYTES = 600_000
MOST_MESSAGES = 2_000

_ADD = text("INSERT INTO case_search (rowid, words) VALUES (:id, :words)")
_TAKE_OUT = text("INSERT INTO case_search (case_search, rowid, words) VALUES ('delete', :id, :words)")


def outdated(session: Session, since: datetime | None, limit: int, after: str = "") -> list[str]:
    """Ids of cases whose document is missing or says what was true before, in the order of their ids.

    Args:
        since: Only cases in which something changed since then are looked at; None for all of them.
        after: Only cases with a larger id.
    """
    query = (
        select(Ticket.id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .outerjoin(CaseDocument, CaseDocument.ticket_id == Ticket.id)
        .where(
            Ticket.id > after,
            or_(
                CaseDocument.id.is_(None),
                CaseDocument.case_at != Ticket.updated_at,
                CaseDocument.said_at != Conversation.updated_at,
            ),
        )
    )
    if since is not None:
        changed = select(Ticket.id).where(Ticket.updated_at >= since)
        said = select(Ticket.id).join(Conversation, Conversation.id == Ticket.conversation_id)
        query = query.where(Ticket.id.in_(changed.union(said.where(Conversation.updated_at >= since))))
    return list(session.scalars(query.order_by(Ticket.id).limit(limit)))


def write_documents(session: Session, ticket_ids: Sequence[str]) -> int:
    """Write the documents of some cases anew, except of those that are being changed right now.

    Whoever erases a conversation locks it first. It is locked here too, so that nothing is written of words that are
    gone by then.

    Returns:
        How many were written.
    """
    rows = session.execute(
        select(Ticket, Conversation, Customer)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.id.in_(ticket_ids))
        .with_for_update(of=Conversation, key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    _take_out(session, [ticket.id for ticket, _, _ in rows])
    for ticket, conversation, customer in rows:
        words = _words(session, ticket, conversation, customer)
        stamps = {"case_at": ticket.updated_at, "said_at": conversation.updated_at}
        _add(session, ticket.id, words, stamps)
    return len(rows)


def forget_documents(session: Session, conversation_ids: Sequence[str]) -> None:
    """Nothing that was said in some conversations is found any more."""
    _take_out(session, list(session.scalars(select(Ticket.id).where(Ticket.conversation_id.in_(conversation_ids)))))


def _add(session: Session, ticket_id: str, words: list[str], stamps: dict[str, datetime]) -> None:
    kept: object = " ".join(words)
    if not _is_sqlite(session):
        kept = cast(ts_vector(words), TSVECTOR)
    made = session.execute(insert(CaseDocument).values(ticket_id=ticket_id, words=kept, **stamps))
    if _is_sqlite(session):
        session.execute(_ADD, {"id": made.inserted_primary_key[0], "words": kept})  # type: ignore[attr-defined]


def _take_out(session: Session, ticket_ids: list[str]) -> None:
    mine = CaseDocument.ticket_id.in_(ticket_ids)
    if _is_sqlite(session):
        # The index holds no words of its own: it has to be told which ones to take out.
        rows = session.execute(select(CaseDocument.id, CaseDocument.words).where(mine)).all()
        if rows:
            session.execute(_TAKE_OUT, [{"id": row.id, "words": row.words} for row in rows])
    session.execute(delete(CaseDocument).where(mine).execution_options(synchronize_session=False))


def _words(session: Session, ticket: Ticket, conversation: Conversation, customer: Customer) -> list[str]:
    found: list[str] = []
    room = MOST_BYTES
    for piece in _texts(session, ticket, conversation, customer):
        cut = tokens(piece)
        room -= sum(len(token.encode()) + 4 for token in cut)
        if room < 0:
            break
        found += cut
    return found


def _texts(session: Session, ticket: Ticket, conversation: Conversation, customer: Customer) -> Iterator[str]:
    """Everything a case can be found by, what matters most first; of an erased conversation the number alone."""
    yield ticket.number
    if not conversation.token_hash:
        return
    yield from own_texts(ticket, customer)
    yield from session.scalars(select(TicketTag.name).where(TicketTag.ticket_id == ticket.id))
    yield from session.scalars(select(TicketNote.text).where(TicketNote.ticket_id == ticket.id))
    said = select(Message.text, Message.payload).where(
        Message.conversation_id == conversation.id, Message.author != "system"
    )
    for words, payload in session.execute(said.order_by(Message.seq.desc()).limit(MOST_MESSAGES)):
        yield words
        file = (payload or {}).get("file")
        if isinstance(file, dict):
            yield str(file.get("name", ""))


def own_texts(ticket: Ticket, customer: Customer) -> Iterator[str]:
    """The words of a case itself and of its customer."""
    phones = [each for each in (ticket.contact_phone, customer.phone) if each]
    texts = [ticket.subject, customer.name, ticket.summary, ticket.resolution_note, ticket.contact_email]
    texts += [customer.email, *phones, *(str(each) for each in ticket.details.values())]
    # A number is also found when it is written without its spaces.
    texts += ["".join(sign for sign in each if sign.isdigit()) for each in phones]
    return (each for each in texts if each)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
