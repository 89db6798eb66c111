"""Reading conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from support.conversations.states import SPLIT
from support.conversations.tables import Conversation, Message, Retrieval
from support.customers.tables import Customer
from support.routing.queries import expected_minutes
from support.routing.rules import TIERS
from support.staff.tables import StaffMember
from support.tickets.states import OPEN_STATES
from support.tickets.tables import Ticket
from support.turns.tables import Turn

# Messages read at once.
PAGE = 500

# Built once, because every message comes by here.
_LOCKED = select(Conversation).where(Conversation.id == bindparam("conversation")).with_for_update()
_BY_CLIENT_ID = select(Message).where(
    Message.conversation_id == bindparam("conversation"), Message.client_id == bindparam("client")
)

_KNOWN_CLIENT_ID = select(Message.__table__.c.id).where(
    Message.__table__.c.conversation_id == bindparam("conversation"),
    Message.__table__.c.client_id == bindparam("client"),
)

# Conversations with an open case that cannot wait.
_RED = select(Ticket.conversation_id).where(Ticket.priority == "red", Ticket.state.in_(OPEN_STATES))
# The order of the queue: red cases before all others, then by the customer's tier; smaller goes first.
_TIER = case({tier: rank for rank, tier in enumerate(TIERS)}, value=Customer.tier, else_=len(TIERS))
_order_of_queue = case((Conversation.id.in_(_RED), 0), else_=len(TIERS) + 1) + _TIER


@dataclass(frozen=True)
class ConversationState:
    """What a customer's page needs to know beside the messages; `wait_minutes` is None when nobody can tell."""

    status: str
    language: str
    agent: str | None
    place: int | None
    last_seq: int
    wait_minutes: int | None = None


def locked(session: Session, conversation_id: str) -> Conversation:
    """A conversation nobody else may change until this unit of work ends."""
    return session.scalars(_LOCKED, {"conversation": conversation_id}).one()


def by_token(session: Session, conversation_id: str, token_hash: str) -> Conversation | None:
    """A conversation, if the token is its own."""
    return session.scalar(
        select(Conversation).where(Conversation.id == conversation_id, Conversation.token_hash == token_hash)
    )


def opened_by_another(session: Session, conversation_id: str, token_hash: str) -> bool:
    """Whether a conversation has another token than this one now; what was erased has none."""
    kept = session.scalar(select(Conversation.token_hash).where(Conversation.id == conversation_id))
    return bool(kept) and kept != token_hash


def locked_with_others(session: Session, conversation_id: str) -> Conversation:
    """A conversation, and with it all others of its customer, locked; erased ones as well.

    They are locked in the order of their ids, so that two who do this do not wait for each other.
    """
    while True:
        owner = session.scalars(select(Conversation.customer_id).where(Conversation.id == conversation_id)).one()
        query = select(Conversation).where(Conversation.customer_id == owner).order_by(Conversation.id)
        found = session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
        for conversation in found:
            if conversation.id == conversation_id:
                return conversation
        # It became another customer's while we waited for it.


def by_own_id(session: Session, client_id: str) -> Conversation | None:
    """The conversation that a request with this id of its client opened, locked with all others of its customer."""
    known = session.scalar(select(Conversation.id).where(Conversation.client_id == client_id))
    if known is None:
        return None
    conversation = locked_with_others(session, known)
    # Unless it was erased while we waited for it.
    return conversation if conversation.client_id == client_id else None


def opened_lately(session: Session, customer_id: str, since: datetime, limit: int) -> Sequence[datetime]:
    """When a customer's last conversations were opened, as far as that was after a moment; newest first."""
    query = select(Conversation.created_at).where(
        Conversation.customer_id == customer_id, Conversation.created_at > since
    )
    return session.scalars(query.order_by(Conversation.created_at.desc()).limit(limit)).all()


