"""Handing a conversation to people, and how they can be reached. None of these commit."""

from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import operations as conversations
from support.conversations import queries as conversation_queries
from support.conversations.states import SPLIT, person_in_charge
from support.conversations.tables import Conversation
from support.customers.identity import contact_in
from support.customers.tables import Customer
from support.handoff.contact import note_contact
from support.hours.queries import hours_for
from support.hours.rules import Opening, is_open, next_opening
from support.mail.outbox import confirm
from support.routing import waits
from support.routing.queries import expected_minutes
from support.staff import queries as staff_queries
from support.staff.operations import present_since
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.changes import note_event
from support.tickets.priority import FIRST_RESPONSE_HOURS, more_urgent, priority_for
from support.tickets.summing_up import renew
from support.tickets.tables import Ticket
from support.tickets.waiting import came_back
from support.turns.operations import TurnOver, may_act


@dataclass(frozen=True)
class HandOff:
    """What the customer is told after a hand-off.

    Attributes:
        number: The ticket's number.
        reason: Why it was opened.
        place: Place in the queue, 1 for the next; None when nobody is on duty.
        on_duty: Whether somebody is there to take it.
        needs_contact: Whether we must ask how to reach them.
        repeated: Whether the case was open before.
        waited: Whether the customer was in the queue before; a case may be open without, as after a hand-back.
        priority: Its colour (see support/tickets/priority.py).
        confirmed_to: The address to which a confirmation goes because of this; None when none does.
        wait_minutes: About how long it takes until somebody joins; None when nobody can tell.
        opening: When we are open again; None within the opening hours, and where none are kept.
    """

    number: str
    reason: str
    place: int | None
    on_duty: bool
    needs_contact: bool
    repeated: bool
    priority: str = "green"
    waited: bool = False
    confirmed_to: str | None = None
    wait_minutes: int | None = None
    opening: Opening | None = None

    @property
    def hours(self) -> int:
        """Within how many hours somebody answers at the latest."""
        return FIRST_RESPONSE_HOURS[self.priority]

    def payload(self) -> dict[str, object]:
        """The `ticket` part of a message's payload."""
        return {
            "number": self.number,
            "reason": self.reason,
            "place": self.place,
            "on_duty": self.on_duty,
            "priority": self.priority,
            "wait_minutes": self.wait_minutes,
        }


@dataclass(frozen=True)
class CaseFacts:
    """What is known about a case when it is opened.

    Attributes:
        priority: Its colour; None for what is usual for the reason.
        details: What the customer told in a form, by field.
        contact: Words that hold an e-mail address or phone number, or nothing.
        contact_declined: Whether they would rather not say how to reach them.
    """

    priority: str | None = None
    details: dict[str, str] = field(default_factory=dict)
    contact: str = ""
    contact_declined: bool = False


def request(
    session: Session, conversation_id: str, reason: str, turn_id: str | None, facts: CaseFacts | None = None
) -> HandOff:
    """Hand a conversation to people: open a case, or join the one that is open.

    A case that is joined takes the more urgent of both colours. Called again for the same turn it changes nothing more,
    and tells how things stand by then: who came into the queue by the first call is said to have waited there.

    Raises:
        TurnOver: When the turn is over already.
    """
    conversation = _for_turn(session, conversation_id, turn_id)
    known = ticket_queries.by_turn(session, turn_id) if turn_id else None
    joined = None if known else ticket_queries.open_for(session, conversation_id)
    ticket = known or joined
    told, waited = facts or CaseFacts(), conversation.status == "queued"
    if ticket is None:
        ticket = tickets.open_ticket(session, conversation, reason, turn_id, told.priority, told.details)
        customer = session.get_one(Customer, conversation.customer_id)
        ticket.contact_email, ticket.contact_phone = customer.email, customer.phone
    elif joined is not None:
        _join(session, joined, reason, told)
    note_contact(session, conversation, ticket, contact_in(told.contact) or {})
    if not person_in_charge(conversation.status) and ticket.state not in {"resolved", "closed"}:
        _wait(session, conversation, ticket, told.contact_declined)
    confirmed = confirm(session, ticket, conversation)
    said = _told(session, conversation, ticket, repeated=joined is not None)
    return replace(said, waited=waited and said.repeated, confirmed_to=confirmed)


def opened_case(session: Session, turn_id: str) -> bool:
    """Whether an action of this turn opened a case."""
    return ticket_queries.by_turn(session, turn_id) is not None


