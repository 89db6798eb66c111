"""Webhooks on their way to a real server: signed, made again, and nobody held up."""

import asyncio
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

from litestar.testing import AsyncTestClient

from storage.engine import Database
from storage.settings import read_settings
from support.integrations import queries, webhooks
from support.integrations.delivery import AT_ONCE
from support.integrations.webhooks import Wish, add_webhook
from support.privacy.operations import erase_conversation
from tests.conftest import leave_out
from tests.support.conftest import new_chat
from tests.web.receiver import Receiver, receiving
from tests.web.verify_example import is_from_huilu
from tests.web.webhook_fixtures import EVENT, Post, post, receiver
from web.app import create_app

# Fixtures are found by being imported.
__all__ = ["post", "receiver"]


async def test_a_call_arrives_signed_and_says_what_happened(post: Post, receiver: Receiver) -> None:
    hook = post.add(receiver.url)
    chat = new_chat(post.database)
    await post.carry()
    (call,) = receiver.received
    assert is_from_huilu(hook.secret, call.headers["Huilu-Signature"], call.body)
    assert not is_from_huilu(hook.secret, call.headers["Huilu-Signature"], call.body + b" ")
    assert not is_from_huilu("whsec_other", call.headers["Huilu-Signature"], call.body)
    assert not is_from_huilu(hook.secret, call.headers["Huilu-Signature"].replace("t=1", "t=2"), call.body)
    assert not is_from_huilu(hook.secret, "", call.body)
    body = json.loads(call.body)
    assert (body["event"], body["data"]["conversation_id"]) == (EVENT, chat.id)
    (kept,) = post.calls()
    assert (kept.state, kept.status, kept.answer, kept.attempts) == ("delivered", 200, "thank you", 1)
    assert (call.headers["Huilu-Event"], call.headers["Huilu-Delivery"]) == (EVENT, kept.id)


async def test_the_example_in_javascript_says_the_same(post: Post, receiver: Receiver) -> None:
    node = shutil.which("node")
    if node is None:
        leave_out("Node.js is not on the PATH")
    hook = post.add(receiver.url)
    new_chat(post.database)
    await post.carry()
    (call,) = receiver.received
    script = (
        'import { isFromHuilu } from "./verify_example.mjs"; const [s, h, b] = process.argv.slice(1);'
        "console.log(isFromHuilu(s, h, Buffer.from(b)), isFromHuilu(s, h, Buffer.from(b + ' ')), isFromHuilu(s, '', b))"
    )
    told = [hook.secret, call.headers["Huilu-Signature"], call.body.decode()]
    command = [str(node), "--input-type=module", "-e", script, *told]
    here = Path(__file__).parent
    said = await asyncio.to_thread(subprocess.run, command, cwd=here, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["true", "false", "false"]


async def test_after_an_error_it_comes_again_as_the_same_event(post: Post, receiver: Receiver) -> None:
    post.add(receiver.url)
    receiver.answers = [500, 302]
    new_chat(post.database)
    await post.carry()
    await post.carry()
    assert len(receiver.received) == 1, "not at once"
    post.clock.at += timedelta(seconds=13)
    await post.carry()
    post.clock.at += timedelta(seconds=73)
    await post.carry()
    assert len({call.body for call in receiver.received}) == 1
    assert len(receiver.received) == 3
    assert (post.calls()[0].state, post.calls()[0].attempts) == ("delivered", 3)


async def test_who_is_slow_holds_up_nobody_else(post: Post, receiver: Receiver) -> None:
    async with receiving() as slow:
        slow.held = asyncio.Event()
        post.add(slow.url)
        post.add(receiver.url)
        for _ in range(AT_ONCE + 2):
            new_chat(post.database)
        begun = await post.courier.begin_due()
        assert len(begun) == 2 * AT_ONCE
        while len(receiver.received) < AT_ONCE + 2:
            await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
            begun = [task for task in begun if not task.done()] + await post.courier.begin_due()
        assert len(slow.received) == AT_ONCE
        slow.held.set()
        await asyncio.gather(*begun)


async def test_who_does_not_answer_in_time_is_called_again_later(database: Database, receiver: Receiver) -> None:
    post = Post(database, seconds=0.2)
    receiver.held = asyncio.Event()
    post.add(receiver.url)
    new_chat(database)
    await post.carry()
    await post.sender.close()
    (kept,) = post.calls()
    assert (kept.state, kept.status, kept.answer) == ("waiting", None, "timeout")


async def test_nobody_there_is_an_answer_too(post: Post) -> None:
    post.add("http://127.0.0.1:9/")
    new_chat(post.database)
    await post.carry()
    assert (post.calls()[0].state, post.calls()[0].answer) == ("waiting", "connection")


async def test_what_was_given_up_can_be_made_again(post: Post, receiver: Receiver) -> None:
    hook = post.add(receiver.url)
    new_chat(post.database)
    with post.database.writing() as session:
        webhooks.give_up_waiting(session, hook.id)
    await post.carry()
    assert receiver.received == []
    with post.database.writing() as session:
        webhooks.replay(session, hook.id, post.calls()[0].id)
    await post.carry()
    with post.database.writing() as session:
        webhooks.replay(session, hook.id, post.calls()[0].id)
    await post.carry()
    assert len({call.body for call in receiver.received}) == 1
    assert len(receiver.received) == 2
    with post.database.reading() as session:
        assert queries.counts(session, hook.id) == {"delivered": 1}


async def test_a_rolled_secret_signs_the_next_call(post: Post, receiver: Receiver) -> None:
    hook = post.add(receiver.url)
    new_chat(post.database)
    with post.database.writing() as session:
        rolled = webhooks.roll_secret(session, hook.id).secret
    await post.carry()
    (call,) = receiver.received
    assert is_from_huilu(rolled, call.headers["Huilu-Signature"], call.body)
    assert not is_from_huilu(hook.secret, call.headers["Huilu-Signature"], call.body)


async def test_a_conversation_erased_while_its_call_is_under_way_leaves_nothing(post: Post, receiver: Receiver) -> None:
    post.add(receiver.url, "message.created")
    receiver.held = asyncio.Event()
    chat = new_chat(post.database)
    begun = await post.courier.begin_due()
    with post.database.writing() as session:
        erase_conversation(session, chat.id)
    receiver.held.set()
    await asyncio.gather(*begun)
    assert post.calls() == []


async def test_the_app_itself_delivers(tmp_path: Path, receiver: Receiver) -> None:
    chosen = read_settings(
        {
            "HUILU_HOME": str(tmp_path),
            "HUILU_SECRET": "secret-of-the-tests",
            "HUILU_ENCODER": "none",
            "HUILU_RASA_URL": "http://127.0.0.1:9",
            "HUILU_WEBHOOK_PRIVATE": "allowed",
        }
    )
    app = create_app(chosen)
    async with AsyncTestClient(app) as client:
        database: Database = app.state.services.database
        with database.writing() as session:
            hook = add_webhook(session, Wish("shop", receiver.url, ["message.created"]), True)
        opened = await client.post("/api/chat/conversations", json={"language": "en"})
        assert opened.status_code == 201
        async with asyncio.timeout(20):
            while not receiver.received:
                await asyncio.sleep(0.05)
    call = receiver.received[0]
    assert is_from_huilu(hook.secret, call.headers["Huilu-Signature"], call.body)
    assert json.loads(call.body)["data"]["conversation_id"] == opened.json()["id"]
