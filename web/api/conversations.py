"""Conversations for programs: which there are, what was said, and saying something in the name of a colleague."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.params import Parameter
from sqlalchemy.orm import Session

from support.conversations import listing, queries
from support.conversations.listing import Wanted
from support.conversations.tables import Conversation, Message
from support.staff.queries import names
from support.tickets import outside
from support.tickets.outside import ConversationNotFound
from support.tickets.split_chat import shown_in
from web.api.idempotency import own_id
from web.api.paging import cursor_of, in_utc, place_of
from web.api.schemas import ConversationOut, ConversationsOut, MessageIn, MessageOut, MessagesOut
from web.desk.actions import wake_pages
from web.desk.pages import Member, NamedServices
from web.numbers import MOST_MESSAGES

Limit = Annotated[int, Parameter(ge=1, le=200, description="How many at most.")]
After = Annotated[str, Parameter(description="The cursor that came as `next`.")]
Status = Annotated[str, Parameter(query="status", description="bot, queued, agent, offline, closed ...")]
Customer = Annotated[str, Parameter(query="customer", description="The customer's id.")]
Since = Annotated[datetime | None, Parameter(description="Only what changed then or later; with a time zone.")]
Key = Annotated[
    str | None,
    Parameter(header="Idempotency-Key", description="Your own id of the request: sent again it does nothing twice."),
]


class ConversationApi(Controller):
    """Conversations."""

    path = "/api/conversations"
    opt = {"exclude_from_csrf": True, "scope": "conversations"}
    tags = ["Conversations"]
    security = [{"staff": []}]

    @get("", summary="List conversations")
    async def listing(
        self,
        services: NamedServices,
        conversation_status: Status = "",
        channel: str = "",
        language: str = "",
        customer_id: Customer = "",
        updated_since: Since = None,
        after: After = "",
        limit: Limit = 50,
    ) -> ConversationsOut:
        """Conversations in the order in which they changed last, the oldest change first. One that changes while you
        read on moves to the end: you see it again and miss none."""
        since = None if updated_since is None else in_utc(updated_since)
        wanted = Wanted(conversation_status, channel, language, customer_id, since)
        place = place_of(after)

        def read(session: Session) -> ConversationsOut:
            found = listing.changed_after(session, wanted, place, limit + 1)
            page, last = found[:limit], found[:limit][-1] if found else None
            following = cursor_of(last.updated_at, last.id) if last else None
            return ConversationsOut([_conversation(each) for each in page], len(found) > limit, following)

        return await services.database.read(read)

    @get("/{conversation_id:str}", summary="Read a conversation")
    async def conversation(self, services: NamedServices, conversation_id: str) -> ConversationOut:
        """Who is in charge, and since when."""
        return await services.database.read(lambda session: _conversation(_known(session, conversation_id)))

    @get("/{conversation_id:str}/messages", summary="Read what was said")
    async def messages(
        self,
        services: NamedServices,
        conversation_id: str,
        after: Annotated[int, Parameter(ge=0, le=MOST_MESSAGES, description="Only messages with a larger seq.")] = 0,
        limit: Limit = 100,
    ) -> MessagesOut:
        """Messages in order. Come again with `next` as `after` for what is new."""

        def read(session: Session) -> MessagesOut:
            conversation = _known(session, conversation_id)
            found = queries.messages_after(session, conversation_id, after, limit + 1)
            page = found[:limit]
            told = _messages(session, page)
            return MessagesOut(told, conversation.status, len(found) > limit, page[-1].seq if page else after)

        return await services.database.read(read)

    @post("/{conversation_id:str}/messages", summary="Say something to the customer")
    async def say(
        self,
        request: Request[Any, Any, Any],
        services: NamedServices,
        member: Member,
        conversation_id: str,
        data: MessageIn,
        key: Key = None,
    ) -> MessageOut:
        """In the name of the colleague whose token it is, who must have the chat; 409 otherwise."""
        named = own_id(services.settings.secret, caller(request), key)

        def write(session: Session) -> tuple[MessageOut, tuple[str, ...]]:
            message = outside.say(session, conversation_id, member, data.text, named)
            return _messages(session, [message])[0], shown_in(session, conversation_id)

        said, shown = await services.database.write(write)
        await wake_pages(services, shown)
        return said


def caller(request: Request[Any, Any, Any]) -> str:
    """Whose keys a request brings: a program's by itself, else a colleague's."""
    return str(getattr(request.auth, "id", None) or request.scope["user"].id)


def _known(session: Session, conversation_id: str) -> Conversation:
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationNotFound(conversation_id)
    return conversation


def _conversation(each: Conversation) -> ConversationOut:
    return ConversationOut(
        id=each.id,
        customer_id=each.customer_id,
        channel=each.channel,
        status=each.status,
        language=each.language,
        staff_id=each.staff_id,
        outcome=each.outcome,
        erased=not each.token_hash,
        last_seq=each.last_seq,
        created_at=each.created_at,
        updated_at=each.updated_at,
        closed_at=each.closed_at,
    )


def _messages(session: Session, messages: Sequence[Message]) -> list[MessageOut]:
    staff = names(session, {each.staff_id for each in messages if each.staff_id})
    return [
        MessageOut(
            seq=each.seq,
            id=each.id,
            author=each.author,
            staff_id=each.staff_id,
            name=staff.get(each.staff_id) if each.staff_id else None,
            text=each.text,
            language=each.language,
            payload=each.payload,
            created_at=each.created_at,
        )
        for each in messages
    ]
