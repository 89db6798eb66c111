"""A claimed turn with all that is needed to answer it, and what came of it. Plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from support.conversations.tables import Conversation, Message


@dataclass(frozen=True)
class TurnWork:
    """A claimed turn.

    Attributes:
        attempt: 1 the first time it is asked; only the newest attempt can settle the turn.
        parts: The customer's messages it answers, oldest first; several when they came before the first answer.
        since: When the first of several parts came; the customer has waited since then.
        trace: The id in the logs: the client's own id of the newest message, else the turn's.
    """

    turn_id: str
    attempt: int
    conversation_id: str
    customer_id: str
    language: str
    parts: tuple[str, ...]
    payload: dict[str, Any] | None
    trigger: dict[str, Any] | None
    asked_at: datetime
    trace: str = ""
    since: datetime | None = None

    @property
    def text(self) -> str:
        """All that the customer said, as one text."""
        return "\n".join(self.parts)


@dataclass(frozen=True)
class Settled:
    """What became of a turn.

    Attributes:
        stored: Whether this answer counts; False when it came too late, or a person took over.
        messages: What the bot said, as stored.
        following: The next turn of the conversation, claimed already.
        untold: Nothing was stored, because the turn did something meanwhile that the reply does not tell.
    """

    stored: bool
    conversation: Conversation
    messages: tuple[Message, ...] = ()
    following: TurnWork | None = None
    untold: bool = False
