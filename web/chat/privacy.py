"""Who the customer is, what is kept about them, and how all of it is erased."""

import asyncio
from typing import Any

from litestar import Controller, Request, delete, get, post
from litestar.di import Provide
from litestar.response import Response, Stream

from support.conversations import operations, signing_in
from support.conversations.context import check_context
from support.privacy import operations as privacy
from support.privacy import queries
from texts.catalogue import marked
from web.chat.access import conversation_looked_up
from web.chat.archive import archive, in_parts
from web.chat.export import everything
from web.chat.routes import SMALL_BODY, NamedServices, Own
from web.chat.schemas import ContextIn, JoinedOut, ReceiptOut, SignedIn
from web.chat.visits import details_of, request_id_of, secrets_of
from web.problems import Problem
from web.services import Services

ZIP = "application/zip"


class PrivacyController(Controller):
    """What the holder of a conversation's token can know and decide about their data."""

    path = "/api/chat/conversations/{conversation:str}"
    dependencies = {"own": Provide(conversation_looked_up)}
    opt = {"exclude_from_csrf": True}
    request_max_body_size = SMALL_BODY

    @post("/customer", status_code=200)
    async def sign_in(self, services: NamedServices, own: Own, data: SignedIn) -> JoinedOut:
        """The site signs the user of an open conversation in, which then has another token.

        409 when it is another signed customer's.
        """
        details, request_id = details_of(data.customer), request_id_of(data.client_id)
        secrets = secrets_of(services.settings)
        signed = await services.database.write(
            lambda session: signing_in.sign_in(session, own, details, secrets, request_id)
        )
        for conversation_id in {own, *signed.joined}:
            # Streams that began with the token before end with this.
            services.tokens.forget(conversation_id)
            await services.hub.conversation_changed(conversation_id)
        return JoinedOut(signed.customer.name, len(signed.joined), signed.token)

    @post("/context", status_code=200)
    async def set_context(self, services: NamedServices, own: Own, data: ContextIn) -> dict[str, Any]:
        """Tell about the visit, in place of what was told before; shown to whoever serves."""
        context = check_context(data.context)
        await services.database.write(lambda session: operations.set_context(session, own, context))
        await services.hub.conversation_changed(own)
        return {"context": context}

    @post("/consent", status_code=200)
    async def consent(self, services: NamedServices, own: Own) -> dict[str, Any]:
        """The customer agrees to the privacy notice."""
        return {"consented_at": await services.database.write(lambda session: signing_in.consent(session, own))}

    @get("/export")
    async def export(self, request: Request[Any, Any, Any], services: NamedServices, own: Own) -> Response[Any]:
        """Everything kept about the customer: as JSON, or as a ZIP for who accepts that."""
        told = await services.database.read(lambda session: everything(session, own))
        if ZIP not in request.headers.get("accept", ""):
            return Response(told)
        file = await asyncio.to_thread(archive, told, services.files)
        headers = {"content-disposition": 'attachment; filename="my-data.zip"'}
        return Stream(in_parts(file), media_type=ZIP, headers=headers)

    @delete("", status_code=200)
    async def erase(self, services: NamedServices, own: Own) -> ReceiptOut:
        """Erase this conversation, here and in the dialogue server."""
        return await _erase(services, own, [own], whole=False)

    @delete("/customer", status_code=200)
    async def forget(self, services: NamedServices, own: Own) -> ReceiptOut:
        """Erase everything of this customer, in all of their conversations."""
        ids = await services.database.read(lambda session: queries.conversation_ids(session, own))
        return await _erase(services, own, ids, whole=True)


async def _erase(services: Services, own: str, ids: list[str], whole: bool) -> ReceiptOut:
    """Let the dialogue server forget, then erase the rows, then the files, and see that raw files follow."""
    work = privacy.erase_customer if whole else privacy.erase_conversation
    async with services.runner.holding(ids):
        for conversation_id in ids:
            if not await services.rasa.forget(conversation_id):
                detail = marked(
                    "The assistant cannot be reached right now, so nothing was erased. Please try again in a minute."
                )
                raise Problem(503, "Not erased yet", detail, "erase")
        erased = await services.database.write(lambda session: work(session, own))
        services.runner.drop(erased.conversation_ids)
        for conversation_id in set(erased.conversation_ids).difference(ids):
            # Opened in this very moment.
            await services.rasa.forget(conversation_id)
    await asyncio.to_thread(services.files.delete, erased.file_ids)
    services.purge.request()
    for conversation_id in erased.conversation_ids:
        services.tokens.forget(conversation_id)
        await services.hub.conversation_changed(conversation_id)
    await services.hub.queue_moved()
    receipt = erased.receipt
    return ReceiptOut(receipt.number, receipt.erased_at, receipt.counts)
