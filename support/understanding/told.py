"""What customers tell people in passing, so that nobody asks for it again: order, e-mail, phone number. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from support.customers.identity import contact_in
from support.understanding.numbers import order_number_in


@dataclass(frozen=True)
class Told:
    """What was told; empty for what was not."""

    order: str = ""
    email: str = ""
    phone: str = ""

    def details(self) -> dict[str, str]:
        """Only what was told, by name."""
        return {name: value for name, value in vars(self).items() if value}


def told_in(texts: Iterable[str]) -> Told:
    """What a customer's messages tell; of several orders or addresses the one told last."""
    found: dict[str, str] = {}
    for text in texts:
        found |= contact_in(text) or {}
        order = order_number_in(text, asked=False)
        if order:
            found["order"] = order
    return Told(found.get("order", ""), found.get("email", ""), found.get("phone", ""))
