"""The chat's door: requests are counted before their body is read and before the database is asked."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware.base import AbstractMiddleware
from litestar.types import Receive, Scope, Send

from web.chat.addresses import LOCAL, network_of
from web.chat.figures import CHAT, kind_of
from web.services import Services


def visitor(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Whom a request comes from, as limits see it: the address that uvicorn tells, after proxies that are trusted."""
    return network_of(connection.client.host) if connection.client else LOCAL


class Door(AbstractMiddleware):
    """Lets in what is within the limits, on every route of the chat; refusals are problems of the usual form."""

    scopes = {ScopeType.HTTP}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, then pass it on.

        Raises:
            TooMany: When that is one too many.
        """
        if scope["type"] == ScopeType.HTTP and scope["path"].startswith(CHAT):
            kind, conversation = kind_of(scope["method"], scope["path"])
            client = scope["client"]
            services: Services = scope["litestar_app"].state.services
            await services.limits.admit(kind, network_of(client[0]) if client else LOCAL, conversation)
        await self.app(scope, receive, send)
