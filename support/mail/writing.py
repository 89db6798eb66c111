"""Building a mail. Pure; nothing that somebody wrote can become another header."""

from dataclasses import dataclass
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Any

from storage.base import now
from support.mail.rules import one_line


class _Ids(UnstructuredHeader, BaseHeader):
    """Message-IDs, one a line: as words the library would encode one that is longer than a line."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Keep the ids as they are."""
        kwds["parse_tree"] = cls.value_parser("")
        kwds["decoded"] = " ".join(value.split())

    def fold(self, *, policy: Policy) -> str:
        """The header as it is sent."""
        return f"{self.name}: " + f"{policy.linesep} ".join(str(self).split()) + policy.linesep


def _with_ids() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references"):
        registry.map_to_type(name, _Ids)
    return registry


_POLICY = SMTP.clone(header_factory=_with_ids())


@dataclass(frozen=True)
class Letter:
    """A mail as it is to be sent.

    Attributes:
        header_id: Its Message-ID.
        in_reply_to, references: The mails that it follows; empty for the first.
        automatic: "auto-replied" or "auto-generated" when no person wrote it; empty when one did.
    """

    recipient: str
    subject: str
    text: str
    language: str
    header_id: str
    in_reply_to: str = ""
    references: str = ""
    automatic: str = ""


def written(letter: Letter, name: str, address: str) -> EmailMessage:
    """The mail with all its headers.

    Args:
        name, address: Whom it comes from.

    Raises:
        ValueError, email.errors.MessageError: When an address cannot be written.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(one_line(name), addr_spec=address)
    mail["To"] = Address(addr_spec=deliverable(letter.recipient))
    mail["Subject"] = one_line(letter.subject, 300)
    mail["Date"] = format_datetime(now())
    mail["Message-ID"] = letter.header_id
    if letter.in_reply_to:
        mail["In-Reply-To"] = letter.in_reply_to
        mail["References"] = letter.references
    if letter.automatic:
        mail["Auto-Submitted"] = letter.automatic
    mail["Content-Language"] = letter.language
    mail.set_content(letter.text.replace("\r\n", "\n"), charset="utf-8")
    return mail


def deliverable(address: str) -> str:
    """An address with its domain as servers know it: an internationalised one in its ASCII form.

    Raises:
        ValueError: When it is none.
    """
    local, at, domain = address.rpartition("@")
    # The library raises anything for a domain with a part missing.
    if not at or not local or "" in domain.split(".") or any(sign.isspace() or sign in "<>,;" for sign in address):
        raise ValueError("This is no address that mail can be sent to.")
    return f"{local}@{domain.encode('idna').decode('ascii')}"
