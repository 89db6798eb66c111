"""What a program's token may be used for. Pure."""

from support.staff.roles import Permission, may

# Each area with what the colleague in whose name a program works must be allowed to do.
AREAS: dict[str, Permission] = {
    "conversations": "serve_customers",
    "tickets": "serve_customers",
    "customers": "serve_customers",
    "articles": "edit_articles",
}
SCOPES = tuple(f"{area}:{what}" for area in AREAS for what in ("read", "write"))
_READING = ("GET", "HEAD")


def scope_for(area: str, method: str) -> str:
    """The scope that a request to an area needs."""
    return f"{area}:{'read' if method in _READING else 'write'}"


def is_within(scopes: list[str], area: object, method: str) -> bool:
    """Whether somebody held to these scopes may call a route of an area; a route without one is closed to them."""
    return isinstance(area, str) and scope_for(area, method) in scopes


def not_for(role: str, scopes: list[str]) -> list[str]:
    """Those of some scopes that a colleague of this role could make no use of."""
    return [each for each in scopes if not may(role, AREAS[each.partition(":")[0]])]
