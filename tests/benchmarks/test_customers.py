"""Customers over real connections, at servers that answer at once."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from benchmarks.customer import API, TurnFailed, chat_client, open_conversation
from benchmarks.posted import Channel, opener

pytestmark = pytest.mark.fast

Serve = Callable[[web.Application], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers: list[TestServer] = []

    async def start(application: web.Application) -> str:
        servers.append(TestServer(application))
        await servers[-1].start_server()
        return str(servers[-1].make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


def event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def chat(accepted: int = 202) -> web.Application:
    """A chat API that says every message back on the stream."""
    streams: list[web.StreamResponse] = []

    async def begin(_: web.Request) -> web.Response:
        return web.json_response({"id": "c1", "token": "t1", "messages": [{"seq": 1}]}, status=201)

    async def events(request: web.Request) -> web.StreamResponse:
        assert (request.headers["Authorization"], request.query["after"]) == ("Bearer t1", "1")
        stream = web.StreamResponse()
        await stream.prepare(request)
        await stream.write(event("status", {"status": "bot"}))
        streams.append(stream)
        await request.loop.create_future()
        return stream

    async def say(request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        for seq, author in ((2, "customer"), (3, "bot")):
            message = {"seq": seq, "author": author, "text": text, "payload": None}
            await streams[0].write(event("message", message))
        return web.json_response({"id": "m2", "seq": 2}, status=accepted)

    made = web.Application()
    made.router.add_post(API, begin)
    made.router.add_get(f"{API}/c1/events", events)
    made.router.add_post(f"{API}/c1/messages", say)
    return made


async def test_the_bots_message_is_read_from_the_stream(serve: Serve) -> None:
    async with chat_client(await serve(chat())) as client:
        conversation = await open_conversation(client, "en")
        seq, seconds = await conversation.ask("why?")
        assert (seq, seconds > 0) == (2, True)
        assert [each["text"] for each in conversation.replies(seq)] == ["why?"]
        await conversation.leave()


async def test_a_message_that_is_not_taken_in_is_an_error(serve: Serve) -> None:
    async with chat_client(await serve(chat(accepted=429))) as client:
        conversation = await open_conversation(client, "en")
        with pytest.raises(TurnFailed, match="429"):
            await conversation.ask("why?")
        await conversation.leave()


async def test_a_server_that_is_not_there_is_an_error() -> None:
    async with chat_client("http://127.0.0.1:9") as client:
        with pytest.raises(TurnFailed, match="no conversation"):
            await open_conversation(client, "en")


def echo(status: int = 200) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response([{"text": asked["message"]}] if asked["message"] else [], status=status)

    made = web.Application()
    made.router.add_post("/hook", answer)
    return made


CHANNEL = Channel(
    "/hook",
    lambda sender, language, text: {"sender": sender, "message": text},
    lambda answer: [{"payload": {"words": each["text"]}} for each in answer],
)


async def test_the_answer_to_a_post_is_the_bots(serve: Serve) -> None:
    async with chat_client(await serve(echo())) as client:
        conversation = await opener(CHANNEL)(client)("en")
        turns = [(await conversation.ask(text))[0] for text in ("one", "two")]
        assert [conversation.replies(turn) for turn in turns] == [
            [{"payload": {"words": "one"}}],
            [{"payload": {"words": "two"}}],
        ]
        assert not conversation.handed_over
        with pytest.raises(TurnFailed, match="no message"):
            await conversation.ask("")


async def test_a_channel_that_fails_is_an_error(serve: Serve) -> None:
    async with chat_client(await serve(echo(status=500))) as client:
        conversation = await opener(CHANNEL)(client)("en")
        with pytest.raises(TurnFailed, match="500"):
            await conversation.ask("one")
