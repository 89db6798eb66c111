"""A resolved case that its customer opens again. Commits nothing."""

from dataclasses import replace

from sqlalchemy.orm import Session

from support.conversations import queries as conversations
from support.handoff import operations
from support.handoff.operations import HandOff
from support.tickets import operations as tickets
from support.turns.operations import TurnOver, may_act


def reopen(session: Session, ticket_id: str, conversation_id: str, turn_id: str | None) -> HandOff:
    """Open a case again; in its own conversation the customer waits for people, in another they go on with the bot.

    Called again for the same turn it changes nothing and tells the same.

    Raises:
        TurnOver: When the turn is over already.
    """
    conversations.locked(session, conversation_id)
    if turn_id is not None and not may_act(session, turn_id):
        raise TurnOver(turn_id)
    ticket = tickets.reopen(session, ticket_id, conversation_id, turn_id)
    if ticket.conversation_id == conversation_id:
        return operations.resume(session, conversation_id, ticket)
    told = HandOff(ticket.number, ticket.reason, None, on_duty=False, needs_contact=False, repeated=False)
    return replace(told, priority=ticket.priority)
