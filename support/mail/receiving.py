"""Fetching mail from the server. Each call opens a connection of its own and closes it; run it in a thread."""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.consts import MailMessageFlags
from imap_tools.errors import ImapToolsError, MailboxLoginError

from storage.mail_settings import MailServer
from support.mail.troubles import SERVER, SIGN_IN, kept_trouble

TIMEOUT_SECONDS = 30.0
# Fetched at once; each is up to LARGEST bytes in memory.
MOST_AT_ONCE = 5
# What is larger is cut there, and an attachment that is not whole any more is left out.
LARGEST = 25 * 1024 * 1024

_UID = re.compile(r"[0-9]{1,10}")


class MailboxFailure(Exception):
    """The server did not do what it was asked for; as a text, the trouble as it is kept (see troubles.py)."""


@dataclass(frozen=True)
class Fetched:
    """A mail on the server, as it came."""

    uid: str
    raw: bytes


def fetch_unseen(server: MailServer, skipped: frozenset[str] = frozenset()) -> list[Fetched]:
    """The oldest mails that nobody has taken yet; they stay unseen until `mark_seen`.

    Args:
        skipped: Mails that are left where they are, by their uid.

    Raises:
        MailboxFailure: When the server does not answer as it should.
        OSError: When it cannot be reached.
    """
    with _opened(server) as box:
        uids = [uid for uid in box.uids(AND(seen=False)) if uid not in skipped][:MOST_AT_ONCE]
        return [Fetched(uid, _fetch(box, uid)) for uid in uids]


def mark_seen(server: MailServer, uids: Sequence[str]) -> None:
    """Note on the server that these mails were taken."""
    if uids:
        with _opened(server) as box:
            box.flag(list(uids), MailMessageFlags.SEEN, True)


def _fetch(box: BaseMailBox, uid: str) -> bytes:
    if not _UID.fullmatch(uid):
        return b""
    _, answer = box.client.uid("fetch", uid, f"(BODY.PEEK[]<0.{LARGEST}>)")
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")


@contextmanager
def _opened(server: MailServer) -> Iterator[BaseMailBox]:
    try:
        with _connected(server).login(server.user, server.password, server.folder or "INBOX") as opened:
            yield opened
    except MailboxLoginError:
        # Some servers repeat the user's name, which is often an address.
        raise MailboxFailure(SIGN_IN) from None
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        raise MailboxFailure(kept_trouble(SERVER, str(error))) from None


def _connected(server: MailServer) -> BaseMailBox:
    if server.security == "plain":
        return MailBoxUnencrypted(server.host, server.port, TIMEOUT_SECONDS)
    # Without a context of our own the library would take any certificate.
    context = ssl.create_default_context()
    if server.security == "starttls":
        return MailBoxStartTls(server.host, server.port, TIMEOUT_SECONDS, ssl_context=context)
    return MailBox(server.host, server.port, TIMEOUT_SECONDS, ssl_context=context)
