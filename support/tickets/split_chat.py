"""Where the customer of a case that was split off from a chat reads what is said in it. None of these commit.

Its own conversation is shown on no customer's page, so whatever is to reach the customer is said in the chat that it
comes from.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from support.conversations import queries as conversations
from support.conversations.states import SPLIT
from support.conversations.tables import Conversation
from support.tickets import queries
from support.tickets.tables import Ticket, TicketEvent
from support.tickets.together_queries import own_surviving


@dataclass(frozen=True)
class ReadIn:
    """The chat in which a customer reads what is said in a case that was split off, and whose chat it is."""

    case: Ticket
    chat: Conversation


def source_of(session: Session, conversation: Conversation) -> Ticket | None:
    """The case that the case of a conversation was split off from; None for any other conversation."""
    if conversation.channel != SPLIT:
        return None
    noted = session.scalar(
        select(TicketEvent)
        .join(Ticket, Ticket.id == TicketEvent.ticket_id)
        .where(Ticket.conversation_id == conversation.id, TicketEvent.kind == "split_from")
        .order_by(TicketEvent.created_at)
        .limit(1)
    )
    number = noted.details.get("number") if noted is not None else None
    return queries.by_number(session, str(number)) if number else None


def read_in(session: Session, conversation: Conversation) -> ReadIn | None:
    """The chat in which the customer reads what is said in the conversation of a case that was split off.

    None for any other conversation, and where that chat was erased or is another customer's.
    """
    seen: set[str] = set()
    asked = conversation
    while (source := source_of(session, asked)) is not None and asked.id not in seen:
        seen.add(asked.id)
        found = _theirs(session, conversation, source)
        chats = [each for each in found if each.chat.channel == "chat"]
        # Where cases were merged the customer may look at either chat, but hardly at one that has ended.
        going_on = [each for each in chats if each.chat.status != "closed"]
        if chats:
            return (going_on or chats)[0]
        further = [each.chat for each in found if each.chat.channel == SPLIT and each.chat.id not in seen]
        if not further:
            return None
        asked = further[0]
    return None


def chat_of(session: Session, conversation: Conversation) -> Conversation | None:
    """The chat in which the customer reads what is said in a conversation; None where it only goes by mail."""
    if conversation.channel == "chat":
        return conversation
    found = read_in(session, conversation)
    return found.chat if found is not None else None


def shown_in(session: Session, conversation_id: str) -> tuple[str, ...]:
    """The conversations whose pages show what is said in one: itself, and the chat in which its customer reads."""
    conversation = session.get(Conversation, conversation_id)
    found = read_in(session, conversation) if conversation is not None else None
    return (conversation_id,) if found is None else (conversation_id, found.chat.id)


def lock_with_chat(session: Session, conversation_id: str, *others: str) -> None:
    """Lock a conversation that was split off, together with the chat in which its customer reads what is said there.

    In the order of their ids, as everywhere: two who do this at once do not wait for each other. Any other
    conversation is left to whoever locks it next.

    Args:
        others: Further conversations that are needed with it.
    """
    channel = session.scalar(select(Conversation.channel).where(Conversation.id == conversation_id))
    if channel != SPLIT:
        return
    found = read_in(session, session.get_one(Conversation, conversation_id))
    for each in sorted({conversation_id, *others, *([found.chat.id] if found else [])}):
        # They were read before they were locked.
        session.refresh(conversations.locked(session, each))


def _theirs(session: Session, conversation: Conversation, source: Ticket) -> list[ReadIn]:
    """Where a case goes on and where it began, as far as that is the same customer's and was not erased."""
    cases = [own_surviving(session, source), source]
    pairs = [ReadIn(each, session.get_one(Conversation, each.conversation_id)) for each in cases]
    return [each for each in pairs if each.chat.customer_id == conversation.customer_id and each.chat.token_hash]
