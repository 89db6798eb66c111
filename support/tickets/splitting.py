"""What turned out to be another matter becomes a case of its own. None of these commit."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from storage.base import JsonObject, new_id, now
from support.conversations import queries as conversations
from support.conversations.states import SPLIT
from support.conversations.tables import Conversation, Message
from support.conversations.telling import tell_created
from support.conversations.tokens import hash_token, token_of
from support.conversations.writing import add_copy, add_message
from support.customers.tables import Customer
from support.tickets import queries
from support.tickets.changes import Caller, Change, ChangeRefused, begin, note_event
from support.tickets.links import connect
from support.tickets.operations import open_ticket
from support.tickets.tables import Ticket
from texts.catalogue import translate

# What was said; who came and went belongs to the chat that it happened in.
_SAID_BY = ("customer", "bot", "agent")
# What was asked or offered in the other chat cannot be answered from here.
_LEFT_BEHIND = ("survey", "choices", "ticket")


def split(session: Session, ticket_id: str, caller: Caller, seq: int, secret: str) -> Ticket:
    """Open a case of its own, with a conversation of its own, for what was said from a message on.

    The words are copied, so that nothing is missing where they were said; the customer is told the new number there.

    Args:
        seq: The first message that is about the other matter.
        secret: From which tokens of conversations follow.

    Returns:
        The new case, or the one that this very change opened before.

    Raises:
        TicketNotFound, Outdated, ConversationErased, ChangeRefused: As `changes.begin`, and ChangeRefused `message`
            when the customer said nothing from there on.
    """
    change = begin(session, ticket_id, caller, unless_erased=True)
    if change.repeated:
        return _opened_before(session, change)
    said = [each for each in _from(session, change.conversation, seq) if each.author in _SAID_BY]
    if not any(each.author == "customer" for each in said):
        raise ChangeRefused("message")
    conversation = _conversation(session, change.conversation, secret)
    for message in said:
        add_copy(session, conversation, message, _payload(message))
    # Its place among the customer's chats is when it came to be, not when the words were said.
    conversation.updated_at = now()
    fresh = _ticket(session, change, conversation)
    connect(session, ticket_id, fresh.id, "split")
    note_event(session, fresh, "split_from", caller.member.id, {"number": change.ticket.number})
    change.note(session, "split_off", {"number": fresh.number, "from_message": seq})
    text = translate(
        change.conversation.language,
        "We opened a case of its own, {number}, for your other question, so that neither is forgotten. We look after "
        "both.",
        number=fresh.number,
    )
    told = {"number": fresh.number, "reason": fresh.reason, "state": fresh.state}
    add_message(session, change.conversation, "system", text, payload={"event": "split", "ticket": told})
    return fresh


def _from(session: Session, conversation: Conversation, seq: int) -> Sequence[Message]:
    # The first one of all is no place to part: nothing would be left.
    return [each for each in conversations.transcript(session, conversation.id) if 1 < seq <= each.seq]


def _conversation(session: Session, source: Conversation, secret: str) -> Conversation:
    # Whoever erases the customer at this moment has to see it, or come first (see support/privacy/operations.py).
    customer = session.get_one(Customer, source.customer_id, with_for_update=True)
    made = Conversation(
        id=new_id(),
        customer_id=customer.id,
        language=source.language,
        page_language=source.page_language,
        page=source.page,
        context=dict(source.context),
        # The customer reads none of it here but in the chat (see split_chat.py); mails and programs go on as they are.
        channel=SPLIT if source.channel == "chat" else source.channel,
        status="offline",
        last_seq=0,
    )
    made.token_hash = hash_token(token_of(secret, made.id, customer.id))
    session.add(made)
    session.flush()
    tell_created(session, made)
    return made


def _ticket(session: Session, change: Change, conversation: Conversation) -> Ticket:
    """A case as urgent as the one it comes from, and in the same hands."""
    source = change.ticket
    fresh = open_ticket(session, conversation, source.reason, None, source.priority)
    fresh.contact_email, fresh.contact_phone = source.contact_email, source.contact_phone
    fresh.staff_id, fresh.team_id = source.staff_id, source.team_id
    return fresh


def _payload(message: Message) -> JsonObject | None:
    kept = {name: value for name, value in (message.payload or {}).items() if name not in _LEFT_BEHIND}
    return kept or None


def _opened_before(session: Session, change: Change) -> Ticket:
    lines = queries.timeline(session, change.ticket.id)
    number = next(each.details.get("number") for each in lines if each.change_id == change.caller.change_id)
    return (queries.by_number(session, str(number)) if number else None) or change.ticket
