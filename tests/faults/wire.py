"""HTTP by hand, because a fault checker must be able to cut a connection at any point. One request a connection."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

REQUEST_SECONDS = 20.0
# Headers that whoever passes a message on writes anew.
OF_THE_CONNECTION = {"host", "connection", "content-length", "transfer-encoding"}


class Cut(Exception):
    """The connection ended before the answer was there, whoever's fault it was."""


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str
    port: int


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def as_bytes(self, address: Address) -> bytes:
        """Head and body."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {address.host}:{address.port}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return json.loads(self.body)


def json_request(method: str, path: str, token: str = "", body: object = None) -> Request:
    """A request of the chat API."""
    headers = [("Accept", "application/json")]
    if token:
        headers.append(("Authorization", f"Bearer {token}"))
    if body is None:
        return Request(method, path, tuple(headers))
    return Request(method, path, (*headers, ("Content-Type", "application/json")), json.dumps(body).encode())


async def ask(address: Address, request: Request, seconds: float = REQUEST_SECONDS) -> Answer:
    """Send a request and read the whole answer.

    Raises:
        Cut: When there is no answer, or none in time.
    """
    try:
        async with asyncio.timeout(seconds), connection(address) as (reader, writer):
            writer.write(request.as_bytes(address))
            await writer.drain()
            status, headers = await read_head(reader)
            return Answer(status, headers, await _read_body(reader, headers))
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise Cut(repr(error)) from error


async def send_and_leave(address: Address, request: Request, linger: float) -> None:
    """Send a request, and hang up without looking at the answer."""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(REQUEST_SECONDS), connection(address) as (_, writer):
            writer.write(request.as_bytes(address))
            await writer.drain()
            await asyncio.sleep(linger)


async def lines(address: Address, request: Request) -> AsyncIterator[str]:
    """The lines of an endless answer; close the iterator to hang up.

    Raises:
        Cut: When the stream could not be opened, or broke off.
    """
    async with endless(address, request) as (status, _, pieces):
        if status != 200:
            raise Cut(f"status {status}")
        left = b""
        async for piece in pieces:
            *whole, left = (left + piece).split(b"\n")
            for line in whole:
                yield line.decode().rstrip("\r")


@asynccontextmanager
async def endless(
    address: Address, request: Request
) -> AsyncIterator[tuple[int, dict[str, str], AsyncIterator[bytes]]]:
    """Status, headers and the pieces of an answer that may never end.

    Raises:
        Cut: When it could not be opened, or broke off.
    """
    try:
        async with connection(address) as (reader, writer):
            async with asyncio.timeout(REQUEST_SECONDS):
                writer.write(request.as_bytes(address))
                await writer.drain()
                status, headers = await read_head(reader)
            yield status, headers, _pieces(reader, headers)
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
        raise Cut(repr(error)) from error


@asynccontextmanager
async def connection(address: Address) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that is torn down at once at the end, whatever still lies in it."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer."""
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    return int(first.split(" ")[1]), headers_of(rest)


async def read_request(reader: asyncio.StreamReader) -> Request:
    """A request as a server gets it, without the headers that belong to the connection only."""
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = headers_of(rest)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    kept = tuple((name, value) for name, value in headers.items() if name not in OF_THE_CONNECTION)
    return Request(method, path, kept, body)


def headers_of(given: list[str]) -> dict[str, str]:
    """Header lines by lower-case name."""
    pairs = (line.partition(":") for line in given)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return b"".join([piece async for piece in _pieces(reader, headers)])


async def _pieces(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    if headers.get("transfer-encoding") != "chunked":
        while piece := await reader.read(65536):
            yield piece
        return
    while size := int((await reader.readline()).strip() or b"x", 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readline()
