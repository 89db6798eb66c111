"""The chat API for files: a customer sends one."""

import logging
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency, Provide
from litestar.enums import RequestEncodingType
from litestar.params import Body

from support.files import operations as files
from web.chat.access import conversation_of_token
from web.chat.consent import require_consent
from web.chat.door import visitor
from web.chat.figures import pieces
from web.chat.schemas import AcceptedOut
from web.services import Services
from web.uploads import LARGEST_UPLOAD, UPLOAD_HANDLERS, prepared_upload

logger = logging.getLogger(__name__)


class CustomerUpload(msgspec.Struct):
    """A file, and the client's own id of its message (a UUID)."""

    client_id: str = ""
    file: Any = None


@post(
    "/api/chat/conversations/{conversation:str}/files",
    status_code=202,
    dependencies={"own": Provide(conversation_of_token)},
    exclude_from_csrf=True,
    request_max_body_size=LARGEST_UPLOAD,
    exception_handlers=UPLOAD_HANDLERS,
)
async def receive_file(
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    own: NamedDependency[str],
    data: Annotated[CustomerUpload, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> AcceptedOut:
    """Take in a file as a message; the same client_id again is the same message."""
    await require_consent(services, own)
    known = await services.database.read(lambda session: files.expected(session, own, data.client_id))
    if known is not None:
        return AcceptedOut(known.id, known.seq)
    file = await prepared_upload(data.file)
    await services.limits.admit("bytes", visitor(request), cost=pieces(len(file.content)))
    kept = await files.keep(
        services.database, services.files, file, lambda session: files.receive(session, own, data.client_id, file)
    )
    told = {"trace": kept.message.client_id, "conversation": own, "bytes": len(file.content)}
    logger.info("file received", extra={"fields": told | {"repeated": kept.repeated}})
    if not kept.repeated:
        await services.hub.conversation_changed(own)
    return AcceptedOut(kept.message.id, kept.message.seq)
