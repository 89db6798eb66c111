"""Which language a page is shown in: as asked for, as chosen before, or as the browser prefers."""

from typing import Any

from litestar.connection import ASGIConnection

from texts.catalogue import LANGUAGES, known_language

COOKIE = "huilu_language"


def request_language(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The language of a request's answer, always one we have texts for."""
    asked = connection.query_params.get("language") or connection.cookies.get(COOKIE)
    if asked in LANGUAGES:
        return str(asked)
    user = connection.scope.get("user")
    if user is not None and getattr(user, "language", None) in LANGUAGES:
        return str(user.language)
    preferred = connection.headers.get("accept-language", "").split(",")[0].split(";")[0].strip()
    return known_language(preferred)
