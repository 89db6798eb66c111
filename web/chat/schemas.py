"""What the chat API takes and gives."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from support.conversations.queries import ConversationState
from support.conversations.states import public_status
from support.conversations.tables import Message
from support.turns.queries import Busy
from web.markdown import Node, tree

# Unix seconds that fit into a date.
Seconds = Annotated[int, msgspec.Meta(ge=0, le=100_000_000_000)]


class CustomerIn(msgspec.Struct):
    """What the page says about its user; `signature` vouches for `id`, at `time` (Unix seconds), once by `nonce`."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    signature: str | None = None
    time: Seconds | None = None
    nonce: str | None = None


class PreviousIn(msgspec.Struct):
    """An earlier conversation of the same browser, proved by its token."""

    id: str
    token: str


class ConversationIn(msgspec.Struct):
    """A new conversation; the same `client_id` (a UUID that nobody else knows) again is the same conversation."""

    language: str | None = None
    customer: CustomerIn | None = None
    page: str | None = None
    client_id: str | None = None
    previous: PreviousIn | None = None
    context: dict[str, Any] | None = None
    consent: bool = False


class SignedIn(msgspec.Struct):
    """The site signs the user of an open conversation in; `client_id` is a UUID of the request."""

    customer: CustomerIn
    client_id: str | None = None


class ContextIn(msgspec.Struct):
    """What the site tells about the visit: words, numbers, yes and no by name."""

    context: dict[str, Any]


class MessageIn(msgspec.Struct):
    """A customer's message: words or a pressed button."""

    client_id: str
    text: str | None = None
    payload: dict[str, Any] | None = None


class RatingIn(msgspec.Struct):
    """A rating."""

    kind: str
    subject_id: str
    score: int
    reasons: list[str] = []
    comment: str = ""


class SkipIn(msgspec.Struct):
    """A survey that the customer would rather leave out."""

    kind: str
    subject_id: str


class LanguageIn(msgspec.Struct):
    """The language the customer switched to."""

    language: str


class MessageOut(msgspec.Struct, omit_defaults=True):
    """A message as customers see it: never the trail.

    Attributes:
        payload: As it was stored, and so the same whenever it is read.
        content: For an answer, the same as `text` as a tree of allowed elements (see web/markdown.py).
        outcome: What became of the survey in it, `score` or `skipped`, or `helpful` for an answer that was rated.
    """

    seq: int
    id: str
    client_id: str | None
    author: str
    name: str | None
    text: str
    language: str
    payload: dict[str, Any] | None
    created_at: datetime
    content: list[Any] | None = None
    outcome: dict[str, Any] | None = None


class AgentOut(msgspec.Struct):
    """Who is serving."""

    name: str


class WaitingOut(msgspec.Struct):
    """Why the bot's answer takes long: "line" (others are answered first) or "slow"."""

    reason: str
    ahead: int


class StatusOut(msgspec.Struct):
    """Who is in charge, where one stands in the queue, and whether an answer is on its way.

    Attributes:
        typing: Whether the bot is at it, or, while a person has the chat, whether somebody writes.
        writer: Name of the colleague who writes.
        wait_minutes: About how long it takes until a person joins (60: an hour or longer); None when nobody can tell.
    """

    status: str
    language: str
    agent: AgentOut | None
    place: int | None
    typing: bool
    waiting: WaitingOut | None
    writer: str | None = None
    wait_minutes: int | None = None


class ConversationOut(msgspec.Struct):
    """An open conversation with what was said so far. The token is told here, and anew when its customer changes."""

    id: str
    token: str
    language: str
    messages: list[MessageOut]


class MessagesOut(msgspec.Struct):
    """Messages after a sequence number, with the state of the conversation."""

    status: str
    language: str
    agent: AgentOut | None
    place: int | None
    typing: bool
    waiting: WaitingOut | None
    messages: list[MessageOut]
    writer: str | None = None
    wait_minutes: int | None = None


class JoinedOut(msgspec.Struct):
    """Who the customer is now, and how many conversations became theirs because of it.

    Attributes:
        token: Opens this conversation from now on; the one before opens it no more once it became another's.
    """

    name: str | None
    joined: int
    token: str


class ReceiptOut(msgspec.Struct):
    """Proof that something was erased: its number, when, and how much of each kind."""

    receipt: str
    erased_at: datetime
    counts: dict[str, int]


class AcceptedOut(msgspec.Struct):
    """A message was taken in."""

    id: str
    seq: int


def message_out(message: Message, names: dict[str, str], outcome: dict[str, Any] | None = None) -> MessageOut:
    """A stored message as customers see it.

    Args:
        outcome: What became of its survey, or of the question whether it helped.
    """
    return MessageOut(
        seq=message.seq,
        id=message.id,
        client_id=message.client_id,
        author=message.author,
        name=names.get(message.staff_id) if message.staff_id else None,
        text=message.text,
        language=message.language,
        payload=message.payload,
        created_at=message.created_at,
        content=content_of(message),
        outcome=outcome or None,
    )


def content_of(message: Message) -> list[Node] | None:
    """An answer as a tree; None for all that is plain words.

    Where an article does not exist in the customer's language, a notice in theirs stands before the answer in its own.
    """
    answer = (message.payload or {}).get("answer")
    if message.author != "bot" or not answer:
        return None
    blocks = tree(message.text)
    language = answer.get("language", message.language)
    if language == message.language:
        return blocks
    return [["div", {"lang": message.language}, *blocks[:1]], ["div", {"lang": language}, *blocks[1:]]]


def status_out(state: ConversationState, busy: Busy, writer: str | None = None) -> StatusOut:
    """The state of a conversation as customers see it.

    Args:
        writer: Who of us is writing to them; counts only while a person has the chat.
    """
    writer = writer if state.status == "agent" else None
    return StatusOut(
        status=public_status(state.status),
        language=state.language,
        agent=AgentOut(state.agent) if state.agent else None,
        place=state.place,
        typing=busy.typing or writer is not None,
        waiting=WaitingOut(busy.wait.reason, busy.wait.ahead) if busy.wait else None,
        writer=writer,
        wait_minutes=state.wait_minutes,
    )
