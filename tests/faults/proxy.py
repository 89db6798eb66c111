"""The way from the dialogue server to our actions, which can be slow, fail, repeat, and lose answers."""

import asyncio
import contextlib
import random
from collections import Counter

from tests.faults.wire import Address, Answer, Cut, Request, ask, read_request

HOST = "127.0.0.1"
# What can happen to a call, beside nothing.
ACTION_FAULTS = ("slow", "refused", "answer lost", "connection lost", "forwarded twice", "forwarded late")
# How often a call meets a fault outside the windows, in which most do.
SHARE, SHARE_IN_WINDOW = 0.06, 0.7
FORWARD_SECONDS = 30.0
SLOW_SECONDS = (1.0, 6.0)
# Late is either just while the turn is answered another way, or long after that.
LATE_SECONDS = ((0.0, 0.15), (2.0, 10.0))


class ActionProxy:
    """Stands between the dialogue server and the app's actions.

    Attributes:
        window: The fault that most calls meet at present; None outside the windows.
    """

    def __init__(self, app: Address, counts: Counter[str], seed: int) -> None:
        self.window: str | None = None
        self._app = app
        self._counts = counts
        self._dice = random.Random(f"actions {seed}")
        self._calm = False
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)

    @property
    def url(self) -> str:
        """What the dialogue server takes for the address of the actions."""
        assert self._server is not None
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}/internal/actions"

    async def calm(self) -> None:
        """No more faults; waits for what is still to be forwarded."""
        self._calm = True
        while self._under_way:
            await asyncio.wait(self._under_way)

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, Cut):
            while True:
                request = await read_request(reader)
                answer = await self._handle(request)
                if answer is None:
                    break
                head = f"HTTP/1.1 {answer.status} -\r\nContent-Type: application/json\r\n"
                writer.write(f"{head}Content-Length: {len(answer.body)}\r\n\r\n".encode() + answer.body)
                await writer.drain()
        writer.transport.abort()

    async def _handle(self, request: Request) -> Answer | None:
        """The answer to a call, None when the connection is to be cut."""
        fault = self._draw()
        if fault is None:
            return await self._forward(request)
        self._counts[f"action {fault}"] += 1
        if fault == "slow":
            await asyncio.sleep(self._dice.uniform(*SLOW_SECONDS))
            return await self._forward(request)
        if fault == "answer lost":
            await self._forward(request)
        if fault == "connection lost":
            await self._forward(request)
            return None
        if fault == "forwarded twice":
            if self._dice.random() < 0.5:
                self._later(request, 0)
                return await self._forward(request)
            await self._forward(request)
            return await self._forward(request)
        if fault == "forwarded late":
            self._later(request, self._dice.uniform(*self._dice.choice(LATE_SECONDS)))
            return None
        return Answer(500, {}, b"{}")

    def _draw(self) -> str | None:
        if self._calm:
            return None
        if self.window is not None and self._dice.random() < SHARE_IN_WINDOW:
            return self.window
        return self._dice.choice(ACTION_FAULTS) if self._dice.random() < SHARE else None

    async def _forward(self, request: Request) -> Answer:
        return await ask(self._app, request, FORWARD_SECONDS)

    def _later(self, request: Request, seconds: float) -> None:
        async def forward() -> None:
            await asyncio.sleep(seconds)
            with contextlib.suppress(Cut):
                await self._forward(request)

        task = asyncio.create_task(forward())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
