"""The dialogue server as seen from the app: nobody waits for one that is known to be down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from storage.base import now
from support.turns.rasa import MOST_TIMEOUTS, RasaClient, RasaUnavailable, turn_body
from support.turns.work import TurnWork

ANSWER = {"messages": [{"text": "hi"}], "intent": "greet", "confidence": 0.9, "failed_actions": []}


def work(*parts: str, payload: dict[str, Any] | None = None) -> TurnWork:
    return TurnWork("t", 1, "c", "k", "en", parts or ("hi",), payload, None, now(), "trace-1")


class Server:
    """A dialogue server that answers, hangs or refuses as told."""

    def __init__(self) -> None:
        self.hangs = False
        self.status = 200
        self.asked = 0
        # What hangs goes on when the test is over, so that nobody waits for it.
        self.over = asyncio.Event()

    async def turn(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.hangs:
            await self.over.wait()
        return web.json_response(ANSWER, status=self.status)

    async def ready(self, request: web.Request) -> web.Response:
        if self.hangs:
            await self.over.wait()
        return web.json_response({"ready": True})


@asynccontextmanager
async def running(server: Server, seconds: float = 0.05) -> AsyncIterator[tuple[RasaClient, web.TCPSite]]:
    app = web.Application()
    app.router.add_post("/webhooks/huilu/turns", server.turn)
    app.router.add_get("/webhooks/huilu/", server.ready)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = RasaClient(f"http://127.0.0.1:{port}", "secret", seconds)
    try:
        yield client, site
    finally:
        server.over.set()
        await client.close()
        await runner.cleanup()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.turns.rasa.PROBE_SECONDS", 0.05)


async def until(reached: Any) -> None:
    for _ in range(200):
        if reached():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("never reached")


async def test_a_server_that_answers_is_asked_each_time() -> None:
    async with running(Server(), seconds=2) as (client, _):
        reply = await client.ask(work())
        assert reply.messages[0].text == "hi" and reply.usable
        assert not client.resting and await client.ready()


async def test_after_several_turns_in_a_row_ran_out_of_time_nobody_waits_any_more() -> None:
    server = Server()
    server.hangs = True
    async with running(server) as (client, _):
        for _ in range(MOST_TIMEOUTS):
            with pytest.raises(RasaUnavailable, match="in time"):
                await client.ask(work())
        assert client.resting
        with pytest.raises(RasaUnavailable, match="known to be down"):
            await client.ask(work())
        assert server.asked == MOST_TIMEOUTS
        server.hangs = False
        await until(lambda: not client.resting)
        assert (await client.ask(work())).usable


async def test_one_slow_turn_is_no_reason_to_stop_asking() -> None:
    server = Server()
    async with running(server, seconds=0.3) as (client, _):
        server.hangs = True
        with pytest.raises(RasaUnavailable):
            await client.ask(work())
        server.hangs = False
        assert (await client.ask(work())).usable
        assert not client.resting


async def test_a_server_that_refuses_connections_is_left_alone_at_once() -> None:
    async with running(Server(), seconds=2) as (client, site):
        await site.stop()
        with pytest.raises(RasaUnavailable):
            await client.ask(work())
        assert client.resting


async def test_an_answer_that_is_no_turn_counts_as_none() -> None:
    server = Server()
    server.status = 500
    async with running(server, seconds=2) as (client, _):
        with pytest.raises(RasaUnavailable, match="500"):
            await client.ask(work())
        assert not client.resting


def test_several_messages_go_to_the_dialogue_server_as_one_text_with_its_parts() -> None:
    body = turn_body(work("hi", "my parcel"))
    assert body["text"] == "hi\nmy parcel"
    assert body["metadata"]["parts"] == ["hi", "my parcel"]
    assert body["metadata"]["trace"] == "trace-1"


def test_a_wish_for_a_person_among_other_messages_is_never_read_over() -> None:
    body = turn_body(work("how long is the guarantee", "I want to talk to a person"))
    assert body["payload"] == {"intent": "ask_for_person", "entities": {"handoff_reason": "request"}}
