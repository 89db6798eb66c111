"""The chat's door: requests are counted before their body is read and before the database is asked."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import HTTPScope

from web.chat.addresses import LOCAL, network_of
from web.chat.figures import kind_of
from web.services import Services


def visitor(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Whom a request comes from, as limits see it: the address that uvicorn tells, after proxies that are trusted."""
    return network_of(connection.client.host) if connection.client else LOCAL


async def admit(scope: HTTPScope, path: str) -> None:
    """Count a request to the chat.

    Raises:
        TooMany: When that is one too many.
    """
    kind, conversation = kind_of(scope["method"], path)
    client = scope["client"]
    services: Services = scope["litestar_app"].state.services
    await services.limits.admit(kind, network_of(client[0]) if client else LOCAL, conversation)
