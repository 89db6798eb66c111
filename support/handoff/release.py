"""Chats whose agent left, and customers who wait for nobody: neither may stay stuck. None of these commit."""

from sqlalchemy.orm import Session

from support.conversations import operations as conversations
from support.conversations import queries as conversation_queries
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.staff import queries as staff_queries
from support.staff.operations import absent, present_since
from support.staff.tables import StaffMember
from support.tickets import queries as ticket_queries
from support.tickets.changes import note_event
from support.tickets.stepping_in import stop_supervising
from support.turns.opening import open_turn
from texts.catalogue import translate


def leave_chats(session: Session, member: StaffMember) -> list[str]:
    """Give up every chat somebody has, because they go; call it once they no longer count as present.

    Returns:
        The conversations, each with a turn that hands it over anew.
    """
    found = conversation_queries.served_by(session, {member.id})
    stop_supervising(session, member)
    left = []
    for conversation_id in found:
        conversation = conversation_queries.locked(session, conversation_id)
        # Somebody may have taken it over while we waited for it.
        if conversation.status == "agent" and conversation.staff_id == member.id:
            _give_up(session, conversation, member)
            left.append(conversation_id)
    return left


def stuck(session: Session) -> list[str]:
    """Conversations whose agent has been gone for a while, and those in a queue that nobody serves.

    Somebody who is busy still sees the queue and can take from it by hand, so that customers stay in it.
    """
    abandoned = conversation_queries.served_by(session, absent(session))
    return abandoned if _anybody_there(session) else abandoned + conversation_queries.waiting(session)


def release(session: Session, conversation_id: str) -> None:
    """Hand a stuck conversation over anew: to the queue, or to whoever comes on duty next.

    Nothing happens to one that is stuck no more: somebody may have taken it, or come back, since it was found.
    """
    conversation = conversation_queries.locked(session, conversation_id)
    abandoned = conversation.status == "agent" and conversation.staff_id in absent(session)
    if not abandoned and (conversation.status != "queued" or _anybody_there(session)):
        return
    member = session.get(StaffMember, conversation.staff_id) if conversation.staff_id else None
    _give_up(session, conversation, member)


def _anybody_there(session: Session) -> bool:
    return staff_queries.at_desk(session, present_since()) > 0


def _give_up(session: Session, conversation: Conversation, member: StaffMember | None) -> None:
    """Back to the bot, whose next turn hands over again and tells the customer where that leads."""
    ticket = ticket_queries.open_for(session, conversation.id)
    if member is not None:
        text = translate(conversation.language, "{name} has left the chat.", name=member.name)
        payload = {"event": "agent_left", "name": member.name}
        add_message(session, conversation, "system", text, payload=payload)
    conversations.move(conversation, "bot")
    if ticket is not None:
        ticket.staff_id = None
        note_event(session, ticket, "left", member.id if member else None, {})
    if conversation.channel != "chat":
        # Nobody waits in a chat there, and the assistant answers no mail.
        conversations.move(conversation, "offline")
        return
    reason = ticket.reason if ticket else "request"
    open_turn(session, conversation, trigger={"kind": "hand_off", "reason": reason})
