"""Putting mails into the outbox, in the same unit of work as what they tell. None of these commit.

A mail is written only where somebody reads it: not to a customer who has the chat open, and not while no server is
set. What is queued here is sent by `delivery`.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from storage.base import now
from support.conversations.tables import Conversation, Message
from support.customers.tables import Customer
from support.mail import queries, words
from support.mail.mailing import Mailing, mailing_of
from support.mail.rules import (
    CONFIRMED_WITHIN,
    GATHERED_WITHIN,
    MOST_CONFIRMED_A_DAY,
    masked_address,
    new_header_id,
    subject_of,
)
from support.mail.tables import OutgoingMail
from support.staff.tables import StaffMember
from support.tickets.split_chat import chat_of
from support.tickets.tables import Ticket


def confirm(session: Session, ticket: Ticket, conversation: Conversation) -> str | None:
    """Confirm a case by mail, once, if its customer waits for people elsewhere and left an address.

    Returns:
        The address that the case's confirmation goes to; None when there is none to tell of.
    """
    mailing, address = mailing_of(session), ticket.contact_email
    if mailing is None or not address or conversation.status != "offline":
        return None
    if queries.confirmation_of(session, ticket.id) is not None or not _may_confirm(session, address):
        return None
    language = conversation.language
    own = ticket.subject if conversation.channel == "mail" else None
    subject = subject_of(own or words.confirmation_subject(language), ticket.number, answer=bool(own))
    text = words.confirmation(language, ticket, mailing.answers, _name(mailing))
    _queue(session, mailing, ticket, conversation, kind="confirmation", subject=subject, text=text, recipient=address)
    return address


def mail_reply(session: Session, ticket: Ticket, conversation: Conversation, message: Message) -> OutgoingMail | None:
    """Mail what a colleague said to a customer who is not in the chat, as far as an address is known.

    Returns:
        The mail; None when the customer has the words where they are, or cannot be reached by mail.
    """
    mailing, address = mailing_of(session), address_of(session, ticket)
    if mailing is None or address is None or is_here(session, mailing, conversation):
        return None
    text = message.text
    if file := (message.payload or {}).get("file"):
        link = mailing.public_url + file["address"] if mailing.public_url else ""
        text = words.file_words(conversation.language, file["name"], link, chat_of(session, conversation) is not None)
    language = conversation.language
    subject = subject_of(ticket.subject or words.case_subject(language), ticket.number, answer=bool(ticket.subject))
    queued = _queue(session, mailing, ticket, conversation, kind="reply", subject=subject, text=text, recipient=address)
    queued.message_id = message.id
    queued.due_at += GATHERED_WITHIN if chat_of(session, conversation) is not None else timedelta()
    session.flush()
    return queued


def mail_resolved(
    session: Session, ticket: Ticket, conversation: Conversation, member: StaffMember
) -> OutgoingMail | None:
    """Tell a customer who is not in the chat that their case is resolved, and how it is opened again."""
    mailing, address = mailing_of(session), address_of(session, ticket)
    if mailing is None or address is None or is_here(session, mailing, conversation):
        return None
    language = conversation.language
    subject = subject_of(ticket.subject or words.resolved_subject(language), ticket.number, answer=bool(ticket.subject))
    text = words.resolved(language, ticket.number, mailing.answers, member.name, _name(mailing))
    queued = _queue(
        session, mailing, ticket, conversation, kind="resolved", subject=subject, text=text, recipient=address
    )
    # After what was said just before.
    queued.due_at += GATHERED_WITHIN if chat_of(session, conversation) is not None else timedelta()
    session.flush()
    return queued


def queue_test(session: Session, member: StaffMember, language: str, subject: str, text: str) -> OutgoingMail | None:
    """A mail to a colleague themselves, to see that mail goes out; None while no server is set."""
    mailing = mailing_of(session)
    if mailing is None:
        return None
    mail = OutgoingMail(
        kind="test",
        recipient=member.email,
        subject=subject,
        text=text,
        language=language,
        header_id=new_header_id(mailing.address),
    )
    session.add(mail)
    session.flush()
    return mail


def goes_to(session: Session, ticket: Ticket, conversation: Conversation, chat: Conversation | None) -> str | None:
    """The address to which a reply would be mailed just now, mostly hidden; None when it would not be.

    Args:
        chat: The chat in which the customer reads what is said in the conversation (see `chat_of`).
    """
    mailing, address = mailing_of(session), address_of(session, ticket)
    if mailing is None or address is None or not conversation.token_hash or _in_chat(mailing, chat):
        return None
    return masked_address(address)


def address_of(session: Session, ticket: Ticket) -> str | None:
    """Where a case's customer can be reached by mail."""
    return ticket.contact_email or session.get_one(Customer, ticket.customer_id).email


def is_here(session: Session, mailing: Mailing, conversation: Conversation) -> bool:
    """Whether the customer has the chat open just now in which they read what is said in a conversation."""
    return _in_chat(mailing, chat_of(session, conversation))


def _in_chat(mailing: Mailing, chat: Conversation | None) -> bool:
    return chat is not None and mailing.customer_here(chat.id)


def _may_confirm(session: Session, address: str) -> bool:
    """Whether an address may get one more confirmation: anybody can type anybody's address."""
    moment = now()
    if queries.confirmed_since(session, address, moment - CONFIRMED_WITHIN):
        return False
    return queries.confirmed_since(session, address, moment - timedelta(days=1)) < MOST_CONFIRMED_A_DAY


def _name(mailing: Mailing) -> str:
    return mailing.name or mailing.address


def _queue(
    session: Session,
    mailing: Mailing,
    ticket: Ticket,
    conversation: Conversation,
    *,
    kind: str,
    subject: str,
    text: str,
    recipient: str,
) -> OutgoingMail:
    mail = OutgoingMail(
        ticket_id=ticket.id,
        kind=kind,
        recipient=recipient,
        subject=subject,
        text=text,
        language=conversation.language,
        header_id=new_header_id(mailing.address),
        due_at=now(),
    )
    session.add(mail)
    session.flush()
    return mail
