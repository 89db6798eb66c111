"""Webhooks that lead astray: never inside the network, nowhere else, and nothing private in the log."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from storage.engine import Database
from storage.settings import read_settings
from tests.support.conftest import new_chat
from tests.web.receiver import Receiver
from tests.web.webhook_fixtures import Post, post, receiver, sqlite

# Fixtures are found by being imported.
__all__ = ["post", "receiver", "sqlite"]


async def test_no_redirect_is_followed_and_no_cookie_kept(post: Post, receiver: Receiver) -> None:
    post.add(receiver.url)
    receiver.answers, receiver.location = [302], receiver.url + "/elsewhere"
    new_chat(post.database)
    await post.carry()
    assert len(receiver.received) == 1
    assert (post.calls()[0].state, post.calls()[0].status) == ("waiting", 302)
    post.clock.at += timedelta(seconds=13)
    await post.carry()
    assert "Cookie" not in receiver.received[1].headers


async def test_of_a_long_answer_only_the_beginning_is_read_and_shown_without_control_characters(
    post: Post, receiver: Receiver
) -> None:
    post.add(receiver.url)
    receiver.says = "\x1b[31m<b>" + "x" * 10_000_000
    new_chat(post.database)
    await post.carry()
    answer = post.calls()[0].answer or ""
    assert answer.startswith("[31m<b>xxx")
    assert len(answer) <= 500


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_no_way_of_writing_it_leads_inside_the_network(sqlite: Database, receiver: Receiver, host: str) -> None:
    post = Post(sqlite, private=False)
    post.add(receiver.url.replace("127.0.0.1", host))
    new_chat(sqlite)
    await post.carry()
    await post.sender.close()
    assert receiver.received == []
    (kept,) = post.calls()
    assert (kept.state, kept.status) == ("waiting", None)
    assert kept.answer in {"private", "connection"}, kept.answer
    if host in {"127.0.0.1", "localhost", "[::1]"}:
        assert kept.answer == "private"


async def test_a_name_that_turns_to_an_inner_address_between_asking_and_calling_leads_nowhere(
    sqlite: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = asyncio.get_running_loop().getaddrinfo

    async def rebinding(host: str, port: int, **given: object) -> object:
        asked.append(host)
        return await real("127.0.0.1", port, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    post = Post(sqlite, private=False)
    post.add(receiver.url.replace("127.0.0.1", "shop.example"))
    new_chat(sqlite)
    await post.carry()
    await post.sender.close()
    assert asked == ["shop.example"], "looked up once, and the address that came is the one that is judged"
    assert receiver.received == []
    assert post.calls()[0].answer == "private"


async def test_neither_secret_nor_address_nor_words_stand_in_the_log(
    post: Post, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        hook = post.add(receiver.url + "?token=hidden", "message.created")
        receiver.answers = [500]
        new_chat(post.database).say("confidential words")
        await post.carry()
    logged = "\n".join(
        f"{each.getMessage()} {vars(each)}" for each in caplog.records if each.name.startswith("support")
    )
    assert hook.id in logged
    for private in (hook.secret, "hidden", "confidential"):
        assert private not in logged


def test_private_addresses_are_allowed_only_in_so_many_words(tmp_path: Path) -> None:
    def allowed(value: str) -> bool:
        return read_settings({"HUILU_HOME": str(tmp_path), "HUILU_WEBHOOK_PRIVATE": value}).webhook_private

    assert allowed("allowed")
    assert not allowed("")
    with pytest.raises(ValueError, match="HUILU_WEBHOOK_PRIVATE"):
        allowed("yes")
