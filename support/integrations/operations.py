"""Giving programs a token, and taking it away. None of these commit."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from storage.base import now
from support.integrations import queries
from support.integrations.scopes import SCOPES, not_for
from support.integrations.tables import Integration
from support.staff.operations import token_hash
from support.staff.tables import StaffMember

PREFIX = "huilu_"
LONGEST_NAME = 100
# That a token is in use is noted at most this often, so that reading through the API does not become writing.
NOTED_EVERY = timedelta(minutes=1)


class IntegrationRefused(ValueError):
    """An integration that cannot be added.

    Attributes:
        code: "name", "taken", "colleague", "scopes" or "role".
        scopes: For "role", what the colleague may not do; for "scopes", what is none.
    """

    _WORDS = {
        "name": f"An integration needs a name of 1 to {LONGEST_NAME} characters.",
        "taken": "There is an integration of this name already, maybe a revoked one. Choose another name.",
        "colleague": "There is no active account with this address.",
        "scopes": f"Choose at least one of {', '.join(SCOPES)}.",
        "role": "The colleague's role does not include",
    }

    def __init__(self, code: str, scopes: list[str] | None = None) -> None:
        self.code = code
        self.scopes = scopes or []
        super().__init__(f"{self._WORDS[code]} {', '.join(self.scopes)}".strip())


def add_integration(
    session: Session, name: str, member: StaffMember | None, scopes: list[str], expires_at: datetime | None = None
) -> tuple[Integration, str]:
    """Add a program with a token of its own.

    Args:
        member: The colleague in whose name it works.
        expires_at: From when on the token is of no use; None for as long as it is not revoked.

    Returns:
        The integration, and its token: it is not kept, so this is the only time that it can be shown.

    Raises:
        IntegrationRefused: When something about it cannot be.
    """
    chosen = [each for each in SCOPES if each in scopes]
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise IntegrationRefused("name")
    if queries.by_name(session, name.strip()) is not None:
        raise IntegrationRefused("taken")
    if member is None or not member.active:
        raise IntegrationRefused("colleague")
    if not chosen or len(chosen) != len(set(scopes)):
        raise IntegrationRefused("scopes", sorted(set(scopes) - set(chosen)))
    if beyond := not_for(member.role, chosen):
        raise IntegrationRefused("role", beyond)
    token = PREFIX + secrets.token_urlsafe(32)
    made = Integration(name=name.strip(), token_hash=token_hash(token), scopes=chosen, staff_id=member.id)
    made.expires_at = expires_at
    session.add(made)
    session.flush()
    return made, token


def revoke(session: Session, integration: Integration) -> None:
    """Make a token useless at once; done before, it changes nothing."""
    integration.revoked_at = integration.revoked_at or now()
    session.flush()


def is_due_to_note(integration: Integration) -> bool:
    """Whether it is time to note again that a token is in use."""
    return integration.used_at is None or integration.used_at < now() - NOTED_EVERY


def note_used(session: Session, integration_id: str) -> None:
    """Note that a token is in use."""
    session.execute(update(Integration).where(Integration.id == integration_id).values(used_at=now()))
