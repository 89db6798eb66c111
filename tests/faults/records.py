"""What customers sent and saw, and what is stored: plain values to be compared."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# States in which a turn is not over yet, of the present and of any coming pipeline.
UNSETTLED = frozenset({"pending", "asked", "acted"})


@dataclass
class Sent:
    """A message of a customer through all its tries.

    Attributes:
        began: When it was first tried; `accepted` when its first 202 came (both by the checker's clock).
        otherwise: Answers to later tries that name another message than the first answer.
    """

    client_id: str
    text: str
    payload: dict[str, Any] | None = None
    began: float = 0.0
    accepted: float | None = None
    id: str = ""
    seq: int = 0
    tries: int = 0
    refused: str = ""
    otherwise: list[str] = field(default_factory=list)

    def heard(self, id: str, seq: int, moment: float) -> None:
        """Note an answer to one of the tries."""
        if self.accepted is None:
            self.accepted, self.id, self.seq = moment, id, seq
        elif (id, seq) != (self.id, self.seq):
            self.otherwise.append(f"id {id} seq {seq}, but the first answer said id {self.id} seq {self.seq}")


@dataclass(frozen=True)
class Seen:
    """A message as the customer's page got it."""

    seq: int
    id: str
    client_id: str | None
    author: str
    text: str
    payload: dict[str, Any] | None

    @classmethod
    def read(cls, message: dict[str, Any]) -> "Seen":
        """From the API's JSON."""
        return cls(
            seq=message["seq"],
            id=message["id"],
            client_id=message["client_id"],
            author=message["author"],
            text=message["text"],
            payload=message["payload"],
        )


@dataclass
class Diary:
    """Everything one customer did and saw.

    Attributes:
        needs_ticket: Whether the script asked for a person in some way.
        contacts: How often an address was given.
        seen: Messages as they came, by sequence number.
        last: The largest sequence number seen.
        oddities: What was wrong with the order or the sameness of what came.
        whole: The whole conversation, read once more after everything was quiet; None when that failed.
        typing: Whether the bot was still said to be busy then.
        waits: Seconds until an answer was seen; `in_vain` counts the answers that were not waited for any longer.
        told_to_wait: How often an honest word came while the bot was busy, by reason.
    """

    number: int
    script: str
    language: str
    needs_ticket: bool = False
    contacts: int = 0
    conversation_id: str = ""
    token: str = ""
    sent: list[Sent] = field(default_factory=list)
    seen: dict[int, Seen] = field(default_factory=dict)
    last: int = 0
    oddities: list[tuple[str, str]] = field(default_factory=list)
    whole: list[Seen] | None = None
    typing: bool = False
    waits: list[float] = field(default_factory=list)
    in_vain: int = 0
    told_to_wait: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def take(self, message: dict[str, Any], how: str) -> None:
        """Note a message that came, and whether it came in its turn."""
        new = Seen.read(message)
        known = self.seen.setdefault(new.seq, new)
        if known != new:
            self.oddities.append(("doubled", f"seq {new.seq} was seen as {known} and, by {how}, as {new}"))
        elif new.seq <= self.last:
            self.oddities.append(("out of order", f"seq {new.seq} came by {how} after seq {self.last}"))
        elif new.seq != self.last + 1:
            self.oddities.append(("out of order", f"seq {new.seq} came by {how} right after seq {self.last}"))
        self.last = max(self.last, new.seq)

    def count(self, what: str) -> None:
        """Count something for the report."""
        self.counts[what] = self.counts.get(what, 0) + 1


@dataclass(frozen=True)
class StoredMessage:
    """A row of `message`."""

    id: str
    seq: int
    client_id: str | None
    author: str
    text: str
    payload: dict[str, Any] | None
    turn_id: str | None
    created_at: datetime


@dataclass(frozen=True)
class StoredTurn:
    """A row of `turn`."""

    id: str
    message_id: str | None
    trigger: dict[str, Any] | None
    seq: int
    state: str
    attempt: int
    answered_by: str | None
    created_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class StoredRetrieval:
    """A row of `retrieval`."""

    turn_id: str
    message_id: str
    query: str


@dataclass(frozen=True)
class StoredTicket:
    """A row of `ticket`; `events` are the kinds of its timeline."""

    number: str
    turn_id: str | None
    reason: str
    contact: str
    created_at: datetime
    events: tuple[str, ...]


@dataclass
class Stored:
    """One conversation as the database holds it, messages in their order."""

    id: str
    status: str = "bot"
    messages: list[StoredMessage] = field(default_factory=list)
    turns: list[StoredTurn] = field(default_factory=list)
    retrievals: list[StoredRetrieval] = field(default_factory=list)
    tickets: list[StoredTicket] = field(default_factory=list)

    def questions(self, turn_id: str) -> list[StoredMessage]:
        """The customer's messages that a turn answers."""
        return [each for each in self.messages if each.turn_id == turn_id and each.author == "customer"]

    def answers(self, turn_id: str) -> list[StoredMessage]:
        """What the bot said in a turn."""
        return [each for each in self.messages if each.turn_id == turn_id and each.author != "customer"]


@dataclass(frozen=True)
class Violation:
    """Something that must not be. `rule` names it in a few words, `words` tell the case."""

    kind: str
    rule: str
    conversation_id: str
    words: str
    turn_id: str | None = None


def count_by_kind(violations: Iterable[Violation]) -> dict[str, int]:
    """How many violations of each kind."""
    counts: dict[str, int] = {}
    for each in violations:
        counts[each.kind] = counts.get(each.kind, 0) + 1
    return counts
