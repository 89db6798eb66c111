"""The chat's door: what is too much is refused kindly and with a time, and nobody else suffers from it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.conversations.tokens import hash_token
from tests.web.door_fixtures import API, FOREIGN, Visitors, message, opened, running
from web.chat.addresses import LOCAL
from web.chat.stream import REPLACED, events
from web.problems import TooMany


@pytest.fixture(scope="module")
async def visitors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitors]:
    async with running(tmp_path_factory.mktemp("door")) as made:
        yield made


@pytest.fixture(autouse=True)
async def forgotten(visitors: Visitors) -> None:
    """Every test begins with nothing counted."""
    await visitors.app.state.services.limits._limiter.storage.reset()


def refused(answer: httpx.Response, least: int = 1, most: int = 60) -> dict[str, Any]:
    assert answer.status_code == 429, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert least <= int(answer.headers["retry-after"]) <= most
    body: dict[str, Any] = answer.json()
    assert body["code"] == "too_many"
    assert "{" not in body["detail"]
    return body


async def until_refused(client: httpx.AsyncClient, most: int, **request: Any) -> tuple[int, httpx.Response]:
    """How many requests went through before one was refused, and that one."""
    for count in range(most):
        answer = await client.request(**request)
        if answer.status_code == 429:
            return count, answer
    raise AssertionError(f"not refused within {most}")


async def test_thirty_conversations_a_minute_from_one_address(visitors: Visitors) -> None:
    async with visitors.at() as client, visitors.at("203.0.113.10") as other:
        count, answer = await until_refused(client, 40, method="POST", url=API, json={})
        assert count == 30
        assert "open already" in refused(answer, least=2)["detail"]
        assert (await other.post(API, json={})).status_code == 201


async def test_what_is_open_already_goes_on_when_no_more_can_be_opened(visitors: Visitors) -> None:
    async with visitors.at() as client:
        path, headers = await opened(client)
        await until_refused(client, 40, method="POST", url=API, json={})
        assert (await client.post(f"{path}/messages", json=message(), headers=headers)).status_code == 202


async def test_addresses_of_one_ipv6_network_count_as_one_visitor(visitors: Visitors) -> None:
    async with visitors.at("2001:db8:1:2::1") as one, visitors.at("2001:db8:1:2:ffff::9") as same:
        await until_refused(one, 40, method="POST", url=API, json={})
        refused(await same.post(API, json={}))
    async with visitors.at("2001:db8:1:3::1") as neighbour:
        assert (await neighbour.post(API, json={})).status_code == 201


async def test_this_machine_may_open_many_more(visitors: Visitors) -> None:
    async with visitors.at("127.0.0.1") as client:
        for _ in range(60):
            assert (await client.post(API, json={})).status_code == 201


async def test_so_many_in_a_moment_from_everywhere_together(visitors: Visitors) -> None:
    limits = visitors.app.state.services.limits
    for number in range(60):
        await limits.admit("open", f"198.51.{number // 250}.{number % 250}")
    async with visitors.at() as client:
        assert "many people" in refused(await client.post(API, json={}), most=10)["detail"]


async def test_who_is_refused_takes_no_place_from_others(visitors: Visitors) -> None:
    limits = visitors.app.state.services.limits
    async with visitors.at("203.0.113.10") as other:
        for _ in range(600):
            try:
                await limits.admit("open", FOREIGN)
            except Exception:
                continue
        assert (await other.post(API, json={})).status_code == 201


async def test_240_messages_in_ten_seconds_in_one_conversation(visitors: Visitors) -> None:
    async with visitors.at() as client:
        path, headers = await opened(client)
        body = message()
        count, answer = await until_refused(
            client, 260, method="POST", url=f"{path}/messages", json=body, headers=headers
        )
        assert count == 240
        assert "goes out by itself in" in refused(answer, most=10)["detail"]
        other, own = await opened(client)
        assert (await client.post(f"{other}/messages", json=message(), headers=own)).status_code == 202


async def test_a_refusal_speaks_the_customers_language(visitors: Visitors) -> None:
    async with visitors.at() as client:
        await until_refused(client, 40, method="POST", url=API, json={})
        answer = await client.post(API, json={}, headers={"Accept-Language": "zh-CN"})
        assert refused(answer)["title"] != "Too many requests"


async def test_a_refusal_can_be_read_by_the_page_of_another_site(visitors: Visitors) -> None:
    async with visitors.at(Origin="https://shop.example") as client:
        _, answer = await until_refused(client, 40, method="POST", url=API, json={})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]


async def test_what_is_refused_is_refused_before_its_body_is_read(visitors: Visitors) -> None:
    async with visitors.at() as client:
        await until_refused(client, 40, method="POST", url=API, json={})
        refused(await client.post(API, content=b"{" * 20_000, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize(("what", "kind", "count"), [("export", "export", 10), ("messages", "reads", 600)])
async def test_reading_has_its_own_figures(visitors: Visitors, what: str, kind: str, count: int) -> None:
    async with visitors.at() as client:
        path, headers = await opened(client)
        for _ in range(count - 1):
            await visitors.app.state.services.limits.admit(kind, "198.51.100.7", path.rpartition("/")[2])
        assert (await client.get(f"{path}/{what}", headers=headers)).status_code == 200
        refused(await client.get(f"{path}/{what}", headers=headers), most=3600)


async def test_small_things_together_have_one_figure(visitors: Visitors) -> None:
    async with visitors.at() as client:
        path, headers = await opened(client)
        body = {"language": "en"}
        for _ in range(119):
            await visitors.app.state.services.limits.admit("other", FOREIGN, path.rpartition("/")[2])
        assert (await client.post(f"{path}/language", json=body, headers=headers)).status_code == 200
        refused(await client.post(f"{path}/ratings", json={}, headers=headers))


async def test_wrong_tokens_cost_the_guesser_and_nobody_else(visitors: Visitors) -> None:
    async with visitors.at() as guesser, visitors.at("203.0.113.10") as customer:
        path, headers = await opened(customer)
        wrong = {"Authorization": "Bearer guessed"}
        count, answer = await until_refused(guesser, 70, method="GET", url=f"{path}/messages", headers=wrong)
        assert count == 60
        assert "wrong tokens" in refused(answer)["detail"]
        assert (await customer.get(f"{path}/messages", headers=headers)).status_code == 200


async def test_a_neighbour_of_a_guesser_goes_on_chatting(visitors: Visitors) -> None:
    async with visitors.at() as both:
        path, headers = await opened(both)
        assert (await both.get(f"{path}/messages", headers=headers)).status_code == 200
        wrong = {"Authorization": "Bearer guessed"}
        await until_refused(both, 70, method="GET", url=f"{API}/{uuid.uuid4()}/messages", headers=wrong)
        assert (await both.get(f"{path}/messages", headers=headers)).status_code == 200


async def test_an_unknown_conversation_and_a_wrong_token_are_answered_alike(visitors: Visitors) -> None:
    async with visitors.at() as client:
        path, headers = await opened(client)
        foreign, _ = await opened(client)
        for method, what, body in (
            ("GET", "/messages", None),
            ("GET", "/events", None),
            ("GET", "/export", None),
            ("POST", "/messages", message()),
            ("POST", "/language", {"language": "en"}),
            ("DELETE", "", None),
        ):
            known = await client.request(method, foreign + what, json=body, headers=headers)
            unknown = await client.request(method, f"{API}/{uuid.uuid4()}{what}", json=body, headers=headers)
            assert known.status_code == unknown.status_code == 404
            assert known.content == unknown.content
            assert dict(known.headers) == dict(unknown.headers)
        assert (await client.get(f"{path}/messages", headers=headers)).status_code == 200


async def test_an_unknown_conversation_and_a_wrong_token_take_the_same_work(
    visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = visitors.app.state.services.database
    asked: list[str] = []
    read = database.read

    async def counted(work: Any) -> Any:
        asked.append("read")
        return await read(work)

    async with visitors.at() as client:
        path, _ = await opened(client)
        monkeypatch.setattr(database, "read", counted)
        wrong = {"Authorization": "Bearer guessed"}
        for target in (path, f"{API}/{uuid.uuid4()}"):
            asked.clear()
            await client.get(f"{target}/messages", headers=wrong)
            assert asked == ["read"]


async def test_a_forged_address_is_believed_of_no_stranger(visitors: Visitors) -> None:
    async with visitors.at() as client:
        for number in range(30):
            forged = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert (await client.post(API, json={}, headers=forged)).status_code == 201
        refused(await client.post(API, json={}, headers={"X-Forwarded-For": "127.0.0.1"}))


async def test_a_proxy_on_this_machine_says_for_whom_it_asks(visitors: Visitors) -> None:
    async with visitors.at("127.0.0.1") as proxy:
        one, other = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "198.51.100.2"}
        await until_refused(proxy, 40, method="POST", url=API, json={}, headers=one)
        assert (await proxy.post(API, json={}, headers=other)).status_code == 201
        # What a visitor writes there stands before what the proxy adds, and does not count.
        refused(await proxy.post(API, json={}, headers={"X-Forwarded-For": "198.51.100.3, 198.51.100.1"}))


async def test_another_spelling_of_the_path_is_no_way_around(visitors: Visitors) -> None:
    async with visitors.at() as client:
        await until_refused(client, 40, method="POST", url=API, json={})
        for path in (f"http://chat.example/{API}", f"{API}/", "http://chat.example//api//chat/conversations"):
            refused(await client.post(path, json={}))


async def test_limits_can_be_switched_off_for_load_tests(tmp_path: Path) -> None:
    async with running(tmp_path, HUILU_LIMITS="off") as visitors, visitors.at() as client:
        for _ in range(50):
            assert (await client.post(API, json={})).status_code == 201


async def test_the_eleventh_stream_of_a_conversation_ends_the_oldest_politely(visitors: Visitors) -> None:
    services = visitors.app.state.services
    async with visitors.at() as client:
        path, headers = await opened(client)
    conversation = path.rpartition("/")[2]
    token_hash = hash_token(headers["Authorization"].removeprefix("Bearer "))
    streams = []
    for _ in range(10):
        assert not services.streams.make_room(conversation, FOREIGN)
        stream = events(services, conversation, 0, token_hash, FOREIGN)
        await anext(stream)
        streams.append(stream)
    assert services.streams.make_room(conversation, FOREIGN)
    services.hub.look_again(conversation)
    assert await asyncio.wait_for(anext(streams[0]), 2) == REPLACED
    with pytest.raises(StopAsyncIteration):
        await anext(streams[0])
    assert not services.streams.make_room(conversation, FOREIGN)
    for stream in streams[1:]:
        await stream.aclose()  # type: ignore[attr-defined]
    assert services.streams._of == {} and not services.streams._at


async def test_one_address_holds_no_more_than_two_hundred_streams(visitors: Visitors) -> None:
    streams = visitors.app.state.services.streams
    with ExitStack() as stack:
        for number in range(200):
            stack.enter_context(streams.opened(f"c{number}", FOREIGN))
        with pytest.raises(TooMany):
            streams.make_room("one more", FOREIGN)
        assert streams.make_room("c7", FOREIGN), "whose page is open already only moves on"
        assert not streams.make_room("one more", "203.0.113.10")
        assert not streams.make_room("one more", LOCAL)


async def test_a_whole_ipv6_site_holds_no_more_streams_than_ten_addresses(visitors: Visitors) -> None:
    streams = visitors.app.state.services.streams
    with ExitStack() as stack:
        for number in range(2000):
            network = f"2001:db8:1:{number % 20:x}::/64"
            assert not streams.make_room(f"c{number}", network)
            stack.enter_context(streams.opened(f"c{number}", network))
        with pytest.raises(TooMany):
            streams.make_room("another", "2001:db8:1:ff::/64")
        assert not streams.make_room("another", "2001:db8:2:1::/64")
    assert not streams.make_room("another", "2001:db8:1:ff::/64")
