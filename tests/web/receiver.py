"""Somebody else's server that is called by webhooks, on a port of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Received:
    """One call as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Takes calls, and answers what it was told to.

    Attributes:
        answers: The statuses of the next answers; 200 when there is none left.
        says: The body of its answers.
        held: While set, no call is answered.
    """

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    says: str = "thank you"
    location: str = ""
    held: asyncio.Event | None = None

    async def take(self, request: web.Request) -> web.Response:
        self.received.append(Received(dict(request.headers), await request.read()))
        if self.held is not None:
            await self.held.wait()
        headers = {"Location": self.location, "Set-Cookie": "seen=yes"} if self.location else {}
        return web.Response(status=self.answers.pop(0) if self.answers else 200, text=self.says, headers=headers)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that runs."""
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made.url = f"http://127.0.0.1:{port}/huilu"
    try:
        yield made
    finally:
        if made.held is not None:
            made.held.set()
        await runner.cleanup()
