"""Tokens of conversations that need no second look."""

import time
from collections import OrderedDict

# A token that proved right needs no second look at the database for a while.
TRUSTED_SECONDS = 30.0
MOST_TRUSTED = 10_000


class TrustedTokens:
    """Tokens that proved to be their conversation's own lately, by their hash."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._forgotten = 0

    @property
    def forgotten(self) -> int:
        """How often tokens were forgotten so far; read it before looking at the database, and give it to `keep`."""
        return self._forgotten

    def has(self, conversation_id: str, token_hash: str) -> bool:
        """Whether the token may be trusted without looking."""
        known, until = self._until.get(conversation_id, ("", 0.0))
        return known == token_hash and time.monotonic() < until

    def keep(self, conversation_id: str, token_hash: str, forgotten: int) -> None:
        """Trust a token for a while, unless any was forgotten since the look that proved it."""
        if forgotten != self._forgotten:
            return
        self._until[conversation_id] = (token_hash, time.monotonic() + TRUSTED_SECONDS)
        self._until.move_to_end(conversation_id)
        if len(self._until) > MOST_TRUSTED:
            self._until.popitem(last=False)

    def forget(self, conversation_id: str) -> None:
        """Trust no token of this conversation any more."""
        self._until.pop(conversation_id, None)
        self._forgotten += 1
