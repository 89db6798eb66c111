"""The dialogue server's way in: only with the secret, only for action calls, beside the website."""

import asyncio
from typing import Any

import httpx
import pytest

from web.actions_webhook import LARGEST_BODY, PATH, WithActions

SECRET = "secret-of-the-tests"
CALL = {"next_action": "action_goodbye", "sender_id": "c", "tracker": {"sender_id": "c"}, "domain": {}}


async def website(scope: Any, receive: Any, send: Any) -> None:
    """Stands for everything else."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def call(method: str = "POST", path: str = PATH, secret: str | None = SECRET, **body: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=WithActions(website, SECRET))
        headers = {} if secret is None else {"X-Huilu-Secret": secret}
        async with httpx.AsyncClient(transport=transport, base_url="http://app", headers=headers) as client:
            return await client.request(method, path, **body)

    return asyncio.run(send())


@pytest.mark.parametrize("secret", [None, "", "another"])
def test_nobody_runs_actions_without_the_secret(secret: str | None) -> None:
    refused = call(secret=secret, json=CALL)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


def test_everything_else_is_the_websites() -> None:
    assert call("GET", "/chat").status_code == 418
    assert call("GET", PATH + "/more").status_code == 418


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b"\xff", b" " * (LARGEST_BODY + 1)])
def test_a_call_that_cannot_be_read_is_refused(content: bytes) -> None:
    assert call(content=content).status_code == 400


def test_only_post_is_taken() -> None:
    assert call("GET").status_code == 405


def test_an_unknown_action_is_told_apart() -> None:
    missing = call(json=CALL | {"next_action": "action_nobody_wrote"})
    assert missing.status_code == 404
    assert missing.json()["action_name"] == "action_nobody_wrote"
