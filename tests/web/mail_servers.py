"""Real mail servers on this machine: one that takes mail (SMTP), one that holds it (IMAP)."""

import asyncio
import queue
import socket
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import imap_tools
from aiosmtpd.controller import Controller
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

USER, PASSWORD = "help", "secret"
PATIENCE_SECONDS = 20


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Outside:
    """An SMTP server with everybody's mailboxes; `refused` are addresses that it knows nothing of."""

    def __init__(self) -> None:
        self.port = free_port()
        self.refused: set[str] = set()
        self._came: queue.Queue[EmailMessage] = queue.Queue()
        self._server: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp+plain://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = Controller(self, hostname="127.0.0.1", port=self.port)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self._came.put(mail)
        return "250 OK"

    async def next(self) -> EmailMessage:
        """The next mail that somebody received."""
        return await asyncio.to_thread(self._came.get, timeout=PATIENCE_SECONDS)

    def is_empty(self) -> bool:
        return self._came.empty()


class Mailbox:
    """Our own mailbox on an IMAP server."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        return f"imap+plain://{USER}:{PASSWORD}@127.0.0.1:{self.port}/INBOX"

    async def put(self, raw: bytes) -> None:
        """A mail arrives."""
        await asyncio.to_thread(self._put, raw)

    async def unseen(self) -> int:
        """How many mails nobody has taken."""
        return await asyncio.to_thread(self._unseen)

    def _put(self, raw: bytes) -> None:
        with self._opened() as box:
            box.append(raw, "INBOX")

    def _unseen(self) -> int:
        with self._opened() as box:
            return len(box.uids(imap_tools.AND(seen=False)))

    def _opened(self) -> Any:
        return imap_tools.MailBoxUnencrypted("127.0.0.1", self.port).login(USER, PASSWORD)


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """An IMAP server with one empty mailbox, in memory."""
    given = {"demo_data": False, "demo_user": USER, "demo_password": PASSWORD, "host": "127.0.0.1", "port": "0"}
    given |= {"tls": False, "cert": None, "key": None, "debug": False, "proxy_protocol": None, "passlib_cfg": None}
    backend, config = await DictBackend.init(Namespace(**given))
    config.apply_context()
    answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield Mailbox(int(server.sockets[0].getsockname()[1]))


def answer_to(mail: EmailMessage, text: str, message_id: str = "") -> bytes:
    """What a customer's program sends when they answer a mail."""
    made = EmailMessage()
    made["From"], made["To"] = mail["To"], mail["From"]
    made["Subject"] = f"Re: {mail['Subject']}"
    made["In-Reply-To"] = made["References"] = mail["Message-ID"]
    made["Message-ID"] = message_id or f"<{abs(hash(text))}@example.com>"
    body = mail.get_body()
    assert body is not None
    quoted = "\n".join(f"> {line}" for line in body.get_content().splitlines())
    made.set_content(f"{text}\n\nOn Mon, 23 Nov 2026 at 10:00, Lanting <help@shop.example> wrote:\n{quoted}\n")
    return made.as_bytes()
