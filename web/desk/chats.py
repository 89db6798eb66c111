"""Several chats at once: the strip of somebody's live chats, what of them is unread, and who writes."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.response import Template
from sqlalchemy.orm import Session

from storage.base import now
from support.mail.outbox import goes_to
from support.staff.queries import names
from support.staff.tables import StaffMember
from support.tickets import live_chats, operations
from support.tickets.changes import TicketNotFound
from support.tickets.queries import by_id
from support.tickets.split_chat import chat_of
from web.desk.channels import way_of
from web.desk.pages import Member, NamedServices, render
from web.typing import Typing


class ChatOut(msgspec.Struct):
    """A live chat in the strip.

    Attributes:
        waiting_since: Since when the customer waits for an answer; None when it is their turn.
        beside: Whether the reader stepped in and a colleague has it.
        passed_by: Name of the colleague who passed it to the reader; empty where they took it themselves.
    """

    ticket_id: str
    number: str
    customer: str | None
    unread: int
    writes: bool
    waiting_since: datetime | None
    beside: bool
    passed_by: str


class ChatsOut(msgspec.Struct):
    """The strip, and what else a page may call attention to.

    Attributes:
        unread: Messages not read yet, of all chats.
        waiting: How many cases nobody has.
        newest: When the newest of them came there.
        writes_here: Whether the customer of the open case writes.
        writer_here: Name of another colleague who writes in the open case.
        channel_here: The channel of the open case, or "mail" where what is said in it is read in no chat; empty when
            none is open.
        mailed_to: Where a reply in the open case would go as a mail at this moment; None when it would not.
    """

    chats: list[ChatOut]
    unread: int
    waiting: int
    newest: datetime | None
    writes_here: bool
    writer_here: str | None
    channel_here: str
    mailed_to: str | None


def chats_view(session: Session, member: StaffMember, typing: Typing, open_id: str) -> ChatsOut:
    """The live chats of one reader, with the case that is open."""
    found = live_chats.chats_of(session, member.id)
    passed = live_chats.passed_on_by(session, [each.ticket.id for each in found])
    people = names(session, set(passed.values()))
    waiting = live_chats.waiting_cases(session)
    row = by_id(session, open_id) if open_id else None
    here = row.conversation.id if row else ""
    chat = chat_of(session, row.conversation) if row else None
    return ChatsOut(
        chats=[
            ChatOut(
                ticket_id=each.ticket.id,
                number=each.ticket.number,
                customer=each.customer,
                unread=each.unread,
                writes=typing.customer_writes(each.conversation.id),
                waiting_since=each.ticket.waiting_since,
                beside=each.conversation.staff_id != member.id,
                passed_by=people.get(passed.get(each.ticket.id, ""), ""),
            )
            for each in found
        ],
        unread=sum(each.unread for each in found),
        waiting=waiting.count,
        newest=waiting.newest,
        writes_here=typing.customer_writes(here),
        writer_here=typing.person_writing(here, besides=member.id),
        channel_here=way_of(row.conversation.channel, chat is not None) if row else "",
        mailed_to=goes_to(session, row.ticket, row.conversation, chat) if row else None,
    )


@get("/desk/chats", include_in_schema=False)
async def chats(request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket: str = "") -> Template:
    """The strip of the reader's chats, and who writes in the open case."""
    shown = await services.database.read(lambda session: chats_view(session, member, services.typing, ticket))
    return render(request, "desk/chats_part.html", shown=shown, open_id=ticket, at=now())


@post("/desk/tickets/{ticket_id:str}/typing", include_in_schema=False, status_code=204)
async def typing(services: NamedServices, member: Member, ticket_id: str) -> None:
    """The reader is writing to the customer: told to the customer for a few seconds, and kept nowhere."""
    conversation_id = await services.database.read(lambda session: writable(session, member, ticket_id))
    if conversation_id is not None and services.typing.begin(conversation_id, member.id, member.name):
        services.hub.somebody_writes(conversation_id, customer=False)


def writable(session: Session, member: StaffMember, ticket_id: str) -> str | None:
    """The conversation of a case, if somebody may say something in it.

    Raises:
        TicketNotFound: For an unknown ticket.
    """
    row = by_id(session, ticket_id)
    if row is None:
        raise TicketNotFound(ticket_id)
    chat = row.conversation
    return chat.id if operations.may_write(chat, member) else None


ROUTES: list[Any] = [chats, typing]
