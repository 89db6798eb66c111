"""Making one call to somebody else's address, with as little trust as can be.

No redirect is followed, no proxy and no cookie used, and only the beginning of an answer read. Whether the address is
one of the open Internet is asked of the very address that is connected to: a name that stood for another one a moment
before, or a number written in an unusual way, is no way around.
"""

import asyncio
import socket
import ssl
import time
from typing import Any

import aiohttp
import msgspec

from support.integrations.addresses import is_public
from support.integrations.delivery import LONGEST_ANSWER, Answer, Call
from support.integrations.signing import signature_header

SECONDS = 10.0
CONNECTIONS = 200


class NotPublic(OSError):
    """The name stands for an address inside a network."""


class Sender:
    """Makes calls over connections of its own.

    Args:
        private_allowed: Whether addresses inside the network may be called.
        seconds: How long a call may take, from looking the name up to the answer's beginning.
    """

    def __init__(self, private_allowed: bool, seconds: float = SECONDS) -> None:
        self._private_allowed = private_allowed
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    async def send(self, call: Call) -> Answer:
        """Make a call; whatever goes wrong is an answer too."""
        body = msgspec.json.encode(call.body)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Huilu-Webhooks/1",
            "Accept-Encoding": "identity",
            "Huilu-Event": call.event,
            "Huilu-Delivery": call.id,
            "Huilu-Signature": signature_header(call.secret, int(time.time()), body),
        }
        try:
            async with self._client().post(call.url, data=body, headers=headers, allow_redirects=False) as response:
                words = await _beginning(response.content)
                # What is left of it is of no interest, however long it is.
                response.close()
                return Answer(response.status, words)
        except TimeoutError:
            return Answer(None, "timeout")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(None, _reason(error))

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, socket_factory=self._socket, use_dns_cache=False)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _socket(self, address: Any) -> socket.socket:
        """A socket for an address that is about to be connected to."""
        family, kind, protocol, _, place = address
        if not self._private_allowed and not is_public(place[0]):
            raise NotPublic("not a public address")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


async def _beginning(content: aiohttp.StreamReader) -> str:
    read = b""
    while len(read) < LONGEST_ANSWER and (more := await content.read(LONGEST_ANSWER)):
        read += more
    words = read[:LONGEST_ANSWER].decode("utf-8", "replace")
    return "".join(each for each in words if each.isprintable() or each == "\n")


def _reason(error: BaseException) -> str:
    inner = getattr(error, "os_error", None) or error
    if isinstance(inner, asyncio.TimeoutError):
        return "timeout"
    # Several addresses that were all refused come as one error that repeats their words.
    if isinstance(inner, NotPublic) or "not a public address" in str(inner):
        return "private"
    if isinstance(inner, ssl.SSLError) or isinstance(error, aiohttp.ClientSSLError):
        return "tls"
    return "connection"
