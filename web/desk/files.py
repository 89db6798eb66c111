"""A colleague sends the customer a file, from the page or through the API."""

from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from support.files import operations as files
from support.staff.tables import StaffMember
from web.desk.actions import tell
from web.desk.pages import Member, NamedServices, case_with_parts, conversation_part, problem_text, show_case
from web.desk.refusals import REFUSALS, problem_of
from web.desk.schemas import CaseOut
from web.desk.selecting import after_step
from web.desk.views import case_view
from web.numbers import message_number
from web.problems import Problem
from web.services import Services
from web.uploads import LARGEST_UPLOAD, UPLOAD_HANDLERS, prepared_upload


class StaffUpload(msgspec.Struct):
    """A file; `after` is the last message that the page has."""

    file: Any = None
    after: str = "0"


UploadForm = Annotated[StaffUpload, Body(media_type=RequestEncodingType.MULTI_PART)]


@post(
    "/desk/tickets/{ticket_id:str}/files",
    include_in_schema=False,
    status_code=200,
    request_max_body_size=LARGEST_UPLOAD,
    exception_handlers=UPLOAD_HANDLERS,
)
async def attach(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str, data: UploadForm
) -> Template | Redirect:
    """Send the customer a file; a page with htmx gets only what is new."""
    problem: Problem | None = None
    try:
        await _send(services, member, ticket_id, data.file)
    except REFUSALS as error:
        problem = problem_of(error)
    if request.headers.get("HX-Request"):
        return await _part(request, services, member, ticket_id, data.after, problem)
    if problem is not None:
        return await show_case(request, services, member, ticket_id, problem=problem)
    return Redirect(after_step(request, ticket_id, "file_sent"), status_code=303)


@post(
    "/api/tickets/{ticket_id:str}/files",
    status_code=200,
    opt={"exclude_from_csrf": True, "scope": "tickets"},
    tags=["Tickets"],
    security=[{"staff": []}],
    summary="Send the customer a file",
    request_max_body_size=LARGEST_UPLOAD,
    exception_handlers=UPLOAD_HANDLERS,
)
async def send_file(services: NamedServices, member: Member, ticket_id: str, data: UploadForm) -> CaseOut:
    """Send the customer a file; 409 unless the chat is yours."""
    await _send(services, member, ticket_id, data.file)
    return await services.database.read(lambda session: case_view(session, member.id, ticket_id))


async def _send(services: Services, member: StaffMember, ticket_id: str, given: object) -> None:
    file = await prepared_upload(given)
    kept = await files.keep(
        services.database, services.files, file, lambda session: files.send(session, ticket_id, member, file)
    )
    if kept.ticket is not None:
        await tell(services, kept.ticket)


async def _part(
    request: Request[Any, Any, Any],
    services: Services,
    member: StaffMember,
    ticket_id: str,
    after: str,
    problem: Problem | None,
) -> Template:
    seen = message_number(after)
    case, parts = await services.database.read(lambda session: case_with_parts(session, member, ticket_id, seen))
    # Of all refusals the page shows only 409 and 422 in their place.
    status = 200 if problem is None else 409 if problem.status == 409 else 422
    return conversation_part(request, case, parts, seen, status, problem_text(request, problem))
