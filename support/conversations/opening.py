"""Opening a conversation, or going on with one: for whom, and where they left off. None of these commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import new_id, now
from support.conversations import queries
from support.conversations.context import Value
from support.conversations.operations import locked_unless_erased
from support.conversations.tables import Conversation, Message
from support.conversations.tokens import hash_token, token_of
from support.conversations.writing import add_message
from support.customers import operations as customers
from support.customers.operations import CustomerDetails
from support.customers.tables import Customer
from texts.catalogue import translate

# A signed customer goes on, on whatever device, with a conversation in which something was said within this time.
CONTINUED_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class Visit:
    """What a page says when it opens a conversation.

    Attributes:
        page: The address of the page.
        client_id: The page's own id of the request (a UUID): the same again is the same conversation. Whoever knows it
            gets the token, so it is as secret as the token itself.
        previous: Id and token of an earlier conversation in the same browser.
        context: What the site tells about the visit; nothing said leaves it as it was.
        consented: Whether the customer agreed to the privacy notice.
    """

    language: str
    details: CustomerDetails | None = None
    page: str | None = None
    client_id: str | None = None
    previous: tuple[str, str] | None = None
    context: dict[str, Value] = field(default_factory=dict)
    consented: bool = False


@dataclass(frozen=True)
class Secrets:
    """What opening has to know.

    Attributes:
        identity: Shared with the company's site, which signs its users with it; empty when not used.
        tokens: Our own, from which conversations' tokens follow.
    """

    identity: str
    tokens: str


@dataclass(frozen=True)
class Started:
    """An open conversation with all that was said in it; of its token only a hash is kept.

    Attributes:
        joined: Conversations that became the signed customer's because of this.
    """

    conversation: Conversation
    token: str
    messages: Sequence[Message]
    joined: Sequence[str] = ()

    @property
    def greeting(self) -> Message:
        """The first message."""
        return self.messages[0]


def start(session: Session, visit: Visit, secrets: Secrets) -> Started:
    """Open a conversation with a greeting, or go on with the one that the visit belongs to.

    A request that was sent before gets the conversation it opened, and a signed customer the one they were last in;
    what is known of the same browser's earlier conversation joins the signed customer.

    Raises:
        SignatureRefused: When the site did not vouch for the customer, or not properly.
    """
    repeated = queries.by_own_id(session, visit.client_id) if visit.client_id else None
    if repeated is not None:
        return _told_again(session, repeated, secrets)
    customer, joined = _customer(session, visit, secrets)
    if visit.consented:
        customers.consent(session, customer.id)
    current = queries.current_of(session, customer.id, now() - CONTINUED_WITHIN) if customer.external_id else None
    if current is not None:
        conversation = queries.locked(session, current)
        _note_visit(conversation, visit)
        return _told_again(session, conversation, secrets, joined)
    try:
        with session.begin_nested():
            conversation = _made(session, visit, customer, secrets)
    except IntegrityError:
        # The same request came twice at once, and the other one was quicker.
        quicker = queries.by_own_id(session, visit.client_id) if visit.client_id else None
        if quicker is None:
            raise
        return _told_again(session, quicker, secrets)
    greeting = add_message(session, conversation, "bot", greeting_text(visit.language, customer.name))
    return Started(conversation, token_of(secrets.tokens, conversation.id), [greeting], joined)


def sign_in(
    session: Session, conversation_id: str, details: CustomerDetails, identity_secret: str, request_id: str | None
) -> tuple[Customer, list[str]]:
    """The site signs the user of an open conversation in: it, and all else of the same browser, becomes theirs.

    Args:
        request_id: The page's own id of the request, which may be sent again with the same signature.

    Returns:
        The signed customer, and the conversations that changed hands.

    Raises:
        SignatureRefused: When the site did not vouch for the customer, or not properly.
        OtherCustomer: When the conversation belongs to another signed customer.
        ConversationClosed: When the conversation was erased.
    """
    conversation = locked_unless_erased(session, conversation_id)
    signed = customers.signed_customer(session, details, conversation.page_language, identity_secret, request_id)
    return signed, customers.join(session, session.get_one(Customer, conversation.customer_id), signed)


def consent(session: Session, conversation_id: str) -> datetime | None:
    """The customer of a conversation agrees to the privacy notice; when they first did.

    Raises:
        ConversationClosed: When the conversation was erased.
    """
    conversation = locked_unless_erased(session, conversation_id)
    return customers.consent(session, conversation.customer_id).consented_at


def _customer(session: Session, visit: Visit, secrets: Secrets) -> tuple[Customer, list[str]]:
    """Whose the conversation is, and what joined them: signed by the site, else known from before, else new."""
    given = visit.details or CustomerDetails()
    before = _owner_before(session, visit)
    if given.signature:
        signed = customers.signed_customer(session, given, visit.language, secrets.identity, visit.client_id)
        # Another signed customer's conversation in this browser stays theirs.
        joined = customers.join(session, before, signed) if before and before.external_id is None else []
        return signed, joined
    # Without the site's word nothing is said in the name of a customer whom it once vouched for.
    customer = before if before is not None and before.external_id is None else Customer()
    customers.note_details(session, customer, given, visit.language)
    return customer, []


def _owner_before(session: Session, visit: Visit) -> Customer | None:
    """Whose an earlier conversation of this browser is; None when its token does not prove it (any more)."""
    if visit.previous is None:
        return None
    conversation_id, token = visit.previous
    conversation = queries.by_token(session, conversation_id, hash_token(token))
    if conversation is None:
        return None
    # Locked, so that its customer cannot become another one meanwhile.
    session.refresh(conversation, with_for_update=True)
    return session.get_one(Customer, conversation.customer_id)


def _made(session: Session, visit: Visit, customer: Customer, secrets: Secrets) -> Conversation:
    conversation = Conversation(
        id=new_id(),
        client_id=visit.client_id,
        customer_id=customer.id,
        language=visit.language,
        page_language=visit.language,
        context={},
        status="bot",
        last_seq=0,
    )
    conversation.token_hash = hash_token(token_of(secrets.tokens, conversation.id))
    _note_visit(conversation, visit)
    session.add(conversation)
    return conversation


def _note_visit(conversation: Conversation, visit: Visit) -> None:
    conversation.page = (visit.page or "")[:500] or conversation.page
    conversation.context = dict(visit.context) or conversation.context


def _told_again(session: Session, conversation: Conversation, secrets: Secrets, joined: Sequence[str] = ()) -> Started:
    """A conversation that was there before, with its token, which is another one when our secret has changed."""
    token = token_of(secrets.tokens, conversation.id)
    conversation.token_hash = hash_token(token)
    session.flush()
    return Started(conversation, token, queries.transcript(session, conversation.id), joined)


def greeting_text(language: str, name: str | None) -> str:
    """The first words, which say that it is a bot and how to reach a person."""
    if name:
        return translate(
            language,
            "Hello {name}! I am the shop's assistant, a bot. Ask me anything about orders, delivery, returns or "
            "your devices. You can talk to a person at any time.",
            name=name,
        )
    return translate(
        language,
        "Hello! I am the shop's assistant, a bot. Ask me anything about orders, delivery, returns or your devices. "
        "You can talk to a person at any time.",
    )
