"""Who is signed in on the staff side, and what they may do."""

from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from support.integrations.acting import begin
from support.staff import queries
from support.staff.operations import SESSION_LASTS, token_hash
from support.staff.roles import Permission, may
from support.staff.tables import StaffMember
from web.problems import Problem
from web.programs import as_program, is_program
from web.services import Services

COOKIE = "huilu_session"


class SignInNeeded(Exception):
    """A staff page was asked for without a session."""


class StaffAuthentication(AbstractAuthenticationMiddleware):
    """Finds out who is calling, from the session cookie or a bearer token; nobody is fine here, guards decide."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """The staff member behind a request, or nobody."""
        token = session_token(connection)
        begin("")
        if not token:
            return AuthenticationResult(user=None, auth=None)
        services: Services = connection.app.state.services
        # In a browser's cookie it is worth nothing.
        if is_program(token) and connection.scope["path"].startswith("/api/"):
            return await as_program(services, connection, token)
        member = await services.database.read(lambda session: queries.by_session(session, token_hash(token)))
        return AuthenticationResult(user=member, auth=token if member else None)


def session_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The token of a session, as a cookie on pages or as a bearer token on the staff API."""
    path = connection.scope["path"]
    if path.startswith(("/api/chat", "/files/")):
        return ""
    if path.startswith("/api/"):
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""
    return connection.cookies.get(COOKIE) or ""


def requires(permission: Permission) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard: signed in, and with a role that carries the permission."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        member = connection.scope.get("user")
        if member is None:
            if connection.scope["path"].startswith("/api/"):
                raise Problem(401, "Not signed in", "Please sign in, or send the token you were given.", "token")
            raise SignInNeeded
        if not may(member.role, permission):
            raise Problem(403, "Not allowed", "Your role does not include this page. Ask an administrator.", "role")

    guard.permission = permission  # type: ignore[attr-defined]
    return guard


async def provide_member(request: Request[Any, Any, Any]) -> StaffMember:
    """The signed-in staff member, for routes behind a guard."""
    member: StaffMember = request.scope["user"]
    return member


def session_cookie(token: str, secure: bool) -> Cookie:
    """The cookie of a fresh session."""
    return Cookie(
        key=COOKIE,
        value=token,
        path="/",
        httponly=True,
        secure=secure,
        samesite="lax",
        max_age=int(SESSION_LASTS.total_seconds()),
    )
