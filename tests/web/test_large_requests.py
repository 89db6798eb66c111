"""Requests made to hurt by their size or form: cut early, told clearly, and never a fault of ours."""

import json
import uuid
from collections.abc import AsyncIterator

import pytest

from tests.web.door_fixtures import API, Visitors, message, opened, running


@pytest.fixture(scope="module")
async def visitors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitors]:
    async with running(tmp_path_factory.mktemp("large")) as made:
        yield made


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize(
    ("what", "size", "status"),
    [("", 40_000, 413), ("/messages", 100_000, 413), ("/language", 40_000, 413), ("/messages", 90_000, 422)],
)
async def test_a_large_body_is_cut_before_it_is_parsed(
    visitors: Visitors, what: str, size: int, status: int, chunked: bool
) -> None:
    async with visitors.at("127.0.0.1") as client:
        path, headers = await opened(client)
        body = json.dumps({**message("x" * size), "language": "en"}).encode()

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 8192):
                yield body[start : start + 8192]

        answer = await client.post(
            (path if what else API) + what,
            content=pieces() if chunked else body,
            headers={**headers, "Content-Type": "application/json"},
        )
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 30_000,
        b'{"language": ' + b"[" * 15_000 + b"]" * 15_000 + b"}",
        b'{"client_id": "x", "payload": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b'{"language": 1e999999}',
        b'{"language": "\\ud800"}',
        b"\xff" * 100,
    ],
    ids=["open", "nested", "payload", "number", "surrogate", "bytes"],
)
@pytest.mark.parametrize("what", ["", "/messages", "/ratings", "/language"])
async def test_a_body_made_to_hurt_is_refused_as_any_other(visitors: Visitors, what: str, body: bytes) -> None:
    async with visitors.at("127.0.0.1") as client:
        path, headers = await opened(client)
        answer = await client.post(
            (path if what else API) + what, content=body, headers={**headers, "Content-Type": "application/json"}
        )
        assert answer.status_code in {400, 422}, answer.text


async def test_headers_without_end_are_refused(visitors: Visitors) -> None:
    async with visitors.at("127.0.0.1") as client:
        answer = await client.post(API, json={}, headers={"X-Long": "x" * 40_000})
        assert answer.status_code == 431
        assert answer.json()["code"] == "headers"
        long_token = {"Authorization": "Bearer " + "x" * 20_000}
        assert (await client.get(f"{API}/{uuid.uuid4()}/messages", headers=long_token)).status_code == 404


@pytest.mark.parametrize("after", ["99999999999999999999", "-1", "x", "²"])
async def test_a_place_to_go_on_from_that_is_none(visitors: Visitors, after: str) -> None:
    async with visitors.at("127.0.0.1") as client:
        path, headers = await opened(client)
        answer = await client.get(f"{path}/messages", params={"after": after}, headers=headers)
        assert answer.status_code == 400
