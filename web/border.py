"""What is looked at before anything else: from which site's page a request comes, how large its headers are, and
whether it is one too many.

Refusing has to be cheap, since in a flood it is most of what is done: no route and no error handling is gone through.
"""

import re
from typing import Any

from litestar import Litestar, Request, Response
from litestar.config.cors import CORSConfig
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from litestar.utils import normalize_path

from storage.origins import origin_pattern
from texts.catalogue import marked
from web.chat.door import admit
from web.chat.figures import CHAT, FILES
from web.problems import Problem, TooMany, handle_problem, handle_too_many

# As much as common web servers take. The token, the language and the browser's own make one or two thousand bytes.
LARGEST_HEADERS = 32 * 1024
# PostgreSQL keeps none, and no word of ours has one.
_NULL = re.compile(rb"\x00|%00")


def cors(allowed: tuple[str, ...]) -> CORSConfig:
    """What browsers are told: the chat is called from other sites, with a token and never with cookies.

    Args:
        allowed: Origins as in the settings; empty for every site.
    """
    return CORSConfig(
        allow_origins=[] if allowed else ["*"],
        allow_origin_regex=origin_pattern(allowed) or None,
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
        expose_headers=["Retry-After"],
        max_age=3600,
    )


class Border:
    """Refuses, around the whole app, what no route should ever see."""

    def __init__(self, app: ASGIApp, config: CORSConfig) -> None:
        self._app = app
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a problem."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        response = await self._refusal(scope, Request(scope, receive, send))
        if response is None:
            await self._app(scope, receive, send)
        else:
            await response.to_asgi_response(app=None, request=Request(scope, receive, send))(scope, receive, send)

    async def _refusal(self, scope: HTTPScope, request: Request[Any, Any, Any]) -> Response[Any] | None:
        size, origin, host = 0, None, b""
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"origin":
                origin = value
            elif name == b"host":
                host = value
        if size > LARGEST_HEADERS:
            detail = marked("The headers of the request are larger than what is taken here.")
            return handle_problem(request, Problem(431, "Too large", detail, "headers"))
        if "\x00" in scope["path"]:
            return handle_problem(request, Problem(404, "Not found", "There is nothing at this address.", "null"))
        if _NULL.search(scope["query_string"]):
            detail = marked("The address holds a null character, which stands in no text that is kept here.")
            return handle_problem(request, Problem(400, "The request could not be read", detail, "null"))
        # As the router will see it: "//api/chat" is no way around.
        path = scope["path"] = normalize_path(scope["path"])
        if path.startswith(FILES):
            return await self._one_too_many(scope, request, path, origin)
        if not path.startswith(CHAT):
            return None
        if origin is not None and not self._allowed(origin, host):
            detail = marked("This chat is not meant for this website. Ask whoever runs the chat to allow the site.")
            response = handle_problem(request, Problem(403, "Not allowed", detail, "origin"))
            response.headers["Vary"] = "Origin"
            return response
        if scope["method"] == "OPTIONS":
            return None
        return await self._one_too_many(scope, request, path, origin)

    async def _one_too_many(
        self, scope: HTTPScope, request: Request[Any, Any, Any], path: str, origin: bytes | None
    ) -> Response[Any] | None:
        try:
            await admit(scope, path)
        except TooMany as problem:
            return self._readable(handle_too_many(request, problem), origin)
        return None

    def _readable(self, response: Response[Any], origin: bytes | None) -> Response[Any]:
        """A refusal that the page of another site may read, as it may read every answer."""
        if origin is not None:
            response.headers.update(self._config.simple_headers)
            if not self._config.is_allow_all_origins:
                response.headers["Access-Control-Allow-Origin"] = origin.decode("latin-1")
                response.headers["Vary"] = "Origin"
        return response

    def _allowed(self, origin: bytes, host: bytes) -> bool:
        """Whether a page of this origin may use the chat; our own pages always may, whose origin is the host asked."""
        if self._config.is_allow_all_origins:
            return True
        _, _, place = origin.partition(b"://")
        return (place != b"" and place == host) or self._config.is_origin_allowed(origin.decode("latin-1").lower())


def guarded(app: Litestar, config: CORSConfig) -> Litestar:
    """The app behind its border."""
    app.asgi_handler = Border(app.asgi_handler, config)
    return app
