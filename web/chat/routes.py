"""The chat API: what the widget, and any other client, talks to."""

import logging
import re
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Parameter
from litestar.response import Stream

from support.conversations import operations
from support.customers.operations import CustomerDetails
from support.satisfaction import operations as satisfaction
from texts.catalogue import LANGUAGES, known_language, marked
from web.chat.access import conversation_of_token
from web.chat.door import visitor
from web.chat.export import everything
from web.chat.reading import fresh_news, messages_out, news
from web.chat.schemas import (
    AcceptedOut,
    ConversationIn,
    ConversationOut,
    LanguageIn,
    MessageIn,
    MessagesOut,
    RatingIn,
    message_out,
)
from web.chat.stream import events
from web.languages import request_language
from web.problems import Problem
from web.services import Services

logger = logging.getLogger(__name__)

# Refused before they are parsed. A message has room for 4,000 characters of any script; whoever pastes 20,000 is still
# told how many they are, instead of just that it is too large.
SMALL_BODY, MESSAGE_BODY = 32 * 1024, 96 * 1024

NamedServices = NamedDependency[Services]
Own = NamedDependency[str]
# No conversation is that long, and no database takes any number.
MOST_MESSAGES = 2**31 - 1
After = Annotated[int, Parameter(ge=0, le=MOST_MESSAGES)]
LastEvent = Annotated[str | None, Parameter(header="Last-Event-ID")]


@post("/api/chat/conversations", exclude_from_csrf=True, request_max_body_size=SMALL_BODY)
async def start_conversation(
    request: Request[Any, Any, Any], services: NamedServices, data: ConversationIn | None = None
) -> ConversationOut:
    """Open a conversation; the answer holds its token and the greeting."""
    given = data or ConversationIn()
    language = known_language(given.language, request_language(request))
    details = _details(given)
    secret = services.settings.identity_secret
    async with services.opening:
        started = await services.database.write(
            lambda session: operations.start(session, language, details, given.page, secret)
        )
    return ConversationOut(started.conversation.id, started.token, language, [message_out(started.greeting, {})])


def _details(data: ConversationIn) -> CustomerDetails | None:
    if data.customer is None:
        return None
    limits = {"id": 100, "name": 100, "email": 254, "phone": 40, "signature": 128}
    given = {key: (getattr(data.customer, key) or "").strip() for key in limits}
    for key, limit in limits.items():
        if len(given[key]) > limit:
            detail = marked("customer.{field} has more than {limit} characters.")
            raise Problem(422, "Conversation not started", detail, "customer", field=key, limit=limit)
    return CustomerDetails(**given)


class ConversationController(Controller):
    """What the holder of a conversation's token can do."""

    path = "/api/chat/conversations/{conversation:str}"
    dependencies = {"own": Provide(conversation_of_token)}
    opt = {"exclude_from_csrf": True}
    request_max_body_size = SMALL_BODY

    @post("/messages", status_code=202, request_max_body_size=MESSAGE_BODY)
    async def send(self, services: NamedServices, own: Own, data: MessageIn) -> AcceptedOut:
        """Take in a message; the same client_id again is the same message."""
        # Whether the line is empty is asked when the message is stored: a crowd comes in between.
        runner = services.runner
        taken = await services.database.write(
            lambda session: operations.receive(session, own, data.client_id, data.text, data.payload, runner.free)
        )
        told = {"trace": taken.message.client_id, "conversation": own, "turn_id": taken.turn_id}
        logger.info("message received", extra={"fields": told | {"repeated": taken.repeated}})
        if not taken.repeated:
            if taken.turn_id:
                runner.wake(own, taken.work, taken.newcomer)
            typing = taken.turn_id is not None
            # A button may have told more than the message itself.
            news_told = fresh_news(taken.conversation, [taken.message], typing) if data.payload is None else b""
            await services.hub.conversation_changed(own, news_told)
            if data.payload is not None:
                await services.hub.queue_moved()
        return AcceptedOut(taken.message.id, taken.message.seq)

    @get("/messages")
    async def read(self, services: NamedServices, own: Own, after: After = 0) -> MessagesOut:
        """Messages after a sequence number, and who is in charge."""
        return messages_out(await services.database.read(lambda session: news(session, own, after)))

    @get("/events")
    async def stream(
        self,
        request: Request[Any, Any, Any],
        services: NamedServices,
        own: Own,
        after: After = 0,
        last_event: LastEvent = None,
    ) -> Stream:
        """Messages as they come, from where the client left off."""
        start = int(last_event) if last_event and re.fullmatch("[0-9]{1,9}", last_event) else after
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        network = visitor(request)
        if services.streams.make_room(own, network):
            services.hub.look_again(own)
        return Stream(events(services, own, start, network), media_type="text/event-stream", headers=headers)

    @post("/ratings", status_code=200)
    async def rate(self, services: NamedServices, own: Own, data: RatingIn) -> dict[str, str]:
        """Rate an answer, a ticket or the conversation."""
        rated = await services.database.write(
            lambda session: satisfaction.rate(
                session, own, data.kind, data.subject_id, data.score, data.reasons, data.comment
            )
        )
        if rated.opened_turn:
            services.runner.wake(own)
        await services.hub.conversation_changed(own)
        return {"id": rated.rating.id}

    @post("/language", status_code=200)
    async def switch_language(self, services: NamedServices, own: Own, data: LanguageIn) -> dict[str, str]:
        """Switch the language of the conversation."""
        if data.language not in LANGUAGES:
            detail = marked("language must be one of {languages}.")
            raise Problem(422, "Language not known", detail, "language", languages=", ".join(LANGUAGES))
        await services.database.write(lambda session: operations.switch_language(session, own, data.language))
        return {"language": data.language}

    @get("/export")
    async def export(self, services: NamedServices, own: Own) -> dict[str, Any]:
        """Everything kept about this conversation."""
        return await services.database.read(lambda session: everything(session, own))

    @delete("")
    async def erase(self, services: NamedServices, own: Own) -> None:
        """Erase the conversation, here and in the dialogue server."""
        if not await services.rasa.forget(own):
            detail = marked(
                "The assistant cannot be reached right now, so nothing was erased. Please try again in a minute."
            )
            raise Problem(503, "Not erased yet", detail, "erase")
        await services.database.write(lambda session: operations.erase(session, own))
        services.tokens.forget(own)
        await services.hub.conversation_changed(own)
