"""Recording who a customer is. None of these commit."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations.tables import Conversation
from support.customers.identity import WINDOW_SECONDS, SignatureRefused, check_signature
from support.customers.joining import Known, check_may_join, together
from support.customers.tables import Customer, UsedNonce
from support.feedback.tables import Feedback
from support.satisfaction.tables import SurveyRequest
from support.tickets.tables import Ticket

# Whoever was slower finds the customer the next time, unless they were forgotten in between.
_TIMES_AGAIN = 2


@dataclass(frozen=True)
class CustomerDetails:
    """What a page says about its user; `signature` is the site's over id, time (Unix seconds) and nonce."""

    id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    signature: str = ""
    time: int | None = None
    nonce: str = ""


def check_vouched(session: Session, details: CustomerDetails, identity_secret: str, request_id: str | None) -> None:
    """See that the site vouches for a customer, and use its signature up.

    Args:
        request_id: The client's own id of the request, which may be sent again with the same signature.

    Raises:
        SignatureRefused: When the signature does not fit, is too old, or was used by another request.
    """
    moment = time.time()
    check_signature(identity_secret, details.id, details.time, details.nonce, details.signature, moment)
    _use(session, details.nonce, details.time or int(moment), request_id)


def signed_customer(session: Session, details: CustomerDetails, language: str) -> Customer:
    """The customer whom the site vouches for (see `check_vouched`), locked, and new if they were never here.

    Who was forgotten is new. Conversations that are locked as well are locked before.
    """
    customer = _locked_or_new(session, details.id, language)
    note_details(session, customer, details, language)
    return customer


def id_of_signed(session: Session, external_id: str) -> str | None:
    """The customer with an id that the site gave, as far as known; without a lock."""
    return session.scalar(select(Customer.id).where(Customer.external_id == external_id))


def locked(session: Session, customer_id: str) -> Customer | None:
    """A customer as they are now, whom nobody else may change until this unit of work ends; others can still refer to
    them. None for one who is not there any more.
    """
    return _locked(session, Customer.id == customer_id)


def note_details(session: Session, customer: Customer, details: CustomerDetails, language: str) -> None:
    """Keep what a page says about its user; what it leaves out stays as it was."""
    customer.name = details.name or customer.name
    customer.email = details.email or customer.email
    customer.phone = details.phone or customer.phone
    customer.language = language
    session.add(customer)
    session.flush()


def join(session: Session, customer: Customer, signed: Customer) -> list[str]:
    """Make everything of an anonymous customer a signed customer's; nothing happens when both are the same.

    Returns:
        The conversations that changed hands.

    Raises:
        OtherCustomer: When `customer` is somebody else whom the site signed in.
    """
    if customer.id == signed.id:
        return []
    check_may_join(customer.external_id, signed.external_id or "")
    # Whoever opens a case or another conversation locks a conversation first, and so waits for us.
    # Conversations are locked before customers, everywhere.
    own = select(Conversation.id).where(Conversation.customer_id == customer.id).order_by(Conversation.id)
    session.scalars(own.with_for_update()).all()
    if _locked(session, Customer.id == customer.id, key_share=False) is None:
        return []
    # With what a program opened for them, which knows of no conversation and locks only the customer (see `kept`).
    joined = list(session.scalars(own.with_for_update()))
    for table in (Conversation, Ticket, Feedback, SurveyRequest):
        session.execute(update(table).where(table.customer_id == customer.id).values(customer_id=signed.id))
    known = together(_known(signed), _known(customer))
    signed.name, signed.email, signed.phone = known.name, known.email, known.phone
    signed.consented_at = known.consented_at
    signed.tier, signed.named_staff_id = known.tier, known.named_staff_id
    session.flush()
    session.execute(delete(Customer).where(Customer.id == customer.id))
    return joined


def consent(session: Session, customer_id: str) -> Customer:
    """Note that a customer agreed to the privacy notice; the first time counts."""
    customer = session.get_one(Customer, customer_id)
    customer.consented_at = customer.consented_at or now()
    return customer


def known_contact(session: Session, conversation_id: str) -> str:
    """How the customer of a conversation can be reached, as far as they told; empty when they did not."""
    conversation = session.get_one(Conversation, conversation_id)
    customer = session.get_one(Customer, conversation.customer_id)
    return customer.email or customer.phone or ""


def has_consented(session: Session, conversation_id: str) -> bool:
    """Whether the customer of a conversation agreed to the privacy notice."""
    query = (
        select(Customer.consented_at)
        .join(Conversation, Conversation.customer_id == Customer.id)
        .where(Conversation.id == conversation_id)
    )
    return session.scalar(query) is not None


def _use(session: Session, nonce: str, signed_at: int, request_id: str | None) -> None:
    """Use a signature up; those that are too old to be taken anyway are no longer kept."""
    # Rows that somebody else is removing just now are left to them, or both could wait for each other.
    old = select(UsedNonce.nonce).where(UsedNonce.expires_at < now()).with_for_update(skip_locked=True)
    session.execute(delete(UsedNonce).where(UsedNonce.nonce.in_(old)).execution_options(synchronize_session=False))
    known = session.get(UsedNonce, nonce)
    if known is None:
        expires = datetime.fromtimestamp(signed_at, UTC) + timedelta(seconds=WINDOW_SECONDS)
        try:
            with session.begin_nested():
                session.add(UsedNonce(nonce=nonce, request_id=request_id, expires_at=expires))
            return
        except IntegrityError:
            known = session.get(UsedNonce, nonce)
    if known is None or request_id is None or known.request_id != request_id:
        raise SignatureRefused("used")


def _known(customer: Customer) -> Known:
    return Known(
        customer.name,
        customer.email,
        customer.phone,
        customer.consented_at,
        customer.tier or "",
        customer.named_staff_id,
    )


def kept(session: Session, customer_id: str) -> Customer | None:
    """A customer of whom something is kept, locked; None for one who is unknown or has erased everything."""
    customer = locked(session, customer_id)
    own = select(Conversation.id).where(Conversation.customer_id == customer_id, Conversation.token_hash != "")
    return customer if session.scalar(own.limit(1)) is not None else None


def _locked_or_new(session: Session, external_id: str, language: str) -> Customer:
    for _ in range(_TIMES_AGAIN):
        customer = _locked(session, Customer.external_id == external_id)
        if customer is not None:
            return customer
        try:
            with session.begin_nested():
                return _new(session, external_id, language)
        except IntegrityError:
            # Another request of the same customer was quicker.
            continue
    return _locked(session, Customer.external_id == external_id) or _new(session, external_id, language)


def _new(session: Session, external_id: str, language: str) -> Customer:
    customer = Customer(external_id=external_id, language=language)
    session.add(customer)
    session.flush()
    return customer


def _locked(session: Session, whose: ColumnElement[bool], key_share: bool = True) -> Customer | None:
    """A customer as they are now, locked; None when there is none.

    Args:
        key_share: Whether others can still refer to them.
    """
    query = select(Customer).where(whose).with_for_update(key_share=key_share)
    return session.scalar(query.execution_options(populate_existing=True))