def current_of(session: Session, customer_ids: Sequence[str], since: datetime) -> Conversation | None:
    """Somebody's open conversation in which something was said last, locked, if that was after a moment.

    Whether it is still open and theirs is looked at again once it is locked, and the next one taken if it is not.
    """
    return session.scalar(
        select(Conversation)
        .where(
            Conversation.customer_id.in_(customer_ids),
            Conversation.status != "closed",
            # What was split off from a chat is for colleagues; the customer goes on in the chat.
            Conversation.channel != SPLIT,
            Conversation.token_hash != "",
            Conversation.updated_at >= since,
        )
        .order_by(Conversation.updated_at.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def message_by_client_id(session: Session, conversation_id: str, client_id: str) -> Message | None:
    """The message a client sent under its own id."""
    sent = {"conversation": conversation_id, "client": client_id}
    # Nearly always there is none, and to see that costs a third of what looking for the object does.
    if session.connection().execute(_KNOWN_CLIENT_ID, sent).first() is None:
        return None
    return session.scalar(_BY_CLIENT_ID, sent)


def messages_after(session: Session, conversation_id: str, seq: int, limit: int = PAGE) -> Sequence[Message]:
    """Messages with a larger sequence number, in order."""
    return session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > seq)
        .order_by(Message.seq)
        .limit(limit)
    ).all()


def transcript(session: Session, conversation_id: str) -> Sequence[Message]:
    """Every message, in order, however many there are."""
    found: list[Message] = []
    while page := messages_after(session, conversation_id, found[-1].seq if found else 0, PAGE):
        found += page
    return found


def retrievals(session: Session, conversation_id: str) -> Sequence[Retrieval]:
    """How each answer was found, in order."""
    return session.scalars(
        select(Retrieval).where(Retrieval.conversation_id == conversation_id).order_by(Retrieval.created_at)
    ).all()


def recent_decisions(session: Session, conversation_id: str, since: datetime | None, limit: int = 5) -> list[str]:
    """What the customer's last messages led to, newest first: a search's decision, "other" where none was made."""
    query = (
        select(Retrieval.decision)
        .select_from(Turn)
        .outerjoin(Retrieval, Retrieval.turn_id == Turn.id)
        .where(Turn.conversation_id == conversation_id, Turn.state == "answered", Turn.message_id.is_not(None))
    )
    if since is not None:
        query = query.where(Turn.created_at > since)
    rows = session.scalars(query.order_by(Turn.seq.desc(), Turn.created_at.desc()).limit(limit))
    return [decision or "other" for decision in rows]


def place_in_queue(session: Session, conversation: Conversation) -> int | None:
    """1 for whoever is served next; None when not waiting. Red cases first, then by tier, then who came first."""
    if conversation.status != "queued" or conversation.queued_at is None:
        return None
    rank = session.scalar(
        select(_order_of_queue)
        .select_from(Conversation)
        .join(Customer, Customer.id == Conversation.customer_id)
        .where(Conversation.id == conversation.id)
    )
    at_once = (Conversation.queued_at == conversation.queued_at) & (Conversation.id < conversation.id)
    earlier = (Conversation.queued_at < conversation.queued_at) | at_once
    before, level = _order_of_queue < rank, _order_of_queue == rank
    ahead = (
        select(func.count())
        .select_from(Conversation)
        .join(Customer, Customer.id == Conversation.customer_id)
        .where(Conversation.status == "queued", before | (level & earlier))
    )
    return (session.scalar(ahead) or 0) + 1


def state(session: Session, conversation_id: str) -> ConversationState:
    """Status, language, the agent's name, the place in the queue and about how long it takes."""
    conversation = session.get_one(Conversation, conversation_id)
    agent = session.get(StaffMember, conversation.staff_id) if conversation.staff_id else None
    place = place_in_queue(session, conversation)
    return ConversationState(
        status=conversation.status,
        language=conversation.language,
        agent=agent.name if agent else None,
        place=place,
        last_seq=conversation.last_seq,
        wait_minutes=expected_minutes(session, place) if place else None,
    )


def waiting(session: Session) -> list[str]:
    """Ids of the conversations in the queue, whoever is next first."""
    query = (
        select(Conversation.id)
        .join(Customer, Customer.id == Conversation.customer_id)
        .where(Conversation.status == "queued")
        .order_by(_order_of_queue, Conversation.queued_at, Conversation.id)
    )
    return list(session.scalars(query))


def said_since(session: Session, conversation: Conversation, moment: datetime) -> int:
    """How many messages the customer wrote since a moment."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Message)
            .where(
                Message.conversation_id == conversation.id,
                Message.author == "customer",
                Message.created_at > moment,
            )
        )
        or 0
    )


def served_by(session: Session, staff_ids: set[str]) -> list[str]:
    """Ids of the live chats that these people have; what they answer by mail stays theirs while they are away."""
    if not staff_ids:
        return []
    query = select(Conversation.id).where(
        Conversation.status == "agent", Conversation.channel == "chat", Conversation.staff_id.in_(staff_ids)
    )
    return list(session.scalars(query))
