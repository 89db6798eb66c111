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

    def has(self, conversation_id: str, token_hash: str) -> bool:
        """Whether the token may be trusted without looking."""
        known, until = self._until.get(conversation_id, ("", 0.0))
        return known == token_hash and time.monotonic() < until

    def keep(self, conversation_id: str, token_hash: str) -> None:
        """Trust a token for a while."""
        self._until[conversation_id] = (token_hash, time.monotonic() + TRUSTED_SECONDS)
        self._until.move_to_end(conversation_id)
        if len(self._until) > MOST_TRUSTED:
            self._until.popitem(last=False)

    def forget(self, conversation_id: str) -> None:
        """Trust no token of this conversation any more."""
        self._until.pop(conversation_id, None)
