"""Reading what went out and what came in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from support.customers.tables import Customer
from support.mail.tables import OutgoingMail, ReceivedMail
from support.tickets.tables import Ticket

PAGE = 50
OUT_STATES = ("waiting", "sending", "sent", "failed", "seen")
OUTCOMES = ("threaded", "new_case", "bounce", "automatic", "loop", "too_many", "unknown", "empty", "unreadable")
# What was taken as a customer's words.
TAKEN = ("threaded", "new_case")


def next_due(session: Session, at: datetime) -> OutgoingMail | None:
    """The mail that has been due for longest, also one that somebody began to send and never told about."""
    query = select(OutgoingMail).where(OutgoingMail.state.in_(("waiting", "sending")), OutgoingMail.due_at <= at)
    return session.scalar(query.order_by(OutgoingMail.due_at, OutgoingMail.created_at, OutgoingMail.id).limit(1))


def going_together(session: Session, first: OutgoingMail) -> Sequence[OutgoingMail]:
    """Replies of the same case that go in one mail with this one: those written meanwhile, or tried with it before."""
    if first.kind != "reply" or first.ticket_id is None:
        return []
    same = select(OutgoingMail).where(
        OutgoingMail.id != first.id,
        OutgoingMail.ticket_id == first.ticket_id,
        OutgoingMail.kind == "reply",
        OutgoingMail.recipient == first.recipient,
        OutgoingMail.state == first.state,
        OutgoingMail.attempts == first.attempts,
    )
    if first.attempts or first.state != "waiting":
        same = same.where(OutgoingMail.due_at == first.due_at)
    return session.scalars(same.order_by(OutgoingMail.created_at, OutgoingMail.id)).all()


def by_header_id(session: Session, ids: Sequence[str]) -> OutgoingMail | None:
    """The mail of ours that is named first in a list of Message-IDs."""
    if not ids:
        return None
    found = session.scalars(select(OutgoingMail).where(OutgoingMail.header_id.in_(ids)))
    known = {each.header_id: each for each in found}
    return next((known[each] for each in ids if each in known), None)


def was_received(session: Session, header_id: str) -> bool:
    """Whether a mail was here before."""
    return session.scalar(select(ReceivedMail.id).where(ReceivedMail.header_id == header_id)) is not None


def ids_of_case(session: Session, ticket_id: str, but: str) -> list[str]:
    """The Message-IDs of a case's mails, oldest first: what came, and what was sent."""
    came = select(ReceivedMail.header_id, ReceivedMail.received_at).where(
        ReceivedMail.ticket_id == ticket_id, ReceivedMail.outcome.in_(TAKEN)
    )
    went = select(OutgoingMail.header_id, OutgoingMail.sent_at).where(
        OutgoingMail.ticket_id == ticket_id, OutgoingMail.state == "sent", OutgoingMail.header_id != but
    )
    # What went together went under the Message-ID of the first.
    together: dict[datetime | None, str] = {}
    for header_id, sent_at in session.execute(went.order_by(OutgoingMail.created_at, OutgoingMail.id)):
        together.setdefault(sent_at, header_id)
    rows = [(at, header_id) for at, header_id in together.items() if at is not None]
    rows += [(at, header_id) for header_id, at in session.execute(came)]
    return [header_id for _, header_id in sorted(rows)]


def confirmation_of(session: Session, ticket_id: str) -> OutgoingMail | None:
    """The confirmation of a case."""
    return session.scalar(
        select(OutgoingMail).where(OutgoingMail.ticket_id == ticket_id, OutgoingMail.kind == "confirmation").limit(1)
    )


def confirmed_since(session: Session, recipient: str, moment: datetime) -> int:
    """How many confirmations an address got since a moment."""
    query = select(func.count()).select_from(OutgoingMail)
    query = query.where(OutgoingMail.recipient == recipient, OutgoingMail.kind == "confirmation")
    return session.scalar(query.where(OutgoingMail.created_at > moment)) or 0


def taken_since(session: Session, sender: str, moment: datetime, outcomes: Sequence[str] = TAKEN) -> int:
    """How many mails of an address were taken since a moment, with one of these outcomes."""
    query = select(func.count()).select_from(ReceivedMail)
    query = query.where(ReceivedMail.sender == sender, ReceivedMail.outcome.in_(outcomes))
    return session.scalar(query.where(ReceivedMail.received_at > moment)) or 0


def by_number_and_sender(session: Session, number: str, sender: str) -> Ticket | None:
    """A case by its number, if an address is its own or its customer's."""
    query = select(Ticket).join(Customer, Customer.id == Ticket.customer_id).where(Ticket.number == number)
    own = or_(func.lower(Ticket.contact_email) == sender, func.lower(Customer.email) == sender)
    return session.scalar(query.where(own))


def of_ticket(session: Session, ticket_id: str) -> Sequence[OutgoingMail]:
    """What went out about a case, in order."""
    query = select(OutgoingMail).where(OutgoingMail.ticket_id == ticket_id)
    return session.scalars(query.order_by(OutgoingMail.created_at, OutgoingMail.id)).all()


def notices_of(session: Session, conversation_id: str) -> Sequence[OutgoingMail]:
    """The confirmations and notices that the customer of a conversation was sent, in order."""
    query = select(OutgoingMail).join(Ticket, Ticket.id == OutgoingMail.ticket_id)
    query = query.where(Ticket.conversation_id == conversation_id, OutgoingMail.state == "sent")
    return session.scalars(query.where(OutgoingMail.kind != "reply").order_by(OutgoingMail.sent_at)).all()


def stamp(session: Session, ticket_id: str) -> tuple[tuple[str, int], ...]:
    """A value that differs whenever one of a case's mails went another step."""
    query = select(OutgoingMail.state, func.count()).where(OutgoingMail.ticket_id == ticket_id)
    return tuple(sorted((state, count) for state, count in session.execute(query.group_by(OutgoingMail.state))))


def outbox(session: Session, state: str, page: int = 1) -> Sequence[tuple[OutgoingMail, str | None]]:
    """A page of what goes out, newest first, each with its case's number; of all states when none is named."""
    query = select(OutgoingMail, Ticket.number).outerjoin(Ticket, Ticket.id == OutgoingMail.ticket_id)
    if state:
        query = query.where(OutgoingMail.state == state)
    query = query.order_by(OutgoingMail.created_at.desc(), OutgoingMail.id).limit(PAGE).offset((page - 1) * PAGE)
    return [(mail, number) for mail, number in session.execute(query)]


def inbox(session: Session, outcome: str, page: int = 1) -> Sequence[tuple[ReceivedMail, str | None]]:
    """A page of what came, newest first, each with its case's number; of all outcomes when none is named."""
    query = select(ReceivedMail, Ticket.number).outerjoin(Ticket, Ticket.id == ReceivedMail.ticket_id)
    if outcome:
        query = query.where(ReceivedMail.outcome == outcome)
    query = query.order_by(ReceivedMail.received_at.desc(), ReceivedMail.id).limit(PAGE).offset((page - 1) * PAGE)
    return [(mail, number) for mail, number in session.execute(query)]


def counts(session: Session) -> dict[str, int]:
    """How many mails of each state there are."""
    query = select(OutgoingMail.state, func.count()).group_by(OutgoingMail.state)
    return {row[0]: row[1] for row in session.execute(query)}
