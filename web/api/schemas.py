"""What the API for programs gives and takes."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Next = Annotated[str | None, Meta(description="Send it as `after` to go on behind this page; null when it was empty.")]
# "$" alone lets a line break pass at the end, and "\Z" is unknown to expressions of other languages.
Email = Annotated[
    str,
    Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f<>,;]+@[^@\s\x00-\x1f<>,;]+$(?!\n)", examples=["ana@example.com"]),
]
Phone = Annotated[str, Meta(max_length=40, pattern=r"^[+0-9 ()./-]*$(?!\n)", examples=["+49 30 1234567"])]
Name = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f]*$(?!\n)", examples=["Ana Pereira"])]
Tier = Annotated[str, Meta(pattern="^(|silver|gold|platinum)$", examples=["gold"])]


class ConversationOut(msgspec.Struct):
    """A conversation, on whatever channel.

    Attributes:
        status: bot, collecting_contact, queued, offline, agent or closed.
        staff_id: The colleague who has the chat.
        erased: Whether its customer erased it; whoever keeps a copy should erase it as well.
        last_seq: The number of its last message.
    """

    id: str
    customer_id: str
    channel: Annotated[str, Meta(examples=["chat"])]
    status: Annotated[str, Meta(examples=["agent"])]
    language: Annotated[str, Meta(examples=["zh-Hans"])]
    staff_id: str | None
    outcome: str | None
    erased: bool
    last_seq: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class ConversationsOut(msgspec.Struct):
    """A page of conversations, those that changed last at the end."""

    conversations: list[ConversationOut]
    more: Annotated[bool, Meta(description="Whether another page follows already.")]
    next: Next


class MessageOut(msgspec.Struct):
    """Something said. `name` is the colleague who said it."""

    seq: int
    id: str
    author: Annotated[str, Meta(description="customer, bot, agent or system.", examples=["customer"])]
    staff_id: str | None
    name: str | None
    text: Annotated[str, Meta(examples=["Where is my parcel?"])]
    language: str
    payload: dict[str, Any] | None
    created_at: datetime


class MessagesOut(msgspec.Struct):
    """Messages of a conversation, in order. `next` is the `after` to go on with."""

    messages: list[MessageOut]
    status: str
    more: bool
    next: int


class MessageIn(msgspec.Struct):
    """Words to the customer."""

    text: Annotated[str, Meta(description="At most 4,000 characters.", examples=["Your parcel left us this morning."])]


class EventLineOut(msgspec.Struct):
    """A line of a case's timeline. `position` counts 1, 2, 3 within the case."""

    id: str
    ticket_id: str
    number: Annotated[str, Meta(examples=["T-1001"])]
    conversation_id: str
    position: int
    kind: Annotated[str, Meta(description="As in the timeline and in webhooks.", examples=["taken"])]
    staff_id: str | None
    name: str | None
    details: dict[str, Any]
    at: datetime


class EventsOut(msgspec.Struct):
    """Lines of all timelines, the oldest first. `next` stays good for ever: keep it and come again with it."""

    events: list[EventLineOut]
    more: bool
    next: Next


class CustomerIn(msgspec.Struct):
    """Whom a case is about: `id` of a customer known here, or what is known of them."""

    id: Annotated[str, Meta(max_length=36, description="A customer known here; nothing else is needed then.")] = ""
    external_id: Annotated[str, Meta(max_length=100, description="The id your site signs them in with.")] = ""
    name: Name = ""
    email: Email | None = None
    phone: Phone = ""


class TicketIn(msgspec.Struct):
    """A case from outside, with the customer's own words."""

    text: Annotated[str, Meta(description="At most 4,000 characters.", examples=["My parcel arrived open."])]
    customer: CustomerIn
    subject: Annotated[str, Meta(max_length=300, pattern=r"^[^\x00-\x1f]*$(?!\n)", examples=["Parcel T-77"])] = ""
    language: Annotated[str, Meta(description="en, zh-Hans or zh-Hant.", examples=["en"])] = "en"
    reason: Annotated[str, Meta(description="As on the desk, such as request or complaint.")] = "program"
    category: Annotated[str | None, Meta(examples=["delivery"])] = None
    priority: Annotated[str | None, Meta(description="red, yellow, green or blue; else by the reason.")] = None


class CustomerOut(msgspec.Struct):
    """A customer. `external_id` is the one your site signs them in with."""

    id: str
    external_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    language: str
    tier: Tier
    named_staff_id: str | None
    created_at: datetime


class CustomersOut(msgspec.Struct):
    """A page of customers, in the order in which they first came."""

    customers: list[CustomerOut]
    more: bool
    next: Next
