"""What the desk shows and the staff API gives: cases, their transcript, trail and timeline."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from support.tickets.states import is_open

Mode = Literal["mine", "other", "free", "resolved", "erased"]


class CandidateOut(msgspec.Struct):
    """An article that was considered for an answer."""

    article_id: str
    title: str
    language: str
    probability: float
    variant: str


class TrailOut(msgspec.Struct):
    """How an answer was found.

    Attributes:
        direct: Whether the dialogue server was passed by.
    """

    query: str
    language: str
    decision: str
    candidates: list[CandidateOut]
    index_version: int
    milliseconds: float
    direct: bool


class EntryOut(msgspec.Struct):
    """A message as staff see it."""

    seq: int
    id: str
    author: str
    name: str | None
    text: str
    language: str
    payload: dict[str, Any] | None
    intent: str | None
    confidence: float | None
    trail: TrailOut | None
    created_at: datetime


class RatingOut(msgspec.Struct):
    """A rating; `about` is the seq of the rated message, when it is one."""

    kind: str
    subject_type: str
    about: int | None
    score: int
    highest: int
    reasons: list[str]
    comment: str
    at: datetime


class EventOut(msgspec.Struct):
    """A line of the timeline; `name` is the colleague who did it."""

    position: int
    kind: str
    name: str | None
    details: dict[str, Any]
    at: datetime


class TicketOut(msgspec.Struct):
    """A case as a list shows it.

    Attributes:
        priority: Its colour (see support.tickets.priority).
        chat: Status of the conversation (see support.conversations.states).
        owner, owner_id: The colleague who has the case.
        waiting_since: When the customer began to wait, or the case was opened.
    """

    id: str
    number: str
    conversation_id: str
    state: str
    reason: str
    priority: str
    language: str
    category: str | None
    customer: str | None
    owner: str | None
    owner_id: str | None
    chat: str
    summary: str
    waiting_since: datetime
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None


class CountsOut(msgspec.Struct):
    """How many cases the open views hold."""

    queue: int
    mine: int
    open: int


class ListOut(msgspec.Struct):
    """A page of a view; `more` tells whether another page follows."""

    view: str
    page: int
    more: bool
    counts: CountsOut
    tickets: list[TicketOut]


class CaseOut(msgspec.Struct):
    """Everything about one case.

    Attributes:
        mode: Who has it, seen by the one who asks; `erased`, open or not, once its customer erased what was said.
        in_charge: Name of the colleague who has the chat.
        chat_language: The language the customer writes in now; the ticket keeps the one it was opened in.
        details: What the customer told in a form, field by field, in the ticket's language.
        vouched: Whether the company's site signed the customer in.
        context: What the site tells about the visit, by name.
    """

    ticket: TicketOut
    mode: Mode
    in_charge: str | None
    chat_language: str
    contact_email: str | None
    contact_phone: str | None
    details: dict[str, str]
    resolution_note: str | None
    transcript: list[EntryOut]
    ratings: list[RatingOut]
    timeline: list[EventOut]
    vouched: bool
    context: dict[str, Any]

    @property
    def is_open(self) -> bool:
        """Whether people still have to do something."""
        return is_open(self.ticket.state)


class FeedbackOut(msgspec.Struct):
    """A suggestion or praise under its receipt number."""

    number: str
    kind: str
    text: str
    language: str
    created_at: datetime


class FeedbackListOut(msgspec.Struct):
    """A page of feedback; `kind` is empty for all kinds, `more` tells whether another page follows."""

    kind: str
    page: int
    more: bool
    feedback: list[FeedbackOut]


class ReplyIn(msgspec.Struct):
    """Words to the customer."""

    text: str


class ResolutionIn(msgspec.Struct):
    """How a case was settled."""

    category: str
    note: str
