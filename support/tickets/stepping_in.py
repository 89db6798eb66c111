"""A supervisor beside the colleague who has a chat, or in their place. None of these commit.

The colleague is told by the timeline and the page; the customer only sees the name on what the supervisor says.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.base import JsonObject
from support.conversations import queries as conversations
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.staff.operations import absent, note_presence
from support.staff.roles import may
from support.staff.tables import StaffMember
from support.tickets import queries
from support.tickets.changes import Caller, Outdated, begin, note_event
from support.tickets.tables import Ticket
from texts.catalogue import translate


class MayNotOversee(Exception):
    """Only supervisors step into the chats of others."""


class SteppedInAlready(Exception):
    """Another supervisor is in this chat."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def step_in(session: Session, ticket_id: str, caller: Caller) -> Ticket:
    """Let a supervisor write in a colleague's chat, beside them.

    Raises:
        TicketNotFound, ConversationErased, Outdated, ChangeRefused: As `changes.begin`, and Outdated when no colleague
            has the chat.
        MayNotOversee: For whoever is no supervisor.
        SteppedInAlready: When another supervisor did.
    """
    change = begin(session, ticket_id, caller, unless_erased=True)
    ticket, conversation, member = change.ticket, change.conversation, caller.member
    if change.repeated:
        return ticket
    _check_chat_of_another(conversation, member)
    if conversation.supervisor_id == member.id:
        return ticket
    if conversation.supervisor_id is not None:
        raise SteppedInAlready(session.get_one(StaffMember, conversation.supervisor_id).name)
    conversation.supervisor_id = member.id
    note_presence(session, member.id)
    change.note(session, "stepped_in", {})
    return ticket


def step_out(session: Session, ticket_id: str, caller: Caller) -> Ticket:
    """Leave the chat to the colleague who has it; nothing happens to whoever did not step in.

    Raises:
        TicketNotFound, ConversationErased, Outdated, ChangeRefused: As `changes.begin`.
    """
    change = begin(session, ticket_id, caller, unless_erased=True)
    ticket, conversation, member = change.ticket, change.conversation, caller.member
    if change.repeated or conversation.supervisor_id != member.id:
        return ticket
    conversation.supervisor_id = None
    change.note(session, "stepped_out", {})
    return ticket


def take_over(session: Session, ticket_id: str, caller: Caller) -> Ticket:
    """Make a supervisor the owner of a case whose chat a colleague has; the customer is told who goes on.

    Raises:
        TicketNotFound, ConversationErased, Outdated, ChangeRefused: As `changes.begin`, and Outdated when no colleague
            has the chat.
        MayNotOversee: For whoever is no supervisor.
    """
    change = begin(session, ticket_id, caller, unless_erased=True)
    ticket, conversation, member = change.ticket, change.conversation, caller.member
    if change.repeated:
        return ticket
    _check_chat_of_another(conversation, member)
    before = session.get_one(StaffMember, conversation.staff_id).name
    conversation.staff_id = ticket.staff_id = member.id
    conversation.supervisor_id = None
    note_presence(session, member.id)
    change.note(session, "taken_over", {"from": before})
    text = translate(conversation.language, "{name} goes on with you from here.", name=member.name)
    add_message(session, conversation, "system", text, payload={"event": "agent_joined", "name": member.name})
    return ticket


def stop_supervising(session: Session, member: StaffMember) -> None:
    """Step out of every chat, because a supervisor goes."""
    query = select(Conversation).where(Conversation.supervisor_id == member.id).order_by(Conversation.id)
    for conversation in session.scalars(query.with_for_update()).all():
        _leave(session, conversation, {})


def supervised_by_absent(session: Session) -> list[str]:
    """Conversations in which a supervisor is who has gone (see `absent`)."""
    query = select(Conversation.id).where(Conversation.supervisor_id.in_(absent(session)))
    return list(session.scalars(query.order_by(Conversation.id)))


def step_out_absent(session: Session, conversation_id: str) -> bool:
    """Step a supervisor out of a chat who has gone.

    Returns:
        Whether anybody was: by now they may be back, or out already.
    """
    conversation = conversations.locked(session, conversation_id)
    if conversation.supervisor_id not in absent(session):
        return False
    _leave(session, conversation, {"because": "absent"})
    return True


def _leave(session: Session, conversation: Conversation, details: JsonObject) -> None:
    """Take the supervisor out of a (locked) chat, with a line in the timeline of its case."""
    ticket, supervisor_id = queries.open_for(session, conversation.id), conversation.supervisor_id
    conversation.supervisor_id = None
    if ticket is not None:
        note_event(session, ticket, "stepped_out", supervisor_id, details)


def _check_chat_of_another(conversation: Conversation, member: StaffMember) -> None:
    if not may(member.role, "oversee"):
        raise MayNotOversee
    if conversation.status != "agent" or conversation.staff_id in (None, member.id):
        raise Outdated
