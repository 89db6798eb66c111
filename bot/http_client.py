"""Posts JSON over kept connections: what calling an action needs of HTTP/1.1, and nothing else.

aiohttp takes 0.25 ms of processor time for a call: two writes to the socket, and objects for cookies, redirects
and more. This takes 0.05 ms. The answer is parsed by httptools, which Rasa's own server uses as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import httptools


class NoAnswer(Exception):
    """The other side could not be reached, was too slow, or broke off."""


class _ClosedAtOnce(NoAnswer):
    """The connection was closed before anything came back."""


class Response(NamedTuple):
    """What came back."""

    status: int
    body: bytes


class _Target(NamedTuple):
    """Where a connection leads."""

    host: str
    port: int
    encrypted: bool


class _Connection(asyncio.Protocol):
    """One connection, with one request on it at a time."""

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = transport  # type: ignore[assignment]
        self.open = True

    def data_received(self, data: bytes) -> None:
        """Called by the loop; what nobody asked for ends the connection."""
        if self._answer is None or self._answer.done():
            self.close()
            return
        if self._parser is None:
            self._parser = httptools.HttpResponseParser(self)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(NoAnswer(f"what came is not HTTP: {error}"))

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop."""
        self.open = False
        reason = f"the connection was closed ({error!r})"
        self._fail(_ClosedAtOnce(reason) if self._parser is None else NoAnswer(reason))

    def on_body(self, part: bytes) -> None:
        """Called by the parser."""
        self._body.append(part)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        assert self._parser is not None and self._answer is not None
        if not self._parser.should_keep_alive():
            self.close()
        if not self._answer.done():
            self._answer.set_result(Response(self._parser.get_status_code(), b"".join(self._body)))

    def ask(self, request: bytes, deadline: float) -> asyncio.Future[Response]:
        """Send a request; the future fails with NoAnswer when no whole answer came by then."""
        loop = asyncio.get_running_loop()
        self._answer, self._parser, self._body = loop.create_future(), None, []
        limit = loop.call_at(deadline, self._fail, NoAnswer("no answer in time"))
        self._answer.add_done_callback(lambda _: limit.cancel())
        assert self._transport is not None
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Close at once, whatever is under way."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: NoAnswer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
            self.close()


class Client:
    """Posts from one event loop, and keeps the connections that are free again."""

    def __init__(self) -> None:
        self._free: dict[_Target, list[_Connection]] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Response:
        """Post JSON and return the answer, whatever its status.

        A kept connection may have been closed by the other side just then; that is tried again on a new one.

        Raises:
            NoAnswer: When no whole answer came within `seconds`.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        target, head = _target_and_head(url, headers, len(body))
        request = head + body
        connection = self._kept(target)
        if connection is not None:
            try:
                return await self._answered(connection, target, request, deadline)
            except _ClosedAtOnce:
                pass
        return await self._answered(await _connected(target, deadline), target, request, deadline)

    def close(self) -> None:
        """Close the connections that are free."""
        for connections in self._free.values():
            for connection in connections:
                connection.close()
        self._free.clear()

    async def _answered(self, connection: _Connection, target: _Target, request: bytes, deadline: float) -> Response:
        try:
            response = await connection.ask(request, deadline)
        except BaseException:
            # Also when the turn was given up: what comes on this connection later belongs to nobody.
            connection.close()
            raise
        if connection.open:
            self._free.setdefault(target, []).append(connection)
        return response

    def _kept(self, target: _Target) -> _Connection | None:
        free = self._free.get(target, [])
        while free:
            connection = free.pop()
            if connection.open:
                return connection
        return None


async def _connected(target: _Target, deadline: float) -> _Connection:
    loop = asyncio.get_running_loop()
    coming = loop.create_connection(_Connection, target.host, target.port, ssl=target.encrypted or None)
    try:
        _, connection = await asyncio.wait_for(coming, deadline - loop.time())
    except (OSError, asyncio.TimeoutError) as error:
        raise NoAnswer(f"{target.host}:{target.port} cannot be reached ({error!r})") from error
    return connection


def _target_and_head(url: str, headers: Mapping[str, str], length: int) -> tuple[_Target, bytes]:
    parts = urlsplit(url)
    encrypted = parts.scheme == "https"
    target = _Target(parts.hostname or "", parts.port or (443 if encrypted else 80), encrypted)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("A header holds a line break.")
    return target, "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode("latin-1")
