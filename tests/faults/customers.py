"""Customers: each plays a script the way the widget does, through a bad network."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from tests.faults.network import Network
from tests.faults.reading import Page
from tests.faults.records import Diary, Sent
from tests.faults.scripts import Script, Step
from tests.faults.wire import Answer, Cut, Request, json_request

THINK_SECONDS = 1.5
BURST_SECONDS = 0.2
IMPATIENT_SECONDS = (0.3, 2.5)
PATIENCE_SECONDS = 60.0
GIVE_UP_SECONDS = 90.0
FIRST_PAUSE, LONGEST_PAUSE = 0.15, 2.0
# How often an old message is sent once more after newer ones were taken in.
REPEATED_LATER = 0.1


class Customer:
    """One conversation from its opening to the last step of its script.

    Args:
        pace: Stretches the time the customer thinks.

    Attributes:
        ended: Whether the script is over.
    """

    def __init__(
        self, number: int, script: Script, network: Network, seed: int, pace: Callable[[], float] = lambda: 1.0
    ) -> None:
        self.ended = False
        self._pace = pace
        self.diary = Diary(number, script.name, script.language, needs_ticket=script.needs_ticket)
        self._script = script
        self._network = network
        self._dice = random.Random(f"customer {seed} {number}")
        self._bodies: dict[str, dict[str, Any]] = {}
        self.page = Page(self.diary, network.address, random.Random(f"page {seed} {number}"))

    async def visit(self) -> None:
        """Play the whole script."""
        try:
            if await self._open():
                await self._talk()
        finally:
            self.ended = True

    async def _talk(self) -> None:
        following = asyncio.create_task(self.page.follow())
        try:
            for step in self._script.steps:
                await self._play(step)
                self._repeat_an_old_one()
                if step.patient:
                    await asyncio.sleep(self._dice.uniform(0, THINK_SECONDS) * self._pace())
                else:
                    await asyncio.sleep(self._dice.uniform(*IMPATIENT_SECONDS))
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    async def _open(self) -> bool:
        async def try_once() -> Answer:
            body = {"language": self._script.language}
            request = json_request("POST", "/api/chat/conversations", body=body)
            return await self._network.post(request, self._dice, lambda _: None)

        answer = await self._insist(try_once, 201)
        if answer is None or answer.status != 201:
            return False
        opened = answer.json()
        self.diary.conversation_id, self.diary.token = opened["id"], opened["token"]
        for message in opened["messages"]:
            self.diary.take(message, "opening")
        return True

    async def _play(self, step: Step) -> None:
        began = time.monotonic()
        if step.act == "say":
            self.diary.contacts += step.contact
            sent = await self._say(step)
        elif step.act == "person":
            sent = [await self._send("", {"kind": "person"})]
        elif step.act == "choose":
            sent = [await self._choose()]
        else:
            before = self.diary.last
            known = self.page.latest("ticket")
            await self._rate(step)
            # Whoever has a case already is not handed over another time.
            if step.act == "csat" and known is None:
                await self._wait_for_answer(before, began)
            return
        if step.patient:
            await self._wait_for_answer(max(each.seq for each in sent), max(each.began for each in sent))

    async def _say(self, step: Step) -> list[Sent]:
        if step.together:
            return list(await asyncio.gather(*(self._send(text) for text in step.texts)))
        sent: list[Sent] = []
        for text in step.texts:
            if sent:
                await asyncio.sleep(self._dice.uniform(0, BURST_SECONDS))
            sent.append(await self._send(text))
        return sent

    async def _choose(self) -> Sent:
        """Press one of the offered articles; where none is offered, one that a page may have linked to."""
        offered = self.page.latest("choices")
        if offered is None:
            return await self._send("", {"kind": "choice", "article_id": "refund-time"})
        if self._dice.random() < 0.15:
            return await self._send("", {"kind": "none_of_these"})
        choice = self._dice.choice((offered.payload or {})["choices"])
        return await self._send(choice["title"], {"kind": "choice", "article_id": choice["article_id"]})

    async def _send(self, text: str, pressed: dict[str, Any] | None = None) -> Sent:
        """Send a message under its own id until it is taken in."""
        sent = Sent(str(uuid.UUID(int=self._dice.getrandbits(128), version=4)), text, pressed)
        self.diary.sent.append(sent)
        body = {"payload": {**pressed, "title": text}} if pressed else {"text": text}
        self._bodies[sent.client_id] = {"client_id": sent.client_id, **body}
        sent.began = time.monotonic()

        async def try_once() -> Answer:
            sent.tries += 1
            return await self._network.post(self._message(sent), self._dice, lambda answer: _hear(sent, answer))

        answer = await self._insist(try_once, 202)
        if answer is not None and answer.status != 202:
            sent.refused = f"status {answer.status}: {answer.body[:200].decode(errors='replace')}"
        return sent

    def _message(self, sent: Sent) -> Request:
        return json_request("POST", f"{self.page.path}/messages", self.diary.token, self._bodies[sent.client_id])

    def _repeat_an_old_one(self) -> None:
        accepted = [each for each in self.diary.sent if each.accepted is not None][:-1]
        if accepted and self._dice.random() < REPEATED_LATER:
            old = self._dice.choice(accepted)
            self.diary.count("old messages sent once more")
            self._network.send_later(self._message(old), 0, lambda answer: _hear(old, answer))

    async def _rate(self, step: Step) -> None:
        rated = self.page.latest("answer")
        if step.act == "csat":
            subject = self.diary.conversation_id
        elif rated is not None:
            subject = rated.id
        else:
            subject = self.diary.seen[max(seq for seq, each in self.diary.seen.items() if each.author == "bot")].id
        body = {"kind": step.act, "subject_id": subject, "score": step.score}

        async def try_once() -> Answer:
            request = json_request("POST", f"{self.page.path}/ratings", self.diary.token, body)
            return await self._network.post(request, self._dice, lambda _: None)

        answer = await self._insist(try_once, 200)
        if answer is None or answer.status != 200:
            self.diary.oddities.append(("lost", f"the rating {body} was not taken in: {answer}"))

    async def _insist(self, try_once: Callable[[], Awaitable[Answer]], wanted: int) -> Answer | None:
        """Try again with growing pauses until the wanted answer, or one that will not change; None after too long."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        pause = FIRST_PAUSE
        while time.monotonic() < deadline:
            try:
                answer = await try_once()
            except Cut:
                pass
            else:
                if answer.status == wanted or (answer.status < 500 and answer.status != 429):
                    return answer
                self.diary.count(f"answers with status {answer.status}")
            self.diary.count("sent again")
            await asyncio.sleep(pause * self._dice.uniform(0.75, 1.25))
            pause = min(2 * pause, LONGEST_PAUSE)
        return None

    async def _wait_for_answer(self, seq: int, began: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not self.page.answered(seq):
                    self.page.changed.clear()
                    await self.page.changed.wait()
        except TimeoutError:
            self.diary.in_vain += 1
            words = f"no answer to seq {seq} was on the page within {PATIENCE_SECONDS:.0f} s"
            self.diary.oddities.append(("stuck", words))
        else:
            self.diary.waits.append(time.monotonic() - began)


def _hear(sent: Sent, answer: Answer) -> None:
    if answer.status == 202:
        told = answer.json()
        sent.heard(told["id"], told["seq"], time.monotonic())
