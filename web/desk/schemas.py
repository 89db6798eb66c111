"""One case as the desk shows it and the staff API gives it: transcript, trail and timeline, and what staff send."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from support.tickets.snooze_times import who_waits
from support.tickets.states import is_open
from web.desk.channels import way_of
from web.desk.list_schemas import TicketOut

Mode = Literal["mine", "beside", "other", "free", "resolved", "erased"]


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
    """A message as staff see it.

    Attributes:
        unanswered: Whether the assistant found nothing for this message of the customer.
        nothing_for: The seq of the message for which this answer says that nothing was found.
    """

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
    unanswered: bool = False
    nothing_for: int | None = None


class MailedOut(msgspec.Struct):
    """What became of a mail about a case.

    Attributes:
        message_id: The message whose words it carries; None for a confirmation or a notice.
        kind: "confirmation", "reply" or "resolved".
        state: "waiting", "sending", "sent", "failed" (given up) or "seen" (in the chat instead).
        recipient: The address, mostly hidden.
        error: What went wrong last: a code, and behind a colon what the server said, without addresses.
    """

    id: str
    message_id: str | None
    kind: str
    state: str
    recipient: str
    due_at: datetime
    sent_at: datetime | None
    error: str | None


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
    """A line of the timeline; `name` is the colleague who did it, `change_id` their own id of the change."""

    position: int
    kind: str
    name: str | None
    details: dict[str, Any]
    at: datetime
    change_id: str | None = None


class NoteOut(msgspec.Struct):
    """Words that only colleagues read.

    Attributes:
        number: The case that it was written on, which may have been merged into this one.
        after: The number of the message after which it stands in this case's conversation; 0 before all of them.
        named: The colleagues who are named in it.
    """

    id: str
    number: str
    after: int
    name: str
    text: str
    named: list[str]
    created_at: datetime


class LinkOut(msgspec.Struct):
    """Another case that has to do with this one: "related", "merged" or "split"."""

    id: str
    number: str
    kind: str
    state: str


class CaseOut(msgspec.Struct):
    """Everything about one case.

    Attributes:
        mode: Who has it, seen by the one who asks; `beside` for a supervisor who stepped in; `erased`, open
            or not, once its customer erased what was said.
        in_charge: Name of the colleague who has the chat.
        chat_language: The language the customer writes in now; the ticket keeps the one it was opened in.
        details: What the customer told in a form, field by field, in the ticket's language.
        vouched: Whether the company's site signed the customer in.
        context: What the site tells about the visit, by name.
        revision: Counts the changes; sent along with one, it is refused if others were made meanwhile.
        snoozed_until: Until when it is out of sight.
        merged_into: The case that goes on in its place.
        channel: Where it goes on: "chat", "mail" when it came as a mail, with a subject, "api" when a program opened
            it, or "split" when it was split off from a chat.
        mails: What was mailed about it, in order.
        reply_mailed_to: Where a reply would go by mail just now, mostly hidden; None when it would not.
        split_from: The case that it was split off from, where its channel is "split".
        read_in: The case in whose chat the customer then reads what is said; None when that chat cannot be used.
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
    revision: int
    snoozed_until: datetime | None
    merged_into: LinkOut | None
    tags: list[str]
    links: list[LinkOut]
    notes: list[NoteOut]
    customer_id: str = ""
    channel: str = "chat"
    subject: str | None = None
    mails: list[MailedOut] = []
    reply_mailed_to: str | None = None
    split_from: LinkOut | None = None
    read_in: LinkOut | None = None

    @property
    def is_open(self) -> bool:
        """Whether people still have to do something."""
        return is_open(self.ticket.state)

    @property
    def way(self) -> str:
        """Where what is said goes: the channel, or "mail" where it was split off from a chat that is lost."""
        return way_of(self.channel, self.read_in is not None)

    @property
    def waits_there(self) -> str | None:
        """Why it cannot be snoozed now; None when it can be (see support/tickets/snooze_times.py)."""
        return who_waits(self.ticket.chat, self.channel, self.ticket.waiting_since is not None)


class ReplyIn(msgspec.Struct):
    """Words to the customer; the steps of a ready reply (`macro`) follow, `article` is where the words come from."""

    text: str
    macro: str = ""
    article: str = ""


class HandBackIn(msgspec.Struct):
    """Words for colleagues on how things stand."""

    note: str = ""


class ResolutionIn(msgspec.Struct):
    """How a case was settled."""

    category: str
    note: str
