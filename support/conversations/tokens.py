"""The token that opens a conversation. Pure.

It follows from the conversation's id and the installation's secret, so that it can be told again to whoever proves
that the conversation is theirs. Only its hash is stored: whoever reads the database cannot open conversations with it.
"""

import base64
import hashlib
import hmac


def token_of(secret: str, conversation_id: str) -> str:
    """The token of a conversation."""
    made = hmac.new(secret.encode(), f"conversation-token:{conversation_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """How a conversation's token is kept: it is long and cannot be guessed, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
