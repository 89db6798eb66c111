"""What is known about a customer after the site signed them in. Pure."""

from dataclasses import dataclass
from datetime import datetime


class OtherCustomer(Exception):
    """The conversation belongs to somebody else whom the site signed in before."""


@dataclass(frozen=True)
class Known:
    """What is known about somebody; None for what is not."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    consented_at: datetime | None = None
    tier: str = ""
    named_staff_id: str | None = None


def check_may_join(owner: str | None, signed: str) -> None:
    """See that a conversation may become a signed customer's.

    Args:
        owner: The signed id of whom it belongs to now; None when they are anonymous.
        signed: The id that the site vouches for.

    Raises:
        OtherCustomer: When it belongs to another signed customer.
    """
    if owner is not None and owner != signed:
        raise OtherCustomer


def together(signed: Known, anonymous: Known) -> Known:
    """What is known once both are one person: the site's word goes before, and the first consent counts."""
    moments = [moment for moment in (signed.consented_at, anonymous.consented_at) if moment is not None]
    return Known(
        name=signed.name or anonymous.name,
        email=signed.email or anonymous.email,
        phone=signed.phone or anonymous.phone,
        consented_at=min(moments, default=None),
        tier=signed.tier or anonymous.tier,
        named_staff_id=signed.named_staff_id or anonymous.named_staff_id,
    )
