"""Cases that other programs open, and what they say in them. None of these commit."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import new_id
from support.conversations import listing
from support.conversations import operations as conversations
from support.conversations import queries as conversation_queries
from support.conversations.rules import clean_text
from support.conversations.tables import Conversation, Message
from support.conversations.telling import tell_created
from support.conversations.tokens import hash_token, token_of
from support.conversations.writing import add_message
from support.customers import operations as customers
from support.customers.operations import CustomerDetails
from support.customers.tables import Customer
from support.mail.outbox import confirm
from support.staff.tables import StaffMember
from support.tickets import queries
from support.tickets.operations import NotInCharge, open_ticket, reply
from support.tickets.split_chat import lock_with_chat
from support.tickets.tables import Ticket

CHANNEL = "api"


class CustomerNotFound(Exception):
    """There is no such customer, or they have erased everything."""


class ConversationNotFound(Exception):
    """There is no such conversation."""


class KeyUsedOtherwise(Exception):
    """The program's own id of a request belongs to another request, with other contents."""


@dataclass(frozen=True)
class Report:
    """A case as another program tells it.

    Attributes:
        text: The customer's own words.
        customer_id: A customer who is known here; empty for somebody told by `details`, whose `id` is the one that
            the company's site knows them by (a program with a token is believed, as the site is).
        own_id: The program's own id of the request: the same again is the same case.
        digest: Of all that the request holds, so that another one under the same id is noticed; empty to not compare.
    """

    text: str
    language: str
    subject: str = ""
    reason: str = "program"
    category: str | None = None
    priority: str | None = None
    customer_id: str = ""
    details: CustomerDetails = field(default_factory=CustomerDetails)
    own_id: str | None = None
    digest: str = ""


def open_from_outside(session: Session, report: Report, secret: str) -> tuple[Ticket, bool]:
    """Open a conversation with the customer's words and a case for it. Nobody waits in it, so it joins no queue.

    The customer's address gets a confirmation, as of any case that nobody waits for in the chat.

    Args:
        secret: From which the conversation's token follows.

    Returns:
        The case, and whether it was there before.

    Raises:
        CustomerNotFound: For a customer who is not known here.
        KeyUsedOtherwise: When another request came with the same id before.
        MessageRefused: For an empty or overlong text.
    """
    words = clean_text(report.text)
    known = _opened_before(session, report)
    if known is not None:
        return known, True
    try:
        with session.begin_nested():
            conversation = _conversation(session, report, secret)
    except IntegrityError:
        # The same request came twice at once, and the other one was quicker.
        known = _opened_before(session, report)
        if known is None:
            raise
        return known, True
    tell_created(session, conversation)
    add_message(session, conversation, "customer", words)
    conversations.move(conversation, "offline")
    ticket = open_ticket(session, conversation, report.reason, None, report.priority, category=report.category)
    ticket.subject = report.subject or None
    customer = session.get_one(Customer, conversation.customer_id)
    ticket.contact_email, ticket.contact_phone = customer.email, customer.phone
    session.flush()
    confirm(session, ticket, conversation)
    return ticket, False


def say(session: Session, conversation_id: str, member: StaffMember, text: str, own_id: str | None = None) -> Message:
    """Say something to the customer in the name of a colleague who has the chat.

    Args:
        own_id: The program's own id of the message: the same again is the same message.

    Raises:
        ConversationNotFound: For an unknown one.
        KeyUsedOtherwise: When other words were said under the same id before.
        NotInCharge, ConversationErased, MessageRefused: As `reply`.
    """
    if session.get(Conversation, conversation_id) is None:
        raise ConversationNotFound(conversation_id)
    lock_with_chat(session, conversation_id)
    conversation_queries.locked(session, conversation_id)
    known = conversation_queries.message_by_client_id(session, conversation_id, own_id) if own_id else None
    if known is not None:
        if known.text != clean_text(text):
            raise KeyUsedOtherwise
        return known
    ticket = queries.open_for(session, conversation_id)
    if ticket is None:
        raise NotInCharge
    reply(session, ticket.id, member, text)
    message = listing.latest_of(session, conversation_id, member.id)
    message.client_id = own_id
    session.flush()
    return message


def _opened_before(session: Session, report: Report) -> Ticket | None:
    if report.own_id is None:
        return None
    query = (
        select(Ticket, Conversation.request_digest)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Conversation.client_id == report.own_id)
        .order_by(Ticket.created_at)
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    ticket, digest = row
    if report.digest and digest and digest != report.digest:
        raise KeyUsedOtherwise
    found: Ticket = ticket
    return found


def _conversation(session: Session, report: Report, secret: str) -> Conversation:
    customer = _customer(session, report)
    conversation = Conversation(
        id=new_id(),
        client_id=report.own_id,
        request_digest=(report.digest or None) if report.own_id else None,
        customer_id=customer.id,
        channel=CHANNEL,
        language=report.language,
        page_language=report.language,
        context={},
        status="bot",
        last_seq=0,
    )
    conversation.token_hash = hash_token(token_of(secret, conversation.id, customer.id))
    session.add(conversation)
    session.flush()
    return conversation


def _customer(session: Session, report: Report) -> Customer:
    if report.customer_id:
        customer = customers.kept(session, report.customer_id)
        if customer is None:
            raise CustomerNotFound(report.customer_id)
        return customer
    if report.details.id:
        return customers.signed_customer(session, report.details, report.language)
    customer = Customer()
    customers.note_details(session, customer, report.details, report.language)
    return customer
