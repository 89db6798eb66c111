"""Headers that every answer carries, and what a browser may load."""

from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

# No inline script or style anywhere; Tabler's style sheet draws its small pictures from data: addresses.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# Answers of these must not stay in a shared computer's cache.
PRIVATE = ("/desk", "/editor", "/api", "/sign-in")


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Hook before anything is sent: adds the headers, also to refusals that no route ever saw."""
    if message["type"] != "http.response.start":
        return
    headers: Any = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if scope["path"].startswith(PRIVATE):
        headers.setdefault("cache-control", "no-store")