def save_contact(session: Session, conversation_id: str, text: str, turn_id: str | None) -> tuple[HandOff, str] | None:
    """Keep the e-mail address or phone number in a text with the open case.

    Returns:
        The case and the contact as we understood it; None when the text holds neither, or no case is open.

    Raises:
        TurnOver: When the turn is over already.
    """
    contact = contact_in(text)
    if contact is None or ticket_queries.open_for(session, conversation_id) is None:
        return None
    conversation = _for_turn(session, conversation_id, turn_id)
    ticket = ticket_queries.open_for(session, conversation_id)
    if ticket is None:
        return None
    note_contact(session, conversation, ticket, contact)
    if conversation.status == "collecting_contact":
        _wait(session, conversation, ticket)
    noted = ticket_queries.timeline(session, ticket.id)
    if turn_id is None or not any(each.details.get("turn_id") == turn_id for each in noted):
        details = {"kind": ", ".join(contact), "turn_id": turn_id}
        note_event(session, ticket, "contact_given", None, details)
    confirmed = confirm(session, ticket, conversation)
    told = replace(_told(session, conversation, ticket, repeated=True), confirmed_to=confirmed)
    return told, ", ".join(contact.values())


def skip_contact(session: Session, conversation_id: str, turn_id: str | None) -> HandOff | None:
    """The customer would rather not say how to reach them; None when no case is open.

    Raises:
        TurnOver: When the turn is over already.
    """
    conversation = _for_turn(session, conversation_id, turn_id)
    ticket = ticket_queries.open_for(session, conversation_id)
    if conversation.status == "collecting_contact":
        conversations.move(conversation, "offline" if ticket else "bot")
    return _told(session, conversation, ticket, repeated=True) if ticket else None


def resume(session: Session, conversation_id: str, ticket: Ticket) -> HandOff:
    """The (locked) conversation waits for people again, because its case was opened again."""
    conversation = conversation_queries.locked(session, conversation_id)
    if not person_in_charge(conversation.status):
        # They were reached before, or have said already that they would rather not tell how.
        _wait(session, conversation, ticket, declined=True)
    return _told(session, conversation, ticket, repeated=False)


def _join(session: Session, ticket: Ticket, reason: str, told: CaseFacts) -> None:
    """What a second reason changes about a case that is open already."""
    came_back(session, ticket)
    urgent = more_urgent(ticket.priority, told.priority or priority_for(reason))
    if urgent != ticket.priority:
        ticket.priority = urgent
        note_event(session, ticket, "more_urgent", None, {"priority": urgent, "reason": reason})
    if told.details:
        ticket.details = ticket.details | told.details
    renew(session, ticket)


def _for_turn(session: Session, conversation_id: str, turn_id: str | None) -> Conversation:
    """The conversation, locked, once it is sure that the turn may still change something."""
    conversation = conversation_queries.locked(session, conversation_id)
    if turn_id is not None and not may_act(session, turn_id):
        raise TurnOver(turn_id)
    return conversation


def _wait(session: Session, conversation: Conversation, ticket: Ticket, declined: bool = False) -> None:
    """In the queue when somebody is on duty; otherwise offline, once we know how to reach the customer."""
    # Whoever had it before has the chat no longer: everybody must see that it waits.
    ticket.staff_id = None
    ticket.waiting_since = ticket.waiting_since or now()
    hours = hours_for(session, ticket.team_id)
    served = (hours is None or is_open(hours, now())) and staff_queries.on_duty(session, present_since())
    if conversation.channel == SPLIT:
        # Its customer waits in another chat, if at all.
        conversations.move(conversation, "offline")
    elif served:
        conversations.move(conversation, "queued")
        session.flush()
        waits.begin(session, conversation)
    elif ticket.contact_email or ticket.contact_phone or declined:
        conversations.move(conversation, "offline")
    else:
        conversations.move(conversation, "collecting_contact")
    session.flush()


def _told(session: Session, conversation: Conversation, ticket: Ticket, repeated: bool) -> HandOff:
    place = conversation_queries.place_in_queue(session, conversation)
    on_duty = conversation.status in {"queued", "agent"}
    return HandOff(
        number=ticket.number,
        reason=ticket.reason,
        place=place,
        on_duty=on_duty,
        needs_contact=conversation.status == "collecting_contact",
        repeated=repeated,
        priority=ticket.priority,
        wait_minutes=expected_minutes(session, place) if place else None,
        opening=None if on_duty else _opening(session, ticket.team_id),
    )


def _opening(session: Session, team_id: str | None) -> Opening | None:
    """When we are open again; None when the hours say that we are, or say nothing."""
    hours, moment = hours_for(session, team_id), now()
    if hours is None or is_open(hours, moment):
        return None
    at = next_opening(hours, moment)
    return Opening(at, hours.zone) if at else None
