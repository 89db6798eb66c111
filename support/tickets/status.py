"""What a customer is told about a case, once it is sure that it is theirs."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.customers.identity import contact_in
from support.tickets import queries
from support.tickets.states import is_open
from support.tickets.tables import Ticket
from support.tickets.together_queries import surviving

# Fewer digits in common say too little about whose phone it is.
SAME_DIGITS = 8


@dataclass(frozen=True)
class CaseStatus:
    """How a case stands: only what its owner may see, and nothing of what was said in it.

    Attributes:
        step: "waiting" for somebody to take it, "in_progress", "your_turn" when we wait for the customer, "resolved".
    """

    ticket_id: str
    number: str
    conversation_id: str
    step: str
    priority: str
    opened_at: datetime
    resolved_at: datetime | None

    def payload(self) -> dict[str, object]:
        """The `ticket` part of a message's payload."""
        return {"number": self.number, "state": self.step, "priority": self.priority}


def of_conversation(session: Session, conversation_id: str, number: str | None = None) -> CaseStatus | None:
    """The newest case of a conversation, or the one with a number; whoever holds the conversation may know it."""
    if number is None:
        latest = queries.latest_for(session, conversation_id)
        return _status(session, latest) if latest else None
    ticket = queries.by_number(session, number)
    return _status(session, ticket) if ticket is not None and ticket.conversation_id == conversation_id else None


def of_owner(session: Session, number: str, contact: str) -> CaseStatus | None:
    """The case with a number, if the e-mail address or phone number in a text is the one it was given.

    A wrong number and a wrong contact are not told apart, so that nobody learns which cases there are.
    """
    ticket = queries.by_number(session, number)
    if ticket is None or not same_contact(ticket.contact_email, ticket.contact_phone, contact):
        return None
    return _status(session, ticket)


def known(session: Session, number: str) -> CaseStatus | None:
    """The case with a number, for who has proved already that it is theirs; none once they erased what it was about."""
    ticket = queries.by_number(session, number)
    if ticket is None or not session.get_one(Conversation, ticket.conversation_id).token_hash:
        return None
    return _status(session, ticket)


def same_contact(email: str | None, phone: str | None, words: str) -> bool:
    """Whether a text holds the same e-mail address, or a phone number with the same last digits. Pure."""
    given = contact_in(words) or {}
    if email and given.get("email", "").lower() == email.lower():
        return True
    known, told = (re.sub(r"\D", "", number or "") for number in (phone, given.get("phone")))
    return len(told) >= SAME_DIGITS and len(known) >= SAME_DIGITS and known[-SAME_DIGITS:] == told[-SAME_DIGITS:]


def _status(session: Session, asked: Ticket) -> CaseStatus:
    """How a case stands under its own number; of one that was merged, how the case stands that it goes on as."""
    ticket = surviving(session, asked)
    step = "waiting"
    if not is_open(ticket.state):
        step = "resolved"
    elif ticket.state == "waiting_for_customer":
        step = "your_turn"
    elif ticket.staff_id is not None:
        step = "in_progress"
    return CaseStatus(
        asked.id,
        asked.number,
        asked.conversation_id,
        step,
        ticket.priority,
        asked.created_at,
        ticket.resolved_at,
    )
