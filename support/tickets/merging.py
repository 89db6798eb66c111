"""Two cases about one matter become one. None of these commit."""

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from storage.base import JsonObject, now
from support.conversations import operations as conversations
from support.conversations import queries as conversation_queries
from support.conversations.states import SPLIT
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.staff.tables import StaffMember
from support.tickets import together_queries as queries
from support.tickets.changes import Caller, Change, ChangeRefused, begin_with_other
from support.tickets.links import by_number, connect
from support.tickets.operations import AlreadyTaken
from support.tickets.priority import more_urgent
from support.tickets.saying import notice_in_chat
from support.tickets.split_chat import chat_of, lock_with_chat
from support.tickets.states import TicketMoveRefused, is_open
from support.tickets.tables import Mention, Ticket, TicketLink, TicketTag
from support.tickets.tag_names import MOST_TAGS
from support.turns.opening import open_turn
from texts.catalogue import translate


def merge(session: Session, ticket_id: str, caller: Caller, number: str, other_customer: bool = False) -> Ticket:
    """Let a case go on as another one, which must be open.

    Its tags, links and mentions go along; its conversation and notes stay where they are and are read from the other
    case, so that erasing the conversation takes them all. Its customer is told.

    Args:
        other_customer: That the two may belong to different customers.

    Returns:
        The case that goes on.

    Raises:
        TicketNotFound, Outdated, ChangeRefused: As `changes.begin`, and ChangeRefused `number`, `itself`, `merged` when
            the other one was merged itself, `other_customer`, or `live_chat` while the customer waits in the queue.
        AlreadyTaken: When a colleague is in its chat.
        TicketMoveRefused: When the other case is settled.
    """
    other = by_number(session, ticket_id, number)
    if (known := session.get(Ticket, ticket_id)) is not None:
        lock_with_chat(session, known.conversation_id, other.conversation_id)
    change, survivor = begin_with_other(session, ticket_id, other.id, caller)
    if change.repeated:
        return survivor
    _check(session, change, survivor, other_customer)
    ticket, was_open = change.ticket, is_open(change.ticket.state)
    if was_open and change.conversation.token_hash:
        # Where its customer reads follows from what it is merged with, so they are told before it is.
        _tell_where_they_read(session, change.conversation, ticket, survivor)
    details = _gather(session, ticket, survivor)
    ticket.merged_into_id = survivor.id
    # No move that a settled case could make: whatever was open about it is open in the other one.
    ticket.state = "closed"
    ticket.resolved_at = ticket.resolved_at or now()
    ticket.snoozed_until = ticket.waiting_since = None
    change.note(session, "merged_into", {"number": survivor.number})
    change.note(session, "merged", {"number": ticket.number} | details, survivor)
    if was_open and change.conversation.token_hash:
        _tell(session, change.conversation, ticket, survivor)
        _tell_where_it_goes_on(session, ticket, survivor)
    return survivor


def _check(session: Session, change: Change, survivor: Ticket, other_customer: bool) -> None:
    ticket, conversation = change.ticket, change.conversation
    if survivor.merged_into_id is not None:
        raise ChangeRefused("merged", number=queries.surviving(session, survivor).number)
    if not is_open(survivor.state):
        raise TicketMoveRefused(survivor.state, "merged")
    if ticket.customer_id != survivor.customer_id and not other_customer:
        raise ChangeRefused("other_customer", number=survivor.number)
    if ticket.conversation_id == survivor.conversation_id or not is_open(ticket.state):
        return
    if conversation.status == "queued":
        raise ChangeRefused("live_chat")
    if conversation.status == "agent" and conversation.staff_id != change.caller.member.id:
        owner = session.get(StaffMember, conversation.staff_id) if conversation.staff_id else None
        raise AlreadyTaken(owner.name if owner else "")


