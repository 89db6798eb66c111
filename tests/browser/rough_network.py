"""A bad line between a browser and the app: requests get lost, doubled and late, streams break, the app goes away."""

import asyncio
import contextlib
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from tests.faults.network import TROUBLES, Network
from tests.faults.wire import OF_THE_CONNECTION, Address, Answer, Cut, Request, ask, endless, read_request

HOST = "127.0.0.1"
# How often each trouble of a request comes; the chat tries again a second later, so more would mostly be waiting.
REQUEST_TROUBLES = dict.fromkeys(TROUBLES, 0.025)
LATE, LATE_SECONDS = 0.12, (0.1, 0.8)
# What can happen to an event of a stream. A line by itself neither doubles nor swaps, but a relay that retries may.
EVENT_TROUBLES = {
    "cut off in the middle": 0.018,
    "followed by a cut": 0.018,
    "late": 0.05,
    "told twice": 0.03,
    "overtaken by the next": 0.03,
}
AWAY_SECONDS = (0.2, 3.0)
OVERTAKING_SECONDS = 1.0
SITE = "/site"
# A script that does not come is the browser's affair; the chat only begins with it.
UNHARMED = ("/widget.js", SITE)


class RoughNetwork:
    """Carries what a browser sends to the app, with troubles drawn from a seeded dice.

    Attributes:
        counts: What was done how often.
    """

    def __init__(self, app: Address, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self._app = app
        self._dice = random.Random(f"rough network {seed}")
        self._network = Network(app, self.counts, REQUEST_TROUBLES)
        self._port = 0
        self._loop: asyncio.AbstractEventLoop
        self._closed: asyncio.Event

    @property
    def address(self) -> str:
        """What the page takes for the chat's address."""
        return f"http://{HOST}:{self._port}"

    @property
    def site(self) -> str:
        """A page of another site that holds the chat: for a browser, localhost is another host than 127.0.0.1."""
        return f"http://localhost:{self._port}{SITE}"

    async def listen(self, ready: Callable[[], object]) -> None:
        """Serve until closed; `ready` is called once browsers can come."""
        self._loop, self._closed = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self._serve, HOST, 0) as server:
            self._port = server.sockets[0].getsockname()[1]
            ready()
            await self._closed.wait()

    def close(self) -> None:
        """Listen no more; from any thread."""
        self._loop.call_soon_threadsafe(self._closed.set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection, so that no trouble of one touches the next."""
        try:
            request = await read_request(reader)
            if request.path.endswith("/events") and request.method == "GET":
                await self._stream(request, writer)
            else:
                answer = await self._answer(request)
                writer.write(_head(answer.status, answer.headers, len(answer.body)) + answer.body)
                await writer.drain()
            writer.close()
        except Cut as cut:
            if isinstance(cut.__cause__, OSError):
                self.counts["nothing answered while the app was away"] += 1
                await asyncio.sleep(self._dice.uniform(*AWAY_SECONDS))
            writer.transport.abort()
        except (OSError, EOFError, ValueError, asyncio.CancelledError):
            writer.transport.abort()

    async def _answer(self, request: Request) -> Answer:
        if request.path == SITE:
            page = f'<!doctype html><title>A shop</title><h1>A shop</h1><script async src="{self.address}/widget.js">'
            return Answer(200, {"content-type": "text/html"}, f"{page}</script>".encode())
        if request.path in UNHARMED:
            return await ask(self._app, request)
        self.counts["preflights"] += request.method == "OPTIONS"
        await self._dawdle("request")
        answer = await self._network.post(request, self._dice, lambda _: None)
        await self._dawdle("answer")
        return answer

    async def _dawdle(self, what: str) -> None:
        if self._dice.random() < LATE / 2:
            self.counts[f"{what} late"] += 1
            await asyncio.sleep(self._dice.uniform(*LATE_SECONDS))

    async def _stream(self, request: Request, writer: asyncio.StreamWriter) -> None:
        async with endless(self._app, request) as (status, headers, pieces):
            writer.write(_head(status, headers))
            self.counts["streams"] += 1
            held = bytearray()

            def release() -> None:
                writer.write(bytes(held))
                held.clear()

            async for event in _events(pieces):
                trouble = self._draw() if b"data:" in event else None
                if trouble == "overtaken by the next" and not held:
                    held += event
                    self._loop.call_later(OVERTAKING_SECONDS, release)
                    continue
                if trouble == "cut off in the middle":
                    writer.write(event[: len(event) // 2])
                    break
                writer.write(event)
                release()
                if trouble == "told twice":
                    writer.write(event)
                if trouble == "late":
                    await asyncio.sleep(self._dice.uniform(*LATE_SECONDS))
                await writer.drain()
                if trouble == "followed by a cut":
                    break
            held.clear()
        # Closed, not torn down: what was written so far shall arrive.
        with contextlib.suppress(OSError):
            await writer.drain()

    def _draw(self) -> str | None:
        number = self._dice.random()
        for trouble, share in EVENT_TROUBLES.items():
            number -= share
            if number < 0:
                self.counts[f"event {trouble}"] += 1
                return trouble
        return None


def _head(status: int, headers: dict[str, str], length: int | None = None) -> bytes:
    kept = {name: value for name, value in headers.items() if name not in OF_THE_CONNECTION}
    if length is not None:
        kept["content-length"] = str(length)
    lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in kept.items()), "connection: close"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _events(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Whole events of a stream, each with the empty line that ends it."""
    left = b""
    async for piece in pieces:
        *whole, left = (left + piece).split(b"\n\n")
        for event in whole:
            yield event + b"\n\n"


@contextmanager
def rough_network(app: Address, seed: int) -> Iterator[RoughNetwork]:
    """A rough network in a thread of its own, for as long as the block lasts."""
    network = RoughNetwork(app, seed)
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(network.listen(ready.set)), daemon=True)
    thread.start()
    assert ready.wait(10), "the rough network did not begin to listen"
    try:
        yield network
    finally:
        network.close()
        thread.join(10)
