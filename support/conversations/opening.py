"""Opening a conversation, or going on with one: for whom, and where they left off. None of these commit.

Conversations are locked before customers, here as everywhere, so that nobody waits for somebody who waits for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import new_id, now
from support.conversations import opening_limit, queries
from support.conversations.context import Value
from support.conversations.signing_in import renew_tokens
from support.conversations.tables import Conversation, Message
from support.conversations.telling import tell_created
from support.conversations.tokens import Secrets, hash_token, token_of
from support.conversations.writing import add_message
from support.customers import operations as customers
from support.customers.identity import SignatureRefused
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


def start(session: Session, visit: Visit, secrets: Secrets, limited: bool = True) -> Started:
    """Open a conversation with a greeting, or go on with the one that the visit belongs to.

    A request that was sent before gets the conversation it opened, and a signed customer the one they were last in;
    what is known of the same browser's earlier conversation joins the signed customer.

    Args:
        limited: Whether a known customer can open only so many new ones (see opening_limit.py).

    Raises:
        SignatureRefused: When the site did not vouch for the customer, or not properly.
        TooManyConversations: When the customer opened too many lately.
    """
    given = visit.details or CustomerDetails()
    if given.signature:
        # Before anything else: knowing the id of a request makes nobody its customer.
        _check_vouched(session, visit, given, secrets)
    repeated = queries.by_own_id(session, visit.client_id) if visit.client_id else None
    owner = session.get_one(Customer, repeated.customer_id) if repeated is not None else None
    if owner is not None and owner.external_id not in ({None, given.id} if given.signature else {None}):
        # It was opened by this request, but is a signed customer's: they alone get it, and others a new one.
        repeated, visit = None, replace(visit, client_id=None)
    if given.signature:
        return _start_signed(session, visit, given, repeated, secrets, limited)
    if repeated is not None:
        return _told_again(session, repeated, secrets)
    return _start_unsigned(session, visit, given, secrets, limited)


def _check_vouched(session: Session, visit: Visit, given: CustomerDetails, secrets: Secrets) -> None:
    """The site's word counts once and for minutes; with it, the token of the customer's own conversation renews it.

    A page that was loaded with one signature lets its customer begin a second conversation that way.
    """
    try:
        customers.check_vouched(session, given, secrets.identity, visit.client_id)
    except SignatureRefused as refused:
        if refused.code == "signature" or visit.previous is None:
            raise
        before = queries.by_token(session, visit.previous[0], hash_token(visit.previous[1]))
        if before is None or session.get_one(Customer, before.customer_id).external_id != given.id:
            raise


def _start_signed(
    session: Session,
    visit: Visit,
    given: CustomerDetails,
    repeated: Conversation | None,
    secrets: Secrets,
    limited: bool,
) -> Started:
    """For a customer whom the site vouches for."""
    before = _anonymous(session, repeated) if repeated is not None else _anonymous_before(session, visit)
    known = customers.id_of_signed(session, given.id)
    own = [each for each in (known, before.id if before else None) if each is not None]
    current = repeated or queries.current_of(session, own, now() - CONTINUED_WITHIN)
    signed = customers.signed_customer(session, given, visit.language)
    joined = customers.join(session, before, signed) if before is not None else []
    renew_tokens(session, joined, signed, secrets)
    if visit.consented:
        customers.consent(session, signed.id)
    if current is None:
        return _opened(session, visit, signed, secrets, limited, joined)
    if repeated is None:
        _note_visit(current, visit)
    return _told_again(session, current, secrets, joined)


def _start_unsigned(session: Session, visit: Visit, given: CustomerDetails, secrets: Secrets, limited: bool) -> Started:
    """For the customer of the browser's earlier conversation, or a new one.

    Without the site's word nothing is said in the name of a customer whom it once vouched for.
    """
    before = _anonymous_before(session, visit)
    customer = customers.locked(session, before.id) if before is not None else None
    if customer is None:
        customer, limited = Customer(), False
    customers.note_details(session, customer, given, visit.language)
    if visit.consented:
        customers.consent(session, customer.id)
    return _opened(session, visit, customer, secrets, limited)


def _anonymous_before(session: Session, visit: Visit) -> Customer | None:
    """Whose an earlier conversation of this browser is, with all of theirs locked.

    None when its token does not prove it (any more), or when it is a signed customer's: then it stays theirs.
    """
    if visit.previous is None:
        return None
    conversation_id, hashed = visit.previous[0], hash_token(visit.previous[1])
    if queries.by_token(session, conversation_id, hashed) is None:
        return None
    conversation = queries.locked_with_others(session, conversation_id)
    return _anonymous(session, conversation) if conversation.token_hash == hashed else None


def _anonymous(session: Session, conversation: Conversation) -> Customer | None:
    """The customer of a (locked) conversation, unless the site vouched for them."""
    customer = session.get_one(Customer, conversation.customer_id)
    return customer if customer.external_id is None else None


def _opened(
    session: Session,
    visit: Visit,
    customer: Customer,
    secrets: Secrets,
    limited: bool,
    joined: Sequence[str] = (),
) -> Started:
    """A new conversation of a (locked) customer."""
    if limited:
        moment = now()
        opened = queries.opened_lately(session, customer.id, moment - opening_limit.WITHIN, opening_limit.MOST_NEW)
        opening_limit.check_may_open(opened, moment)
    try:
        with session.begin_nested():
            conversation = _made(session, visit, customer, secrets)
    except IntegrityError:
        if visit.client_id is None or queries.by_own_id(session, visit.client_id) is None:
            raise
        # The same request came twice at once, and the other one was quicker.
        again = start(session, visit, secrets, limited)
        return replace(again, joined=[*joined, *again.joined])
    tell_created(session, conversation)
    greeting = add_message(session, conversation, "bot", greeting_text(visit.language, customer.name))
    return Started(conversation, token_of(secrets.tokens, conversation.id, customer.id), [greeting], joined)


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
    conversation.token_hash = hash_token(token_of(secrets.tokens, conversation.id, customer.id))
    _note_visit(conversation, visit)
    session.add(conversation)
    return conversation


def _note_visit(conversation: Conversation, visit: Visit) -> None:
    conversation.page = (visit.page or "")[:500] or conversation.page
    conversation.context = dict(visit.context) or conversation.context


def _told_again(session: Session, conversation: Conversation, secrets: Secrets, joined: Sequence[str] = ()) -> Started:
    """A conversation that was there before, with its token, which is another one when our secret has changed."""
    token = token_of(secrets.tokens, conversation.id, conversation.customer_id)
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
