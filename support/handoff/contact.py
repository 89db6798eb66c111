"""Keeping how a customer can be reached. None of these commit."""

from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.tickets.tables import Ticket


def note_contact(session: Session, conversation: Conversation, ticket: Ticket, contact: dict[str, str]) -> None:
    """Keep an e-mail address or phone number with a (locked) case, and with the customer if none was known.

    Args:
        contact: As told by `contact_in` (see support/customers/identity.py).
    """
    customer = session.get_one(Customer, conversation.customer_id)
    ticket.contact_email = contact.get("email", ticket.contact_email)
    ticket.contact_phone = contact.get("phone", ticket.contact_phone)
    customer.email = customer.email or ticket.contact_email
    customer.phone = customer.phone or ticket.contact_phone
