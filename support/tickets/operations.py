"""Opening tickets and moving them through their life. None of these commit."""

from sqlalchemy.orm import Session

from storage.base import JsonObject, new_id, now
from support.conversations import operations as conversations
from support.conversations import queries as conversation_queries
from support.conversations.rules import clean_text
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.satisfaction import asking
from support.staff.operations import note_presence
from support.staff.tables import StaffMember
from support.tickets import queries
from support.tickets.numbers import next_number
from support.tickets.priority import one_higher, priority_for
from support.tickets.states import CATEGORIES, TicketMoveRefused, check_move, is_open
from support.tickets.summary import summarise
from support.tickets.tables import Ticket, TicketEvent
from support.turns.opening import open_turn
from texts.catalogue import translate

LONGEST_NOTE = 4000


class AlreadyTaken(Exception):
    """Somebody else has the case."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class TicketNotFound(Exception):
    """There is no such ticket."""


class ConversationErased(Exception):
    """The customer has erased the conversation of a case: nothing more can be said or kept there."""


class NotInCharge(Exception):
    """Only whoever has the chat can do this."""


class ResolutionIncomplete(Exception):
    """A resolution needs a category and a note."""


def open_ticket(
    session: Session,
    conversation: Conversation,
    reason: str,
    turn_id: str | None,
    priority: str | None = None,
    details: dict[str, str] | None = None,
) -> Ticket:
    """Open a case for a (locked) conversation.

    Args:
        priority: Its colour; what is usual for the reason when nothing is said.
        details: What the customer told in a form, by field.
    """
    questions, answers = queries.asked_and_answered(session, conversation.id)
    ticket = Ticket(
        id=new_id(),
        number=next_number(session, "T"),
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        turn_id=turn_id,
        state="received",
        reason=reason,
        priority=priority or priority_for(reason),
        details=details or {},
        summary=summarise(questions, answers),
        language=conversation.language,
        revision=1,
    )
    session.add(ticket)
    session.flush()
    note_event(session, ticket, "opened", None, {"reason": reason})
    return ticket


def note_event(session: Session, ticket: Ticket, kind: str, staff_id: str | None, details: JsonObject) -> None:
    """Add a line to the timeline."""
    position = len(queries.timeline(session, ticket.id)) + 1
    session.add(TicketEvent(ticket_id=ticket.id, position=position, kind=kind, staff_id=staff_id, details=details))
    ticket.revision += 1
    ticket.updated_at = now()
    session.flush()


def take(session: Session, ticket_id: str, member: StaffMember) -> Ticket:
    """Make somebody the owner of a case and of its chat.

    Raises:
        TicketNotFound: For an unknown ticket.
        ConversationErased: When there is nothing left to go on with.
        AlreadyTaken: When somebody else was quicker.
        TicketMoveRefused: When a resolved case is to be opened again beside a newer open one of the same chat.
    """
    ticket, conversation = _locked_unless_erased(session, ticket_id)
    if ticket.staff_id == member.id and conversation.status == "agent":
        return ticket
    if conversation.status == "agent" and conversation.staff_id != member.id:
        owner = session.get(StaffMember, conversation.staff_id) if conversation.staff_id else None
        raise AlreadyTaken(owner.name if owner else "")
    if not is_open(ticket.state) and queries.open_for(session, conversation.id) is not None:
        raise TicketMoveRefused(ticket.state, "in_progress")
    if ticket.state != "in_progress":
        check_move(ticket.state, "in_progress")
        ticket.state = "in_progress"
    if conversation.status == "closed":
        conversations.move(conversation, "bot")
    conversations.move(conversation, "agent")
    conversation.staff_id = member.id
    ticket.staff_id = member.id
    # Whoever works through the API has no page open that would say they are there.
    note_presence(session, member.id)
    note_event(session, ticket, "taken", member.id, {})
    text = translate(conversation.language, "{name} has joined the chat.", name=member.name)
    add_message(session, conversation, "system", text, payload={"event": "agent_joined", "name": member.name})
    return ticket


def reply(session: Session, ticket_id: str, member: StaffMember, text: str) -> Ticket:
    """Say something to the customer.

    Raises:
        ConversationErased, NotInCharge: As `in_charge`.
        MessageRefused: For an empty or overlong text.
    """
    ticket, conversation = in_charge(session, ticket_id, member)
    add_message(session, conversation, "agent", clean_text(text), staff_id=member.id)
    return ticket


def in_charge(session: Session, ticket_id: str, member: StaffMember) -> tuple[Ticket, Conversation]:
    """A case and its chat, both locked, for the colleague who is about to say something to the customer.

    Raises:
        TicketNotFound: For an unknown ticket.
        ConversationErased: When nobody reads it any more.
        NotInCharge: When somebody else, or the bot, has the chat.
    """
    ticket, conversation = _locked_unless_erased(session, ticket_id)
    _check_in_charge(conversation, member)
    note_presence(session, member.id)
    return ticket, conversation


def hand_back(session: Session, ticket_id: str, member: StaffMember) -> Ticket:
    """Give the chat back to the bot; the case stays open with its owner.

    The turn opened here lets the dialogue server drop whatever form was active.

    Raises:
        TicketNotFound, ConversationErased, NotInCharge: As `in_charge`.
    """
    ticket, conversation = _locked_unless_erased(session, ticket_id)
    _check_in_charge(conversation, member)
    conversations.move(conversation, "bot")
    note_event(session, ticket, "handed_back", member.id, {})
    text = translate(conversation.language, "{name} has handed the chat back to the assistant.", name=member.name)
    add_message(session, conversation, "system", text, payload={"event": "handed_back", "name": member.name})
    open_turn(session, conversation, trigger={"kind": "handed_back"})
    return ticket


def resolve(session: Session, ticket_id: str, member: StaffMember, category: str, note: str) -> Ticket:
    """Resolve a case and ask the customer how it was.

    Raises:
        ResolutionIncomplete: Without a known category or without a note.
        AlreadyTaken: When the chat is in somebody else's hands.
        TicketMoveRefused: When it is resolved already.
    """
    if category not in CATEGORIES or not note.strip():
        raise ResolutionIncomplete
    ticket, conversation = _locked(session, ticket_id)
    if conversation.status == "agent" and conversation.staff_id != member.id:
        owner = session.get(StaffMember, conversation.staff_id) if conversation.staff_id else None
        raise AlreadyTaken(owner.name if owner else "")
    check_move(ticket.state, "resolved")
    ticket.state = "resolved"
    ticket.category = category
    ticket.resolution_note = note.strip()[:LONGEST_NOTE]
    ticket.staff_id = member.id
    ticket.resolved_at = resolved_at = now()
    note_event(session, ticket, "resolved", member.id, {"category": category})
    had_form = conversation.status == "collecting_contact"
    if conversation.status != "closed":
        conversations.move(conversation, "bot")
    conversation.outcome = "escalated"
    survey = asking.ask(session, conversation, "resolved", ticket.id, resolved_at=resolved_at)
    _tell_resolved(session, conversation, ticket, member, survey)
    if had_form:
        open_turn(session, conversation, trigger={"kind": "handed_back"})
    return ticket


def _tell_resolved(
    session: Session, conversation: Conversation, ticket: Ticket, member: StaffMember, survey: JsonObject | None
) -> None:
    words = {"name": member.name, "number": ticket.number}
    text = translate(conversation.language, "{name} has resolved your case {number}.", **words)
    payload: JsonObject = {
        "event": "resolved",
        "ticket": {"number": ticket.number, "reason": ticket.reason, "state": "resolved"},
    }
    if survey is not None:
        text = translate(
            conversation.language,
            "{name} has resolved your case {number}. How satisfied are you with how it was handled?",
            **words,
        )
        payload["survey"] = survey
    add_message(session, conversation, "system", text, payload=payload)


def reopen(session: Session, ticket_id: str, conversation_id: str, turn_id: str | None) -> Ticket:
    """The customer says that a resolved case is not solved: it waits for people again, one colour more urgent.

    Called again for an open case it changes nothing.

    Args:
        conversation_id: Where they said so; another conversation than the case's own is noted.

    Raises:
        TicketNotFound: For an unknown ticket.
        ConversationErased: When they erased what it was about.
    """
    ticket, conversation = _locked_unless_erased(session, ticket_id)
    if is_open(ticket.state):
        return ticket
    check_move(ticket.state, "in_progress")
    ticket.state = "in_progress"
    ticket.staff_id = None
    ticket.priority = one_higher(ticket.priority)
    note_event(session, ticket, "reopened", None, {"conversation_id": conversation_id, "turn_id": turn_id})
    if conversation_id != conversation.id:
        text = translate(
            conversation.language, "Case {number} was opened again at the customer's wish.", number=ticket.number
        )
        add_message(session, conversation, "system", text, payload={"event": "reopened"})
    return ticket


def _locked(session: Session, ticket_id: str) -> tuple[Ticket, Conversation]:
    """Ticket and conversation, locked in the same order everywhere: conversation first."""
    known = session.get(Ticket, ticket_id)
    if known is None:
        raise TicketNotFound(ticket_id)
    conversation = conversation_queries.locked(session, known.conversation_id)
    ticket = queries.locked(session, ticket_id)
    if ticket is None:
        raise TicketNotFound(ticket_id)
    session.refresh(ticket)
    return ticket, conversation


def _locked_unless_erased(session: Session, ticket_id: str) -> tuple[Ticket, Conversation]:
    ticket, conversation = _locked(session, ticket_id)
    if not conversation.token_hash:
        raise ConversationErased
    return ticket, conversation


def _check_in_charge(conversation: Conversation, member: StaffMember) -> None:
    if conversation.status != "agent" or conversation.staff_id != member.id:
        raise NotInCharge
