"""Programs with a token of their own: giving one, seeing when it was used, taking it away."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body
from litestar.response import Redirect, Template
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import now
from support.integrations import queries
from support.integrations.operations import LONGEST_NAME, IntegrationRefused, add_integration, revoke
from support.integrations.scopes import SCOPES
from support.integrations.tables import Integration
from support.staff.queries import everybody
from support.staff.tables import StaffMember
from texts.catalogue import marked, translate
from web.desk.pages import NamedServices
from web.languages import request_language
from web.page import page
from web.services import Services

DONE = {"revoked": marked("The token is of no use any more.")}
_REFUSALS = {
    "name": marked("Please give the program a name of at most {limit} characters."),
    "taken": marked("There is a program of this name already, maybe a revoked one. Please choose another name."),
    "colleague": marked("Please choose a colleague with an active account."),
    "scopes": marked("Please choose at least one thing that the program may do."),
    "role": marked("The role of this colleague does not include: {scopes}"),
}
SCOPE_WORDS = {
    "conversations:read": marked("Read conversations, messages and feedback"),
    "conversations:write": marked("Write to customers in the colleague's chats"),
    "tickets:read": marked("Read cases and their timelines"),
    "tickets:write": marked("Open cases and work on them"),
    "customers:read": marked("Read customers' names and contacts"),
    "customers:write": marked("Change customers' contacts, tier and named colleague"),
    "articles:read": marked("Read articles and try questions"),
    "articles:write": marked("Write articles"),
}
# Days for which a token is good; 0 for as long as it is not revoked.
TERMS = (0, 30, 90, 365)


class IntegrationForm(msgspec.Struct):
    """A program to be added. A single ticked box comes as a word, several as a list."""

    name: str = ""
    staff_id: str = ""
    scopes: Any = None
    days: str = "0"

    @property
    def chosen(self) -> list[str]:
        """The scopes that were ticked."""
        return ticked(self.scopes)


Form = Annotated[IntegrationForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


def ticked(value: object) -> list[str]:
    """Ticked boxes of one name as a list, however many came."""
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


@get("/setup/integrations", include_in_schema=False)
async def integrations_page(request: Request[Any, Any, Any], services: NamedServices, done: str = "") -> Template:
    """All programs, and the form for another one."""
    notice = translate(request_language(request), DONE[done]) if done in DONE else ""
    return await _shown(request, services, notice=notice)


@post("/setup/integrations", include_in_schema=False, status_code=200)
async def add_program(request: Request[Any, Any, Any], services: NamedServices, data: Form) -> Template:
    """Add a program. Its token is shown on this page and never again, so there is no other page to be sent to."""
    days = int(data.days) if data.days in {str(each) for each in TERMS} else 0
    ends = now() + timedelta(days=days) if days else None

    def write(session: Session) -> str:
        member = session.get(StaffMember, data.staff_id)
        return add_integration(session, data.name, member, data.chosen, ends)[1]

    try:
        token = await services.database.write(write)
    except IntegrityError:
        return await _refused(request, services, data, IntegrationRefused("taken"))
    except IntegrationRefused as error:
        return await _refused(request, services, data, error)
    return await _shown(request, services, token=token, token_of=data.name.strip())


@post("/setup/integrations/{integration_id:str}/revoke", include_in_schema=False)
async def revoke_program(services: NamedServices, integration_id: str) -> Redirect:
    """Take a token away."""

    def write(session: Session) -> None:
        known = session.get(Integration, integration_id)
        if known is None:
            raise NotFoundException
        revoke(session, known)

    await services.database.write(write)
    return Redirect("/setup/integrations?done=revoked", status_code=303)


async def _refused(
    request: Request[Any, Any, Any], services: Services, form: IntegrationForm, error: IntegrationRefused
) -> Template:
    words = {"limit": LONGEST_NAME, "scopes": ", ".join(error.scopes)}
    problem = translate(request_language(request), _REFUSALS[error.code], **words)
    return await _shown(request, services, 422, form=form, problem=problem)


async def _shown(
    request: Request[Any, Any, Any],
    services: Services,
    status: int = 200,
    *,
    form: IntegrationForm | None = None,
    problem: str = "",
    notice: str = "",
    token: str = "",
    token_of: str = "",
) -> Template:
    def read(session: Session) -> tuple[Any, Any]:
        return queries.everything(session), [each for each in everybody(session) if each.active]

    programs, colleagues = await services.database.read(read)
    return page(
        request,
        "staff/setup/integrations.html",
        status,
        programs=programs,
        colleagues=colleagues,
        scopes=[(each, translate(request_language(request), SCOPE_WORDS[each])) for each in SCOPES],
        terms=TERMS,
        form=form or IntegrationForm(),
        problem=problem,
        notice=notice,
        token=token,
        token_of=token_of,
        longest=LONGEST_NAME,
        moment_now=now(),
    )


ROUTES = [integrations_page, add_program, revoke_program]
