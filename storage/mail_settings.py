"""How mail goes out and comes in, as the operator says it: one address a server, with everything in it."""

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal
from urllib.parse import unquote, urlsplit

Security = Literal["tls", "starttls", "plain"]

# Scheme -> how the connection is protected, and the port when none is named.
SMTP_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("plain", 25),
}
IMAP_SCHEMES: dict[str, tuple[Security, int]] = {
    "imap": ("starttls", 143),
    "imaps": ("tls", 993),
    "imap+plain": ("plain", 143),
}
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
LEAST_SECONDS = 5


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over or fetched.

    Attributes:
        folder: The IMAP folder that is read; empty for SMTP.
    """

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = ""


@dataclass(frozen=True)
class MailSettings:
    """Everything about mail that an operator can set.

    Attributes:
        name, address: Whom customers see mail coming from; empty when mail is not used.
        smtp: Where mail is handed over; None to send none.
        imap: Where mail is fetched; None to read none.
        seconds: How often to look for mail, in seconds.
    """

    name: str = ""
    address: str = ""
    smtp: MailServer | None = None
    imap: MailServer | None = None
    seconds: int = 30


def read_mail_settings(sender: str, smtp: str, imap: str, seconds: str) -> MailSettings:
    """The settings from the four variables.

    Raises:
        ValueError: When one cannot be understood; the message names it and repeats no password.
    """
    name, address = _sender(sender)
    out = _server("HUILU_SMTP", smtp, SMTP_SCHEMES)
    incoming = _server("HUILU_IMAP", imap, IMAP_SCHEMES)
    if (out or incoming) and not address:
        raise ValueError(
            'HUILU_MAIL_FROM must be set with HUILU_SMTP or HUILU_IMAP, such as "Shop <help@example.com>".'
        )
    if incoming and not incoming.user:
        raise ValueError("HUILU_IMAP must name the user and the password: imaps://user:password@host/INBOX.")
    if incoming and not out:
        raise ValueError("HUILU_IMAP needs HUILU_SMTP beside it: mails that come could not be answered.")
    return MailSettings(name, address, out, incoming, _seconds(seconds))


def _sender(text: str) -> tuple[str, str]:
    """Name and address of "Shop <help@example.com>"; both empty for nothing."""
    if not text.strip():
        return "", ""
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    if not local or not domain or not address.isascii() or any(sign.isspace() for sign in address):
        raise ValueError(f'HUILU_MAIL_FROM must be an address such as "Shop <help@example.com>", but is {text!r}.')
    return " ".join(name.split()), address


def _server(variable: str, text: str, schemes: dict[str, tuple[Security, int]]) -> MailServer | None:
    if not text.strip():
        return None
    example = f"{next(iter(schemes))}://user:password@host"
    # A password may stand in it, so the address is never repeated.
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise ValueError(f"{variable} cannot be read; it must look like {example}.") from None
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"{variable} must look like {example}, beginning with one of {', '.join(schemes)}.")
    security, usual_port = schemes[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and security == "plain" and parts.hostname not in _THIS_MACHINE:
        raise ValueError(f"{variable} would send the password unprotected; use {example} for a server elsewhere.")
    folder = (unquote(parts.path.strip("/")) or "INBOX") if variable == "HUILU_IMAP" else ""
    return MailServer(parts.hostname, port or usual_port, security, user, password, folder)


def _seconds(text: str) -> int:
    if not text:
        return MailSettings.seconds
    if not text.isdigit() or int(text) < LEAST_SECONDS:
        raise ValueError(f"HUILU_MAIL_SECONDS must be a number of seconds from {LEAST_SECONDS} on, but is {text!r}.")
    return int(text)
