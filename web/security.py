"""Headers that every answer carries, and what a browser may load."""

from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

# No inline script or style anywhere; Tabler's style sheet draws its small pictures from data: addresses.
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def content_security_policy(**changes: str) -> str:
    """The policy of a page; `changes` replaces or adds directives, such as frame_src="'self'"."""
    changed = {name.replace("_", "-"): sources for name, sources in changes.items()}
    return "; ".join(f"{name} {sources}" for name, sources in (_POLICY | changed).items())


CONTENT_SECURITY_POLICY = content_security_policy()
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# Answers of these must not stay in a shared computer's cache.
PRIVATE = ("/desk", "/editor", "/website", "/setup", "/api", "/sign-in")


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Hook before anything is sent: adds the headers, also to refusals that no route ever saw."""
    if message["type"] != "http.response.start":
        return
    headers: Any = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if scope["path"].startswith(PRIVATE):
        headers.setdefault("cache-control", "no-store")