def _gather(session: Session, ticket: Ticket, survivor: Ticket) -> JsonObject:
    """Bring along what belongs to the matter; what of it changed the other case for its timeline."""
    details: JsonObject = {}
    same_customer = ticket.customer_id == survivor.customer_id
    here = queries.tags_of(session, survivor.id)
    brought = queries.tags_of(session, ticket.id) if same_customer else []
    new = [each for each in brought if each not in here][: MOST_TAGS - len(here)]
    if new:
        session.add_all(TicketTag(ticket_id=survivor.id, name=each) for each in new)
        details["tags"] = new
    _bring_links(session, ticket, survivor)
    named = update(Mention).where(Mention.ticket_id == ticket.id).values(ticket_id=survivor.id)
    session.execute(named.execution_options(synchronize_session=False))
    urgent = more_urgent(ticket.priority, survivor.priority)
    if urgent != survivor.priority and is_open(ticket.state):
        survivor.priority = details["priority"] = urgent
    if same_customer and is_open(ticket.state):
        survivor.contact_email = survivor.contact_email or ticket.contact_email
        survivor.contact_phone = survivor.contact_phone or ticket.contact_phone
        waited = [each for each in (ticket.waiting_since, survivor.waiting_since) if each is not None]
        survivor.waiting_since = min(waited, default=None)
    return details


def _bring_links(session: Session, ticket: Ticket, survivor: Ticket) -> None:
    """What the case was linked with is linked with the other one as well."""
    links = select(TicketLink).where(or_(TicketLink.ticket_id == ticket.id, TicketLink.other_id == ticket.id))
    for link in session.scalars(links).all():
        end = link.other_id if link.ticket_id == ticket.id else link.ticket_id
        if end != survivor.id and queries.link_between(session, survivor.id, end) is None:
            connect(session, survivor.id, end, "related")
    connect(session, ticket.id, survivor.id, "merged")


def _tell_where_it_goes_on(session: Session, ticket: Ticket, survivor: Ticket) -> None:
    """The same customer is told in the chat in which it goes on, which may be the one that they are looking at."""
    if ticket.customer_id != survivor.customer_id or ticket.conversation_id == survivor.conversation_id:
        return
    conversation = conversation_queries.locked(session, survivor.conversation_id)
    if not conversation.token_hash or conversation.status == "closed":
        return
    text = translate(
        conversation.language,
        "Your case {number} goes on here, together with {other}.",
        number=ticket.number,
        other=survivor.number,
    )
    add_message(session, conversation, "system", text, payload={"event": "merged"})


def _tell_where_they_read(session: Session, conversation: Conversation, ticket: Ticket, survivor: Ticket) -> None:
    """Of a case that was split off no page shows the conversation: its customer is told in the chat that they read."""
    chat = chat_of(session, conversation) if conversation.channel == SPLIT else None
    told_there_anyway = chat is not None and chat.id == survivor.conversation_id and chat.status != "closed"
    if chat is not None and not told_there_anyway:
        notice_in_chat(session, conversation, _words(conversation, ticket, survivor), {"event": "merged"})


def _words(conversation: Conversation, ticket: Ticket, survivor: Ticket) -> str:
    """What the customer is told, in the language of the conversation."""
    numbers = {"number": ticket.number, "other": survivor.number}
    if ticket.customer_id == survivor.customer_id:
        return translate(
            conversation.language,
            "We look after your case {number} together with {other} from now on, so that you need not explain anything "
            "twice. Everything you told us stays with it.",
            **numbers,
        )
    # Nobody is told the number of somebody else's case.
    return translate(
        conversation.language,
        "We look after your case {number} together with another one about the same matter from now on. Everything "
        "you told us stays with it, and there is nothing you need to do.",
        **numbers,
    )


def _tell(session: Session, conversation: Conversation, ticket: Ticket, survivor: Ticket) -> None:
    """Tell the customer in their chat; the assistant has it again, and drops whatever form was open."""
    words = _words(conversation, ticket, survivor)
    add_message(session, conversation, "system", words, payload={"event": "merged"})
    conversation.outcome = conversation.outcome or "escalated"
    if ticket.conversation_id == survivor.conversation_id or conversation.status == "closed":
        return
    drop_form = conversation.status in {"agent", "collecting_contact"}
    if conversation.channel != "chat":
        # The assistant answers neither mails nor programs.
        if conversation.status != "offline":
            conversations.move(conversation, "bot")
            conversations.move(conversation, "offline")
        return
    conversations.move(conversation, "bot")
    if drop_form:
        open_turn(session, conversation, trigger={"kind": "handed_back"})
