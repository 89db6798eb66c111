"""A customer shows who they are, or agrees to something, while the chat is open. None of these commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from support.conversations import queries
from support.conversations.operations import ConversationClosed, locked_unless_erased
from support.conversations.tables import Conversation
from support.conversations.tokens import Secrets, hash_token, token_of
from support.customers import operations as customers
from support.customers.operations import CustomerDetails
from support.customers.tables import Customer


@dataclass(frozen=True)
class SignedIn:
    """A customer whom the site vouches for.

    Attributes:
        token: What opens their conversation from now on.
        joined: Conversations that became theirs, none of which opens with the token that it had.
    """

    customer: Customer
    token: str
    joined: Sequence[str]


def sign_in(
    session: Session, conversation_id: str, details: CustomerDetails, secrets: Secrets, request_id: str | None
) -> SignedIn:
    """The site signs the user of an open conversation in: it, and all else of the same browser, becomes theirs.

    Args:
        request_id: The page's own id of the request, which may be sent again with the same signature.

    Raises:
        SignatureRefused: When the site did not vouch for the customer, or not properly.
        OtherCustomer: When the conversation belongs to another signed customer.
        ConversationClosed: When the conversation was erased.
    """
    conversation = queries.locked_with_others(session, conversation_id)
    if not conversation.token_hash:
        raise ConversationClosed
    customers.check_vouched(session, details, secrets.identity, request_id)
    signed = customers.signed_customer(session, details, conversation.page_language)
    joined = customers.join(session, session.get_one(Customer, conversation.customer_id), signed)
    renew_tokens(session, {conversation_id, *joined}, signed, secrets)
    return SignedIn(signed, token_of(secrets.tokens, conversation_id, signed.id), joined)


def renew_tokens(session: Session, conversation_ids: Iterable[str], customer: Customer, secrets: Secrets) -> None:
    """Let (locked) conversations open with the token that they have as this customer's, and no other."""
    for conversation_id in conversation_ids:
        conversation = session.get_one(Conversation, conversation_id)
        # What was erased is opened by nothing.
        if conversation.token_hash:
            conversation.token_hash = hash_token(token_of(secrets.tokens, conversation_id, customer.id))
    session.flush()


def consent(session: Session, conversation_id: str) -> datetime | None:
    """The customer of a conversation agrees to the privacy notice; when they first did.

    Raises:
        ConversationClosed: When the conversation was erased.
    """
    conversation = locked_unless_erased(session, conversation_id)
    return customers.consent(session, conversation.customer_id).consented_at
