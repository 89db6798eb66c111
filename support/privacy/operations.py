"""Erasing what is kept about a customer. None of these commit.

Rows that others build on stay, without anything personal: of a conversation its times, language and outcome, of a
case its number, reason, category and times, of feedback its number, kind and time.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Delete, Update

from storage.base import now
from storage.purging import note_erasure
from support.conversations import queries as conversations
from support.conversations.tables import Conversation, Message, Retrieval
from support.conversations.telling import ERASED, tell_erased
from support.customers.tables import Customer
from support.feedback.tables import Feedback
from support.files.tables import StoredFile
from support.integrations.tables import WebhookDelivery
from support.mail.tables import OutgoingMail, ReceivedMail
from support.privacy import queries
from support.privacy.tables import ErasureReceipt
from support.satisfaction.tables import Rating, SurveyRequest
from support.tickets.documents import forget_documents
from support.tickets.tables import Ticket, TicketEvent, TicketNote, TicketTag
from support.turns.tables import Turn

# Without letters and digits that are taken for each other when somebody reads the number out.
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 12


@dataclass(frozen=True)
class Erased:
    """What was erased.

    Attributes:
        conversation_ids: The conversations that nothing is left of.
        file_ids: Files whose bytes are still to be removed, once this is committed.
    """

    receipt: ErasureReceipt
    conversation_ids: Sequence[str]
    file_ids: Sequence[str]


def erase_conversation(session: Session, conversation_id: str) -> Erased:
    """Erase what was said in one conversation; with the last of their conversations goes who the customer is."""
    # With all others, so that of two that are erased at once one sees that it is the last.
    conversation = conversations.locked_with_others(session, conversation_id)
    # What colleagues parted from it holds copies of its words, where the customer does not look for them.
    erased = _erase(session, [conversation, *queries.split_from(session, conversation)])
    session.flush()
    if not queries.conversations_of(session, conversation.customer_id):
        _forget(session, conversation.customer_id)
    return erased


def erase_customer(session: Session, conversation_id: str) -> Erased:
    """Erase everything of the customer whose conversation this is, in all of their conversations."""
    customer_id = conversations.locked_with_others(session, conversation_id).customer_id
    # Whoever opens one more for them has to wait now; what was opened while we waited is found below.
    session.get_one(Customer, customer_id, with_for_update=True)
    erased = _erase(session, queries.locked_conversations(session, customer_id))
    _forget(session, customer_id)
    return erased


def _erase(session: Session, chosen: Sequence[Conversation]) -> Erased:
    """Erase what belongs to some (locked) conversations, and write a receipt that says nothing about whose it was."""
    ids = [each.id for each in chosen]
    fresh = [each.id for each in chosen if each.token_hash]
    counts = Counter({"conversations": len(fresh), "tickets": queries.count_tickets(session, fresh)})
    file_ids = [each.id for conversation_id in ids for each in queries.files_of(session, conversation_id)]
    # What refers to others goes before them.
    counts["mails"] = _erase_mails(session, ids)
    for kind, table in (
        ("files", StoredFile),
        ("ratings", Rating),
        ("surveys_asked", SurveyRequest),
        ("searches", Retrieval),
        ("turns", Turn),
        ("messages", Message),
    ):
        counts[kind] = _changed(session, delete(table).where(table.conversation_id.in_(ids)))
    forget_documents(session, ids)
    # Calls on their way to other programs hold the same words; that an earlier part was erased is still to be told.
    calls = delete(WebhookDelivery).where(WebhookDelivery.conversation_id.in_(ids))
    _changed(session, calls.where(WebhookDelivery.event != ERASED))
    tickets = Ticket.conversation_id.in_(ids)
    events = update(TicketEvent).where(TicketEvent.ticket_id.in_(session.query(Ticket.id).where(tickets)))
    _changed(session, events.values(details={}))
    # Who was named in a note goes with it.
    for kept in (TicketNote, TicketTag):
        _changed(session, delete(kept).where(kept.ticket_id.in_(session.query(Ticket.id).where(tickets))))
    blank: dict[str, object] = {"summary": "", "details": {}, "resolution_note": None}
    # With a new time, so that whoever keeps something of old cases in memory sees it and lets go of it.
    blank |= {"contact_email": None, "contact_phone": None, "subject": None, "updated_at": now()}
    _changed(session, update(Ticket).where(tickets).values(**blank))
    said = update(Feedback).where(Feedback.conversation_id.in_(ids), Feedback.text != "")
    counts["feedback"] = _changed(session, said.values(text=""))
    for conversation in chosen:
        _empty(conversation)
        if conversation.id in fresh:
            tell_erased(session, conversation)
    receipt = ErasureReceipt(number=_number(), counts=dict(counts), erased_at=now())
    session.add(receipt)
    note_erasure(session)
    session.flush()
    return Erased(receipt, ids, file_ids)


def _erase_mails(session: Session, ids: Sequence[str]) -> int:
    """Erase what was mailed about some conversations' cases, either way; what still waits is not sent any more.

    Mails of the same addresses that belong to no case go as well: nobody else could be told of them.
    """
    own = select(Ticket.id).where(Ticket.conversation_id.in_(ids))
    given = select(func.lower(Ticket.contact_email)).where(
        Ticket.conversation_id.in_(ids), Ticket.contact_email.is_not(None)
    )
    theirs = ReceivedMail.ticket_id.in_(own) | (ReceivedMail.ticket_id.is_(None) & ReceivedMail.sender.in_(given))
    return _changed(session, delete(OutgoingMail).where(OutgoingMail.ticket_id.in_(own))) + _changed(
        session, delete(ReceivedMail).where(theirs)
    )


def _empty(conversation: Conversation) -> None:
    if conversation.closed_by != "erased":
        conversation.closed_at = now()
        conversation.closed_by = "erased"
    conversation.status = "closed"
    conversation.token_hash = ""
    conversation.page = conversation.client_id = conversation.staff_id = conversation.queued_at = None
    conversation.supervisor_id = conversation.request_digest = None
    conversation.context = {}


def _forget(session: Session, customer_id: str) -> None:
    """Keep of a customer only that there was one."""
    address = select(func.lower(Customer.email)).where(Customer.id == customer_id, Customer.email.is_not(None))
    mails = delete(ReceivedMail).where(ReceivedMail.ticket_id.is_(None), ReceivedMail.sender.in_(address))
    _changed(session, mails)
    nothing: dict[str, object] = {"external_id": None, "name": None, "email": None, "phone": None}
    nothing |= {"consented_at": None, "tier": "", "named_staff_id": None}
    session.execute(update(Customer).where(Customer.id == customer_id).values(**nothing))


def _changed(session: Session, statement: Delete | Update) -> int:
    """Carry a statement out; how many rows it met."""
    done = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)
    return done.rowcount


def _number() -> str:
    return "E-" + "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
