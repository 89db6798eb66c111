"""Signing in and out on the staff side."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from support.handoff.release import leave_chats
from support.staff import operations
from support.staff.operations import SignInRefused, TooManySignIns
from support.staff.roles import may
from support.staff.tables import StaffMember
from web.page import page
from web.problems import Problem
from web.services import Services
from web.staff_access import COOKIE, session_cookie

NamedServices = NamedDependency[Services]


class SignInForm(msgspec.Struct):
    """What the form sends."""

    email: str = ""
    password: str = ""
    next: str = ""


@get("/sign-in", include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, Any]) -> Template:
    """The form."""
    return page(request, "staff/sign_in.html", next=request.query_params.get("next", ""), email="", error="")


@post("/sign-in", include_in_schema=False, status_code=200)
async def sign_in(
    request: Request[Any, Any, Any],
    services: NamedServices,
    data: Annotated[SignInForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Template | Redirect:
    """Check e-mail and password; on success a session with a new token begins."""
    try:
        member, token = await _open(services, data, on_page=True)
    except TooManySignIns:
        return _again(request, data, 429, "too_many")
    except SignInRefused:
        await services.database.write(lambda session: operations.note_failure(session, data.email))
        return _again(request, data, 401, "wrong")
    await services.hub.queue_moved()
    response = Redirect(landing(member, data.next), status_code=303)
    response.set_cookie(session_cookie(token, services.settings.secure_cookies))
    return response


@post("/sign-out", include_in_schema=False, status_code=303)
async def sign_out(request: Request[Any, Any, Any], services: NamedServices) -> Redirect:
    """End the session here and on the server."""
    token = request.cookies.get(COOKIE) or ""
    member = request.scope.get("user")
    left = await services.database.write(lambda session: _close(session, token, member))
    for conversation_id in left:
        services.runner.wake(conversation_id)
        await services.hub.conversation_changed(conversation_id)
    response = Redirect("/sign-in", status_code=303)
    response.delete_cookie(COOKIE)
    return response


def landing(member: StaffMember, wanted: str) -> str:
    """Where to go after signing in: the page asked for, if it is one of ours, else the role's own."""
    if wanted.startswith("/") and not wanted.startswith(("//", "/\\")):
        return wanted
    return "/desk" if may(member.role, "serve_customers") else "/editor"


def _is_desk(page: str) -> bool:
    return page == "/desk" or page.startswith(("/desk?", "/desk/tickets"))


async def _open(services: Services, data: SignInForm, on_page: bool) -> tuple[StaffMember, str]:
    """Check the password, which takes its time, before the database is held for writing.

    Signing in puts nobody on duty: going to the desk does, and so does an agent's program for as long as it calls.
    """
    found = await services.database.read(lambda session: operations.check_password(session, data.email, data.password))

    def begin(session: Any) -> tuple[StaffMember, str]:
        member = session.get_one(StaffMember, found.id)
        at_desk = _is_desk(landing(member, data.next)) if on_page else member.role == "agent"
        return member, operations.open_session(session, member, at_desk)

    return await services.database.write(begin)


def _close(session: Any, token: str, member: StaffMember | None) -> list[str]:
    """End the session; chats in hand go back to the queue instead of waiting for somebody who has gone."""
    operations.close_session(session, token)
    session.flush()
    return leave_chats(session, member) if member else []


def _again(request: Request[Any, Any, Any], data: SignInForm, status: int, error: str) -> Template:
    return page(request, "staff/sign_in.html", status, next=data.next, email=data.email, error=error)


class TokenIn(msgspec.Struct):
    """E-mail and password for a token."""

    email: str
    password: str


@post("/api/sessions", exclude_from_csrf=True)
async def open_token(services: NamedServices, data: TokenIn) -> Response[dict[str, str]]:
    """A bearer token for the staff API."""
    form = SignInForm(email=data.email, password=data.password)
    try:
        _, token = await _open(services, form, on_page=False)
    except TooManySignIns:
        raise Problem(
            429, "Too many requests", "There were too many failed sign-ins. Please wait a quarter of an hour.", "wait"
        ) from None
    except SignInRefused:
        await services.database.write(lambda session: operations.note_failure(session, data.email))
        raise Problem(401, "Not signed in", "E-mail or password are not right.", "password") from None
    return Response({"token": token}, status_code=201)


sign_in_router = Router(path="/", route_handlers=[sign_in_page, sign_in, sign_out, open_token])
