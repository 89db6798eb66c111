"""Opening tickets and moving them through their life. None of these commit."""

from sqlalchemy.orm import Session

from storage.base import JsonObject, new_id, now
from support.conversations import operations as conversations
from support.conversations.rules import clean_text, visible
from support.conversations.states import SPLIT
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.mail.outbox import mail_resolved
from support.routing.queries import team_of
from support.satisfaction import asking
from support.staff.operations import note_presence
from support.staff.tables import StaffMember
from support.tickets import queries
from support.tickets.changes import ChangeRefused, locked, locked_unless_erased, note_event
from support.tickets.numbers import next_number
from support.tickets.priority import one_higher, priority_for
from support.tickets.saying import notice_in_chat, said
from support.tickets.split_chat import lock_with_chat
from support.tickets.states import CATEGORIES, TicketMoveRefused, check_move, is_open
from support.tickets.summing_up import renew
from support.tickets.tables import Ticket
from support.tickets.together_queries import own_surviving, surviving
from support.tickets.waiting import answered
from support.turns.opening import open_turn
from texts.catalogue import translate

LONGEST_NOTE = 4000
LONGEST_ARTICLE_KEY = 200


class AlreadyTaken(Exception):
    """Somebody else has the case."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotInCharge(Exception):
    """Only whoever has the chat can do this."""


class ResolutionIncomplete(Exception):
    """A resolution needs a category and a note."""


class NoteTooLong(Exception):
    """A note has more than LONGEST_NOTE characters."""


def open_ticket(
    session: Session,
    conversation: Conversation,
    reason: str,
    turn_id: str | None,
    priority: str | None = None,
    details: dict[str, str] | None = None,
    category: str | None = None,
) -> Ticket:
    """Open a case for a (locked) conversation.

    Args:
        priority: Its colour; what is usual for the reason when nothing is said.
        details: What the customer told in a form, by field.
        category: What it is about, when that is known.
    """
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
        language=conversation.language,
        category=category,
        team_id=team_of(session, [reason, *([category] if category else [])]),
        waiting_since=now(),
        revision=1,
    )
    renew(session, ticket)
    session.add(ticket)
    session.flush()
    note_event(session, ticket, "opened", None, {"reason": reason})
    return ticket


def take(session: Session, ticket_id: str, member: StaffMember) -> Ticket:
    """Make somebody the owner of a case and of its chat.

    Raises:
        TicketNotFound: For an unknown ticket.
        ConversationErased: When there is nothing left to go on with.
        ChangeRefused: `merged` when it goes on as another case.
        AlreadyTaken: When somebody else was quicker.
        TicketMoveRefused: When a resolved case is to be opened again beside a newer open one of the same chat.
    """
    ticket, conversation = locked_unless_erased(session, ticket_id)
    if ticket.merged_into_id is not None:
        raise ChangeRefused("merged", number=surviving(session, ticket).number)
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
    # The case may have become somebody else's while its chat stayed where it was.
    there_already = conversation.status == "agent"
    if conversation.status == "closed":
        conversations.move(conversation, "bot")
    conversations.move(conversation, "agent")
    conversation.staff_id = member.id
    ticket.staff_id = member.id
    ticket.snoozed_until = None
    renew(session, ticket)
    # Whoever works through the API has no page open that would say they are there.
    note_presence(session, member.id)
    note_event(session, ticket, "taken", member.id, {})
    if there_already:
        return ticket
    text = translate(conversation.language, "{name} has joined the chat.", name=member.name)
    add_message(session, conversation, "system", text, payload={"event": "agent_joined", "name": member.name})
    return ticket


def reply(session: Session, ticket_id: str, member: StaffMember, text: str, article: str = "") -> Ticket:
    """Say something to the customer, also by mail when they are not in the chat (see support/mail/outbox.py).

    Args:
        article: The article that the words come from, if any: what the bot goes on from once the chat is handed back.

    Raises:
        ConversationErased, NotInCharge: As `in_charge`.
        MessageRefused: For an empty or overlong text.
    """
    ticket, conversation = in_charge(session, ticket_id, member)
    payload = {"article": article[:LONGEST_ARTICLE_KEY]} if article else None
    message = add_message(session, conversation, "agent", clean_text(text), staff_id=member.id, payload=payload)
    said(session, ticket, conversation, message)
    return ticket


def in_charge(session: Session, ticket_id: str, member: StaffMember) -> tuple[Ticket, Conversation]:
    """A case and its chat, both locked, for the colleague who is about to say something to the customer.

    That is whoever has the chat, and a supervisor who stepped in.

    Raises:
        TicketNotFound: For an unknown ticket.
        ConversationErased: When nobody reads it any more.
        NotInCharge: When somebody else, or the bot, has the chat.
    """
    _lock_first(session, ticket_id)
    ticket, conversation = locked_unless_erased(session, ticket_id)
    if not may_write(conversation, member):
        raise NotInCharge
    note_presence(session, member.id)
    return ticket, conversation


def resolve(session: Session, ticket_id: str, member: StaffMember, category: str, note: str) -> Ticket:
    """Resolve a case and ask the customer how it was.

    Raises:
        ResolutionIncomplete: Without a known category or without a note.
        AlreadyTaken: When the chat is in somebody else's hands.
        TicketMoveRefused: When it is resolved already.
    """
    kept = visible(note).strip()
    if category not in CATEGORIES or not kept:
        raise ResolutionIncomplete
    _lock_first(session, ticket_id)
    ticket, conversation = locked(session, ticket_id)
    if conversation.status == "agent" and conversation.staff_id != member.id:
        owner = session.get(StaffMember, conversation.staff_id) if conversation.staff_id else None
        raise AlreadyTaken(owner.name if owner else "")
    check_move(ticket.state, "resolved")
    ticket.state = "resolved"
    ticket.category = category
    ticket.resolution_note = kept[:LONGEST_NOTE]
    ticket.staff_id = member.id
    ticket.resolved_at = resolved_at = now()
    ticket.snoozed_until = None
    answered(ticket)
    note_event(session, ticket, "resolved", member.id, {"category": category})
    had_form = conversation.status == "collecting_contact"
    if conversation.status != "closed":
        conversations.move(conversation, "bot")
    conversation.outcome = "escalated"
    survey = None
    if conversation.channel != SPLIT:
        # Nobody could rate it: the customer is told in another chat, whose matter it is not.
        survey = asking.ask(session, conversation, "resolved", ticket.id, resolved_at=resolved_at)
    _tell_resolved(session, conversation, ticket, member, survey)
    if conversation.token_hash:
        mail_resolved(session, ticket, conversation, member)
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
    notice_in_chat(session, conversation, text, payload)


def reopen(session: Session, ticket_id: str, conversation_id: str, turn_id: str | None) -> Ticket:
    """The customer says that a resolved case is not solved: it waits for people again, one colour more urgent.

    Called again for an open case it changes nothing.

    Args:
        conversation_id: Where they said so; another conversation than the case's own is noted.

    Raises:
        TicketNotFound: For an unknown ticket.
        ConversationErased: When they erased what it was about.
    """
    known = session.get(Ticket, ticket_id)
    # What was merged goes on as another case, and so does the wish; but never as another customer's.
    ticket, conversation = locked_unless_erased(session, own_surviving(session, known).id if known else ticket_id)
    if is_open(ticket.state):
        return ticket
    check_move(ticket.state, "in_progress")
    ticket.state = "in_progress"
    ticket.staff_id = ticket.merged_into_id = None
    ticket.waiting_since = now()
    ticket.priority = one_higher(ticket.priority)
    renew(session, ticket)
    note_event(session, ticket, "reopened", None, {"conversation_id": conversation_id, "turn_id": turn_id})
    if conversation_id != conversation.id:
        text = translate(
            conversation.language, "Case {number} was opened again at the customer's wish.", number=ticket.number
        )
        add_message(session, conversation, "system", text, payload={"event": "reopened"})
    return ticket


def _lock_first(session: Session, ticket_id: str) -> None:
    """Lock the chat that the customer reads before the case, where it is not the case's own."""
    known = session.get(Ticket, ticket_id)
    if known is not None:
        lock_with_chat(session, known.conversation_id)


def may_write(conversation: Conversation, member: StaffMember) -> bool:
    """Whether somebody has a chat, or stepped into it, and so may say something to the customer."""
    return conversation.status == "agent" and member.id in (conversation.staff_id, conversation.supervisor_id)
