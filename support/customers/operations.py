"""Recording who a customer is. None of these commit."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.customers.identity import vouched
from support.customers.tables import Customer


class SignatureRefused(Exception):
    """The id was sent with a signature that the company's site did not make."""


@dataclass(frozen=True)
class CustomerDetails:
    """What a page says about its user."""

    id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    signature: str = ""


def recognise(session: Session, details: CustomerDetails | None, language: str, identity_secret: str) -> Customer:
    """The customer a new conversation belongs to.

    An id counts only with the site's signature; without one the customer is new, and
    name and contact are taken as what they say about themselves.

    Raises:
        SignatureRefused: When a signature was given and is wrong.
    """
    given = details or CustomerDetails()
    known: Customer | None = None
    external_id = None
    if given.signature:
        if not vouched(identity_secret, given.id, given.signature):
            raise SignatureRefused
        external_id = given.id
        known = session.scalar(select(Customer).where(Customer.external_id == external_id))
    customer = known or Customer(external_id=external_id)
    customer.name = given.name or customer.name
    customer.email = given.email or customer.email
    customer.phone = given.phone or customer.phone
    customer.language = language
    session.add(customer)
    session.flush()
    return customer


def known_contact(session: Session, conversation_id: str) -> str:
    """How the customer of a conversation can be reached, as far as they told; empty when they did not."""
    conversation = session.get_one(Conversation, conversation_id)
    customer = session.get_one(Customer, conversation.customer_id)
    return customer.email or customer.phone or ""
