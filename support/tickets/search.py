"""Which cases hold the words that are searched for."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, cast, literal, literal_column, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from support.conversations.tables import Message
from support.customers.tables import Customer
from support.tickets.documents import own_texts
from support.tickets.tables import CaseDocument, Ticket, TicketNote
from support.tickets.words import Term, case_number, fts_query, marked_words, terms, ts_query

# Up to so many finds are looked at one by one; for a more common word the cases are walked through in their order.
RARE = 1_000
# To show where the words stand, no more messages than this are looked through for a page.
MOST_LOOKED_THROUGH = 4_000

Piece = list[tuple[str, bool]]


@dataclass(frozen=True)
class Search:
    """What was searched for, as a condition on CaseDocument.

    Attributes:
        asked: The terms; none when what was written holds no words.
        is_rare: Whether so few cases hold it that they are looked at one by one.
    """

    asked: tuple[Term, ...]
    condition: ColumnElement[bool]
    is_rare: bool


def search(session: Session, words: str) -> Search | None:
    """A search to join to the cases; None when nothing is searched for.

    Whatever is written is understood as words; nothing in it is an error.
    """
    if not words:
        return None
    asked = terms(words)
    if not asked:
        return Search((), literal_column("1") == 0, is_rare=True)
    if number := case_number(words):
        named = session.scalars(select(CaseDocument.id).join(Ticket).where(Ticket.number == number)).all()
        # Without such a case it may be anything else that is written like that.
        if named:
            return Search(asked, CaseDocument.id.in_(named), is_rare=True)
    if session.get_bind().dialect.name == "sqlite":
        matching = text("SELECT rowid FROM case_search WHERE case_search MATCH :words").bindparams(
            words=fts_query(asked)
        )
        first = text("SELECT rowid FROM case_search WHERE case_search MATCH :words LIMIT :most")
        found = session.scalars(first, {"words": fts_query(asked), "most": RARE + 1}).all()
        # Added to, so that the database goes through the cases in their order instead of through all finds.
        common = (CaseDocument.id + 0).in_(matching)
    else:
        common = CaseDocument.words.op("@@", is_comparison=True)(cast(literal(ts_query(asked)), TSQUERY))
        found = session.scalars(select(CaseDocument.id).where(common).limit(RARE + 1)).all()
    is_rare = len(found) <= RARE
    return Search(asked, CaseDocument.id.in_(found) if is_rare else common, is_rare)


def pieces(session: Session, asked: tuple[Term, ...], rows: list[tuple[Ticket, Customer]]) -> dict[str, Piece]:
    """For some cases a piece of their words with the finds marked, by the case's id; the latest message if several."""
    found: dict[str, Piece] = {}
    for ticket, customer in rows:
        for words in own_texts(ticket, customer):
            piece = marked_words(words, asked)
            if piece:
                found[ticket.id] = piece
                break
    left = {ticket.id: ticket.conversation_id for ticket, _ in rows if ticket.id not in found}
    if not left:
        return found
    notes = select(TicketNote.ticket_id, TicketNote.text).where(TicketNote.ticket_id.in_(left))
    _look_through(found, {each: [each] for each in left}, session.execute(notes).tuples().all(), asked)
    cases: dict[str, list[str]] = {}
    for ticket_id, conversation_id in left.items():
        cases.setdefault(conversation_id, []).append(ticket_id)
    said = (
        select(Message.conversation_id, Message.text)
        .where(Message.conversation_id.in_(cases), Message.author != "system")
        .order_by(Message.conversation_id, Message.seq.desc())
        .limit(MOST_LOOKED_THROUGH)
    )
    _look_through(found, cases, session.execute(said).tuples().all(), asked)
    return found


def _look_through(
    found: dict[str, Piece],
    cases: dict[str, list[str]],
    rows: Iterable[tuple[str, str]],
    asked: tuple[Term, ...],
) -> None:
    for key, words in rows:
        mine = [each for each in cases[key] if each not in found]
        piece = marked_words(words, asked) if mine else None
        if piece:
            found.update(dict.fromkeys(mine, piece))
