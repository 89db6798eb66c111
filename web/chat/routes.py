"""The chat API: what the widget, and any other client, talks to."""

import logging
import re
from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import Parameter
from litestar.response import Stream
from sqlalchemy.orm import Session

from support.conversations import opening, operations
from support.satisfaction import operations as satisfaction
from texts.catalogue import LANGUAGES, marked
from web.chat.access import conversation_of_token, hash_of_token
from web.chat.consent import require_consent
from web.chat.door import visitor
from web.chat.reading import fresh_news, messages_out, news, told_messages
from web.chat.schemas import (
    AcceptedOut,
    ConversationIn,
    ConversationOut,
    LanguageIn,
    MessageIn,
    MessagesOut,
    RatingIn,
    SkipIn,
)
from web.chat.stream import events
from web.chat.visits import secrets_of, visit_of
from web.numbers import After
from web.problems import Problem
from web.services import Services

logger = logging.getLogger(__name__)

# Refused before they are parsed. A message has room for 4,000 characters of any script; whoever pastes 20,000 is still
# told how many they are, instead of just that it is too large.
SMALL_BODY, MESSAGE_BODY = 32 * 1024, 96 * 1024

NamedServices = NamedDependency[Services]
Own = NamedDependency[str]
LastEvent = Annotated[str | None, Parameter(header="Last-Event-ID")]


@post("/api/chat/conversations", exclude_from_csrf=True, request_max_body_size=SMALL_BODY)
async def start_conversation(
    request: Request[Any, Any, Any], services: NamedServices, data: ConversationIn | None = None
) -> ConversationOut:
    """Open a conversation, or go on with one; the answer holds its token and what was said so far."""
    visit, secrets = visit_of(request, data or ConversationIn()), secrets_of(services.settings)

    def open_or_go_on(session: Session) -> tuple[ConversationOut, Sequence[str]]:
        started = opening.start(session, visit, secrets, services.settings.limits)
        said = told_messages(session, started.conversation.id, started.messages)
        told = ConversationOut(started.conversation.id, started.token, started.conversation.language, said)
        return told, started.joined

    async with services.opening:
        opened, joined = await services.database.write(open_or_go_on)
    # With another secret or customer than before a conversation has another token now; a new one had none.
    if len(opened.messages) > 1:
        services.tokens.forget(opened.id)
    for conversation_id in joined:
        services.tokens.forget(conversation_id)
        await services.hub.conversation_changed(conversation_id)
    return opened


class ConversationController(Controller):
    """What the holder of a conversation's token can do."""

    path = "/api/chat/conversations/{conversation:str}"
    dependencies = {"own": Provide(conversation_of_token)}
    opt = {"exclude_from_csrf": True}
    request_max_body_size = SMALL_BODY

    @post("/messages", status_code=202, request_max_body_size=MESSAGE_BODY)
    async def send(self, services: NamedServices, own: Own, data: MessageIn) -> AcceptedOut:
        """Take in a message; the same client_id again is the same message."""
        await require_consent(services, own)
        # Whether the line is empty is asked when the message is stored: a crowd comes in between.
        runner = services.runner
        taken = await services.database.write(
            lambda session: operations.receive(session, own, data.client_id, data.text, data.payload, runner.free)
        )
        services.typing.end(own)
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
        writer = services.typing.person_writing(own)
        return messages_out(await services.database.read(lambda session: news(session, own, after, writer)))

    @post("/typing", status_code=204)
    async def typing(self, services: NamedServices, own: Own) -> None:
        """The customer is writing: told to whoever has the chat, for a few seconds, and kept nowhere."""
        if services.typing.begin(own):
            services.hub.somebody_writes(own, customer=True)

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
        return Stream(
            events(services, own, start, hash_of_token(request), network),
            media_type="text/event-stream",
            headers=headers,
        )

    @post("/ratings", status_code=200)
    async def rate(self, services: NamedServices, own: Own, data: RatingIn) -> dict[str, str]:
        """Rate an answer, a ticket or the conversation."""
        await require_consent(services, own)
        rated = await services.database.write(
            lambda session: satisfaction.rate(
                session, own, data.kind, data.subject_id, data.score, data.reasons, data.comment
            )
        )
        if rated.opened_turn:
            services.runner.wake(own)
        await services.hub.conversation_changed(own)
        return {"id": rated.rating.id}

    @post("/skips", status_code=200)
    async def skip(self, services: NamedServices, own: Own, data: SkipIn) -> dict[str, str]:
        """Note that a survey was skipped; it can still be answered."""
        await services.database.write(lambda session: satisfaction.skip(session, own, data.kind, data.subject_id))
        return {}

    @post("/language", status_code=200)
    async def switch_language(self, services: NamedServices, own: Own, data: LanguageIn) -> dict[str, str]:
        """Switch the language of the conversation."""
        if data.language not in LANGUAGES:
            detail = marked("language must be one of {languages}.")
            raise Problem(422, "Language not known", detail, "language", languages=", ".join(LANGUAGES))
        await services.database.write(lambda session: operations.switch_language(session, own, data.language))
        return {"language": data.language}
