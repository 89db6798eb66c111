"""What is looked at before anything else: from which site's page a request comes, and how large its headers are."""

from typing import Any, Final

from litestar import Litestar, Request
from litestar.config.cors import CORSConfig
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from storage.origins import origin_pattern
from texts.catalogue import marked
from web.problems import Problem, handle_problem

CHAT: Final = "/api/chat/"
# As much as common web servers take. The token, the language and the browser's own make one or two thousand bytes.
LARGEST_HEADERS = 32 * 1024


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
        problem = self._problem(scope) if scope["type"] == ScopeType.HTTP else None
        if problem is None:
            await self._app(scope, receive, send)
            return
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        response = handle_problem(request, problem)
        response.headers["Vary"] = "Origin"
        await response.to_asgi_response(app=None, request=request)(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        size, origin, host = 0, None, b""
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"origin":
                origin = value
            elif name == b"host":
                host = value
        if size > LARGEST_HEADERS:
            detail = marked("The headers of the request are larger than what is taken here.")
            return Problem(431, "Too large", detail, "headers")
        if origin is None or not scope["path"].startswith(CHAT) or self._allowed(origin, host):
            return None
        detail = marked("This chat is not meant for this website. Ask whoever runs the chat to allow the site.")
        return Problem(403, "Not allowed", detail, "origin")

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
