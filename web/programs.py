"""Programs of others on the staff API: each acts in the name of a colleague, and is held to its scopes.

The rule is one for all routes and is kept before any of them is reached: a route that does not say to which area it
belongs (`opt={"scope": "tickets"}`, see support/integrations/scopes.py) is closed to every program. What the colleague
may do is asked by the routes' own guards, as for people.
"""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.middleware import AuthenticationResult

from support.integrations import operations, queries
from support.integrations.acting import begin
from support.integrations.scopes import is_within, scope_for
from support.staff.operations import token_hash
from texts.catalogue import marked
from web.problems import Problem
from web.services import Services

# What a route says about itself.
SCOPE = "scope"


def is_program(token: str) -> bool:
    """Whether a bearer token is, by its looks, one of a program."""
    return token.startswith(operations.PREFIX)


async def as_program(
    services: Services, connection: ASGIConnection[Any, Any, Any, Any], token: str
) -> AuthenticationResult:
    """The colleague in whose name a program calls; nobody when its token is not (or no longer) good.

    Raises:
        TooMany: When it calls too often.
        Problem: 403, when the route is not within its scopes.
    """
    found = await services.database.read(lambda session: queries.by_token(session, token_hash(token)))
    if found is None:
        return AuthenticationResult(user=None, auth=None)
    integration, member = found
    await services.limits.admit("program", "", program=integration.id)
    if operations.is_due_to_note(integration):
        await services.database.write(lambda session: operations.note_used(session, integration.id))
    _check_scope(connection, integration.scopes)
    begin(integration.name)
    return AuthenticationResult(user=member, auth=integration)


def _check_scope(connection: ASGIConnection[Any, Any, Any, Any], scopes: list[str]) -> None:
    area, method = connection.scope["route_handler"].opt.get(SCOPE), str(connection.scope.get("method", ""))
    if is_within(scopes, area, method):
        return
    if not isinstance(area, str):
        raise Problem(403, "Not allowed", marked("This is not open to programs."), "scope")
    detail = marked("This needs a token with the scope {scope}. An administrator can make one.")
    raise Problem(403, "Not allowed", detail, "scope", scope=scope_for(area, method))
