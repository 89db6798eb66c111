"""Which role may do what: the one place that says so. Pure."""

from typing import Literal

Role = Literal["agent", "editor", "supervisor", "administrator"]
ROLES: tuple[Role, ...] = ("agent", "editor", "supervisor", "administrator")

Permission = Literal["serve_customers", "edit_articles", "manage_website", "oversee", "administer"]

_PERMISSIONS: dict[str, frozenset[str]] = {
    "agent": frozenset({"serve_customers"}),
    "editor": frozenset({"edit_articles"}),
    "supervisor": frozenset({"serve_customers", "edit_articles", "manage_website", "oversee"}),
    "administrator": frozenset({"serve_customers", "edit_articles", "manage_website", "oversee", "administer"}),
}


def may(role: str, permission: Permission) -> bool:
    """Whether a role carries a permission; an unknown role carries none."""
    return permission in _PERMISSIONS.get(role, frozenset())
