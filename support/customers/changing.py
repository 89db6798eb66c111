"""What staff change about a customer, told in the timeline of their cases. None of these commit."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.base import JsonObject
from support.conversations.tables import Conversation
from support.customers import queries
from support.customers.tables import Customer
from support.customers.tiers import DetailsRefused, checked_email, checked_phone, checked_tier
from support.staff.queries import SERVING_ROLES
from support.staff.tables import StaffMember
from support.tickets.changes import ConversationErased, locked, note_event
from support.tickets.states import OPEN_STATES, is_open
from support.tickets.tables import Ticket


class CustomerNotFound(Exception):
    """There is no such customer, or nothing is kept about them any more."""


@dataclass(frozen=True)
class Wanted:
    """What is to be kept about a customer; None for what is to stay, empty words for what is to be taken out."""

    tier: str | None = None
    named_staff_id: str | None = None
    email: str | None = None
    phone: str | None = None


def change(
    session: Session, customer_id: str, member: StaffMember, wanted: Wanted, ticket_id: str | None = None
) -> list[Ticket]:
    """Change what is kept about a customer; what is the same already changes nothing.

    A contact becomes that of their open cases as well. The change is told once in each open case, in the case it was
    made from, and in their newest one where none is open.

    Args:
        ticket_id: The case it was made from.

    Returns:
        The cases whose timeline tells it.

    Raises:
        CustomerNotFound: For an unknown customer, and for one who erased everything.
        ConversationErased: When the case it is made from was erased.
        DetailsRefused: For an unknown tier or colleague, and for what is no address or number.
    """
    told = _locked_cases(session, customer_id, ticket_id)
    customer = session.scalar(
        select(Customer)
        .where(Customer.id == customer_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if customer is None or queries.kept(session, customer_id) is None:
        raise CustomerNotFound(customer_id)
    changed = _apply(session, customer, wanted)
    noted = []
    for ticket in told:
        own = list(changed)
        if is_open(ticket.state) or ticket.id == ticket_id:
            known = {each["field"] for each in changed}
            own += [each for each in _to_case(ticket, wanted) if each["field"] not in known]
        if own:
            note_event(session, ticket, "customer_changed", member.id, {"changed": own})
            noted.append(ticket)
    return noted


def _locked_cases(session: Session, customer_id: str, ticket_id: str | None) -> list[Ticket]:
    """The cases that are to tell of a change, locked as everywhere in the order of their conversations."""
    own = (
        select(Ticket.id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.customer_id == customer_id, Conversation.token_hash != "")
    )
    chosen = set(session.scalars(own.where(Ticket.state.in_(OPEN_STATES))))
    if ticket_id is not None:
        chosen.add(ticket_id)
    if not chosen:
        chosen = set(session.scalars(own.order_by(Ticket.created_at.desc()).limit(1)))
    in_order = select(Ticket.id).where(Ticket.id.in_(chosen)).order_by(Ticket.conversation_id, Ticket.id)
    found = []
    for each in session.scalars(in_order).all():
        ticket, conversation = locked(session, each)
        if not conversation.token_hash:
            if each == ticket_id:
                raise ConversationErased
            continue
        # It may have become another customer's while we waited for it.
        if ticket.customer_id == customer_id:
            found.append(ticket)
    return found


def _to_case(ticket: Ticket, wanted: Wanted) -> list[JsonObject]:
    """Make the customer's contact that of a case, which may have had another; each change as in `_apply`."""
    changed: list[JsonObject] = []
    if wanted.email is not None and (ticket.contact_email or "") != (email := checked_email(wanted.email) or ""):
        changed.append({"field": "email", "from": ticket.contact_email or "", "to": email})
        ticket.contact_email = email or None
    if wanted.phone is not None and (ticket.contact_phone or "") != (phone := checked_phone(wanted.phone) or ""):
        changed.append({"field": "phone", "from": ticket.contact_phone or "", "to": phone})
        ticket.contact_phone = phone or None
    return changed


def _apply(session: Session, customer: Customer, wanted: Wanted) -> list[JsonObject]:
    """Set what is wanted; each change as {"field", "from", "to"}, colleagues by name."""
    changed: list[JsonObject] = []

    def note(field: str, before: str | None, after: str | None) -> bool:
        if (before or "") == (after or ""):
            return False
        changed.append({"field": field, "from": before or "", "to": after or ""})
        return True

    if wanted.tier is not None and note("tier", customer.tier, checked_tier(wanted.tier)):
        customer.tier = wanted.tier
    if wanted.named_staff_id is not None and wanted.named_staff_id != (customer.named_staff_id or ""):
        before = session.get(StaffMember, customer.named_staff_id) if customer.named_staff_id else None
        after = _colleague(session, wanted.named_staff_id)
        changed.append({"field": "named", "from": before.name if before else "", "to": after.name if after else ""})
        customer.named_staff_id = after.id if after else None
    if wanted.email is not None and note("email", customer.email, checked_email(wanted.email)):
        customer.email = checked_email(wanted.email)
    if wanted.phone is not None and note("phone", customer.phone, checked_phone(wanted.phone)):
        customer.phone = checked_phone(wanted.phone)
    return changed


def _colleague(session: Session, staff_id: str) -> StaffMember | None:
    if not staff_id:
        return None
    member = session.get(StaffMember, staff_id)
    if member is None or not member.active or member.role not in SERVING_ROLES:
        raise DetailsRefused("named_staff_id")
    return member
