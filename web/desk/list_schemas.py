"""What the lists of the desk and of the staff API show: cases, counts of views, saved views, and feedback."""

from datetime import datetime

import msgspec


class PieceOut(msgspec.Struct):
    """A part of a text; `marked` where it is what was searched for."""

    text: str
    marked: bool


class TicketOut(msgspec.Struct):
    """A case as a list shows it.

    Attributes:
        priority: Its colour (see support.tickets.priority).
        chat: Status of the conversation (see support.conversations.states).
        owner, owner_id: The colleague who has the case.
        channel: "chat", "split", "mail" or "api" (see CaseOut).
        waiting_since: Since when the customer waits for an answer of people; none while it is their turn.
        snoozed_until: Out of sight until then.
        unread: How many messages of the customer the reader has not seen yet; counted for lists of open cases.
        found: Where searched words stand, piece by piece; none when nothing is searched for.
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
    waiting_since: datetime | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    subject: str | None = None
    channel: str = "chat"
    team: str | None = None
    team_id: str | None = None
    tags: list[str] = []
    snoozed_until: datetime | None = None
    merged_into_id: str | None = None
    unread: int = 0
    found: list[PieceOut] | None = None


class CountsOut(msgspec.Struct):
    """How many cases each view holds; of mentions, those that were not seen yet. `open` is an older name of `all`."""

    queue: int
    mine: int
    team: int
    mentions: int
    all: int
    snoozed: int
    open: int


class SavedViewOut(msgspec.Struct):
    """A list that was kept under a name.

    Attributes:
        query: What its address says.
        own: Whether it is the reader's own.
        count: How many cases it holds; none where they are not counted.
    """

    id: str
    name: str
    query: str
    own: bool
    shared: bool
    count: int | None


class ListOut(msgspec.Struct):
    """A page of a view.

    Attributes:
        query: What its address says.
        filters: The filters that are set, by name.
        sort: One of support.tickets.order.ORDERS.
        more: Whether another page follows.
    """

    view: str
    page: int
    more: bool
    counts: CountsOut
    tickets: list[TicketOut]
    query: str = ""
    q: str = ""
    filters: dict[str, str] = {}
    sort: str = "urgent"
    saved: list[SavedViewOut] = []


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
