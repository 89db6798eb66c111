"""The tiers of customers, and what staff may enter about one. Pure."""

import re
from dataclasses import dataclass

from support.customers.identity import contact_in

# The most valued first; the empty one is everybody else.
TIERS = ("platinum", "gold", "silver", "")
_PHONE_SIGNS = re.compile(r"[\d\s().+\-]+")


@dataclass
class DetailsRefused(Exception):
    """What was entered about a customer cannot be taken.

    Attributes:
        field: "email", "phone", "tier" or "named_staff_id".
    """

    field: str

    def __str__(self) -> str:
        return self.field


def checked_tier(tier: str) -> str:
    """The tier itself.

    Raises:
        DetailsRefused: When there is no such tier.
    """
    if tier not in TIERS:
        raise DetailsRefused("tier")
    return tier


def checked_email(text: str) -> str | None:
    """The e-mail address that was entered, as addresses in messages are kept; None for nothing.

    Raises:
        DetailsRefused: When it is none, or something stands beside it.
    """
    entered = text.strip()
    if not entered:
        return None
    found = (contact_in(entered) or {}).get("email")
    if found is None or found != entered.lower() or len(found) > 254:
        raise DetailsRefused("email")
    return found


def checked_phone(text: str) -> str | None:
    """The phone number that was entered, as numbers in messages are kept; None for nothing.

    Raises:
        DetailsRefused: When it is none, or something stands beside it.
    """
    entered = text.strip()
    if not entered:
        return None
    found = (contact_in(entered) or {}).get("phone")
    if found is None or not _PHONE_SIGNS.fullmatch(entered):
        raise DetailsRefused("phone")
    return found
