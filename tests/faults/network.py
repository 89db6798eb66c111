"""The network between customers and the app: it drops, cuts off, repeats and holds back."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.faults.wire import Address, Answer, Cut, Request, ask, send_and_leave

# How often a request meets which trouble; most meet none.
TROUBLES = {
    "dropped before it was sent": 0.04,
    "cut off while it was worked on": 0.04,
    "answer dropped": 0.04,
    "sent twice at once": 0.04,
    "held back, and sent again meanwhile": 0.04,
}

Heard = Callable[[Answer], None]


class Network:
    """Carries requests to the app, most of them unharmed.

    Args:
        address: The app.
        counts: Notes which trouble came how often.
        troubles: How often a request meets which of the TROUBLES.
    """

    def __init__(
        self, address: Address, counts: Counter[str], troubles: Mapping[str, float] = MappingProxyType(TROUBLES)
    ) -> None:
        self.address = address
        self._counts = counts
        self._troubles = troubles
        self._under_way: set[asyncio.Task[None]] = set()

    async def post(self, request: Request, dice: random.Random, heard: Heard) -> Answer:
        """Carry a request; `heard` is called with every answer, also those that come late.

        Raises:
            Cut: When the customer gets no answer, whether or not the request arrived.
        """
        trouble = self._draw(dice)
        if trouble == "dropped before it was sent":
            await asyncio.sleep(dice.uniform(0, 0.3))
            raise Cut(trouble)
        if trouble == "cut off while it was worked on":
            await send_and_leave(self.address, request, dice.uniform(0, 0.04))
            raise Cut(trouble)
        if trouble == "answer dropped":
            await ask(self.address, request)
            raise Cut(trouble)
        if trouble == "held back, and sent again meanwhile":
            self.send_later(request, dice.choice((0.0, 0.05, 0.5, 3.0)) * dice.uniform(0.5, 1.5), heard)
            raise Cut(trouble)
        if trouble == "sent twice at once":
            self.send_later(request, 0, heard)
        answer = await ask(self.address, request)
        heard(answer)
        return answer

    def send_later(self, request: Request, seconds: float, heard: Heard) -> None:
        """Let a request arrive after a while, when whatever was sent meanwhile has overtaken it."""

        async def send() -> None:
            await asyncio.sleep(seconds)
            try:
                heard(await ask(self.address, request))
            except Cut:
                # It was a copy; the customer's own tries see to the message.
                self._counts["copies that did not arrive"] += 1

        task = asyncio.create_task(send())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def finish(self) -> None:
        """Wait for what is still under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _draw(self, dice: random.Random) -> str | None:
        number = dice.random()
        for trouble, share in self._troubles.items():
            number -= share
            if number < 0:
                self._counts[f"request {trouble}"] += 1
                return trouble
        return None
