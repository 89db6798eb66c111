"""What units of work know about mail: from whom it comes, and whether it is used at all."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage.engine import Database

_KEY = "mail"


@dataclass(frozen=True)
class Mailing:
    """How mail is written here.

    Attributes:
        name, address: Whom it comes from.
        answers: Whether answers to it are read.
        public_url: Where customers reach the app; empty when not known.
        customer_here: Whether the customer of a conversation has its chat open just now.
    """

    name: str
    address: str
    answers: bool
    public_url: str
    customer_here: Callable[[str], bool]


def use_mail(database: Database, mailing: Mailing) -> None:
    """Let the units of work of a database write mail from now on."""
    database.told[_KEY] = mailing


def mailing_of(session: Session) -> Mailing | None:
    """How mail is written; None when none is sent."""
    found = session.info.get(_KEY)
    return found if isinstance(found, Mailing) else None
