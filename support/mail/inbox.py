"""Taking in a mail: whose it is, to which case it belongs, and what becomes of it. None of these commit.

That a mail says from whom it comes proves nothing. Whoever names the Message-ID of a mail of ours was sent it, because
nobody can guess one; a case's number in the subject counts only together with the case's own address, and neither lets
anybody read anything.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from storage.base import JsonObject, new_id, now
from support.conversations import operations as conversations
from support.conversations.tables import Conversation, Message
from support.conversations.telling import tell_created
from support.conversations.tokens import hash_token
from support.conversations.writing import add_message
from support.customers.tables import Customer
from support.files import queries as files
from support.files.operations import add_from_mail
from support.files.preparing import Prepared
from support.files.rules import FileRefused, check_room
from support.mail import outbox, queries
from support.mail.delivery import note_bounced
from support.mail.mailing import mailing_of
from support.mail.reading import Incoming
from support.mail.rules import MOST_ABOUT_CASES_AN_HOUR, MOST_RECEIVED_AN_HOUR, left_alone, plain_subject, tag_in
from support.mail.tables import ReceivedMail
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.changes import locked
from support.tickets.states import is_open
from support.tickets.summing_up import renew_for
from support.tickets.tables import Ticket
from support.tickets.together_queries import own_surviving
from support.tickets.waiting import customer_wrote
from texts.language import detect


@dataclass(frozen=True)
class Taken:
    """What became of a mail.

    Attributes:
        outcome: As kept with it (see tables.py); empty when it was here before.
        ticket: The case it belongs to now; None when it was left alone.
        used: The files that became messages.
    """

    outcome: str = ""
    ticket: Ticket | None = None
    used: Sequence[str] = ()


def take_in(session: Session, mail: Incoming, attached: Sequence[Prepared], left_out: Sequence[str]) -> Taken:
    """Take a mail in, once.

    Args:
        attached: Its files that can be kept; their bytes lie there already.
        left_out: The names of those that cannot, beside those that the mail itself names.
    """
    if queries.was_received(session, mail.header_id):
        return Taken()
    mailing = mailing_of(session)
    alone = left_alone(mail.headers, mail.sender, mailing.address if mailing else "", mail.bounced)
    if alone == "bounce":
        return _bounced(session, mail)
    known = _case_of(session, mail)
    if alone is None and mail.unreadable:
        alone = "unreadable"
    elif alone is None and not (mail.text or attached or left_out):
        alone = "empty"
    if alone is not None or _too_many(session, mail.sender, known):
        return _left_alone(session, mail, alone or "too_many", known)
    ticket, conversation = (None, None) if known is None else locked(session, known.id)
    if ticket is None or conversation is None or not conversation.token_hash:
        return _new_case(session, mail, attached, left_out)
    return _go_on(session, mail, attached, left_out, ticket, conversation)


def _too_many(session: Session, sender: str, known: Ticket | None) -> bool:
    hour_ago = now() - timedelta(hours=1)
    if known is None:
        return queries.taken_since(session, sender, hour_ago, ("new_case",)) >= MOST_RECEIVED_AN_HOUR
    return queries.taken_since(session, sender, hour_ago) >= MOST_ABOUT_CASES_AN_HOUR


def _case_of(session: Session, mail: Incoming) -> Ticket | None:
    """The case that a mail is about, as far as it can be believed; the one that goes on where cases were merged."""
    ours = queries.by_header_id(session, mail.thread_ids)
    ticket = session.get(Ticket, ours.ticket_id) if ours is not None and ours.ticket_id else None
    number = tag_in(mail.subject)
    if ticket is None and number is not None and mail.sender:
        ticket = queries.by_number_and_sender(session, number, mail.sender)
    return own_surviving(session, ticket) if ticket is not None else None


def _bounced(session: Session, mail: Incoming) -> Taken:
    ours = queries.by_header_id(session, mail.bounced_ids)
    told = note_bounced(session, ours) if ours is not None and ours.state == "sent" else None
    case = session.get(Ticket, ours.ticket_id) if ours is not None and ours.ticket_id else None
    _note(session, mail, "bounce", case, None)
    return Taken("bounce", told)


def _left_alone(session: Session, mail: Incoming, why: str, ticket: Ticket | None) -> Taken:
    _note(session, mail, why, ticket, None)
    return Taken(why)


def _go_on(
    session: Session,
    mail: Incoming,
    attached: Sequence[Prepared],
    left_out: Sequence[str],
    ticket: Ticket,
    conversation: Conversation,
) -> Taken:
    """The customer goes on with a case, or opens it again."""
    if not is_open(ticket.state):
        current = ticket_queries.open_for(session, conversation.id)
        ticket = locked(session, current.id)[0] if current is not None else ticket
    if not is_open(ticket.state):
        tickets.reopen(session, ticket.id, conversation.id, None)
    conversation.language = detect(mail.text, conversation.language)
    message, used = _say(session, mail, attached, left_out, conversation, ticket.contact_email)
    if conversation.status == "closed":
        conversations.move(conversation, "bot")
    if conversation.status in {"bot", "collecting_contact"}:
        # Whoever writes mails does not wait in the chat, and the assistant does not answer them.
        conversations.move(conversation, "offline")
    session.flush()
    customer_wrote(session, conversation)
    renew_for(session, conversation.id)
    _note(session, mail, "threaded", ticket, message)
    return Taken("threaded", ticket, used)


def _new_case(session: Session, mail: Incoming, attached: Sequence[Prepared], left_out: Sequence[str]) -> Taken:
    """A case of somebody of whom nothing is known but the address that the mail names.

    They are nobody whom the site vouched for, whatever address that one has.
    """
    subject = plain_subject(mail.subject)
    language = detect(f"{subject}\n{mail.text}")
    customer = Customer(id=new_id(), email=mail.sender, name=mail.sender_name or None, language=language)
    conversation = Conversation(
        id=new_id(),
        # Nobody knows the token: it goes on by mail.
        token_hash=hash_token(secrets.token_urlsafe(32)),
        customer_id=customer.id,
        language=language,
        page_language=language,
        context={},
        channel="mail",
        status="offline",
        last_seq=0,
    )
    session.add(customer)
    session.flush()
    session.add(conversation)
    session.flush()
    tell_created(session, conversation)
    message, used = _say(session, mail, attached, left_out, conversation, mail.sender)
    ticket = tickets.open_ticket(session, conversation, "mail", None)
    ticket.subject, ticket.contact_email = subject or None, mail.sender
    _note(session, mail, "new_case", ticket, message)
    outbox.confirm(session, ticket, conversation)
    return Taken("new_case", ticket, used)


def _say(
    session: Session,
    mail: Incoming,
    attached: Sequence[Prepared],
    left_out: Sequence[str],
    conversation: Conversation,
    address: str | None,
) -> tuple[Message, list[str]]:
    """The mail's words and files as the customer's messages; the first of them, and the files that found room."""
    kept, full = _with_room(session, conversation, attached)
    told: JsonObject = {"subject": plain_subject(mail.subject)}
    if mail.cut:
        told["cut"] = True
    if names := [*left_out, *mail.left_out, *full]:
        told["left_out"] = names
    if address and address.lower() != mail.sender:
        told["other_address"] = True
    first: Message | None = None
    if mail.text or not kept:
        first = add_message(session, conversation, "customer", mail.text, payload={"mail": told})
    # Beside the words, or beside the first file where there are none.
    messages = [
        add_from_mail(session, conversation, each, None if first or place else told) for place, each in enumerate(kept)
    ]
    return first or messages[0], [each.id for each in kept]


def _with_room(
    session: Session, conversation: Conversation, attached: Sequence[Prepared]
) -> tuple[list[Prepared], list[str]]:
    """The files that a conversation has room for, and the names of the others."""
    found = files.room(session, conversation.id)
    count, total = found.files, found.total
    kept, full = [], []
    for file in attached:
        try:
            check_room(count, total, len(file.content))
        except FileRefused:
            full.append(file.name)
            continue
        kept.append(file)
        count, total = count + 1, total + len(file.content)
    return kept, full


def _note(session: Session, mail: Incoming, outcome: str, ticket: Ticket | None, message: Message | None) -> None:
    session.add(
        ReceivedMail(
            header_id=mail.header_id,
            ticket_id=ticket.id if ticket else None,
            message_id=message.id if message else None,
            sender=mail.sender,
            subject=mail.subject[:300],
            outcome=outcome,
        )
    )
    session.flush()
