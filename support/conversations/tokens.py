"""The token that opens a conversation. Pure.

It follows from the conversation, its customer and the installation's secret, so that it can be told again to whoever
proves that the conversation is theirs. Once the conversation becomes another customer's it has another token: whoever
noted the one before (on a shared computer, say) learns nothing about the customer who signed in. Only its hash is
stored: whoever reads the database cannot open conversations with it.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True)
class Secrets:
    """What has to be known to open a conversation.

    Attributes:
        identity: Shared with the company's site, which signs its users with it; empty when not used.
        tokens: Our own, from which conversations' tokens follow.
    """

    identity: str
    tokens: str


def token_of(secret: str, conversation_id: str, customer_id: str) -> str:
    """The token of a conversation while it is this customer's."""
    named = f"conversation-token:{conversation_id}:{customer_id}"
    made = hmac.new(secret.encode(), named.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """How a conversation's token is kept: it is long and cannot be guessed, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
