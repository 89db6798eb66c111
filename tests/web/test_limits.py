"""Counting requests: moving windows, in memory and in Redis, and a door that stays open when the store fails."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from tests.conftest import leave_out
from web.chat.addresses import LOCAL, network_of, site_of
from web.chat.figures import RULES, kind_of, pieces
from web.chat.limits import Limits
from web.chat.windows import MemoryWindows
from web.problems import TooMany


async def admitted(limits: Limits, kind: str, network: str, most: int) -> int:
    """How many requests went through before one was refused."""
    for count in range(most):
        try:
            await limits.admit(kind, network)
        except TooMany:
            return count
    return most


@pytest.mark.fast
@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", LOCAL),
        ("127.8.0.1", LOCAL),
        ("::1", LOCAL),
        ("::ffff:127.0.0.1", LOCAL),
        ("", LOCAL),
    ],
)
def test_what_counts_as_one_visitor(host: str, network: str) -> None:
    assert network_of(host) == network


@pytest.mark.fast
@pytest.mark.parametrize(
    ("network", "site"),
    [("2001:db8:1:2::/64", "2001:db8:1::/48"), ("fe80::/64", "fe80::/48"), ("203.0.113.9", ""), (LOCAL, "")],
)
def test_what_counts_around_an_ipv6_visitor(network: str, site: str) -> None:
    assert site_of(network) == site


@pytest.mark.fast
async def test_a_whole_ipv6_site_counts_as_ten_addresses_and_leaves_room_for_others() -> None:
    limits = Limits()
    through = 0
    for number in range(30):
        through += await admitted(limits, "files", f"2001:db8:1:{number:x}::/64", 400)
    assert through == 10 * 300
    assert await admitted(limits, "files", "2001:db8:2:1::/64", 5) == 5
    for number in range(700):
        await limits.note_wrong_token(f"2001:db8:7:{number:x}::/64")
    with pytest.raises(TooMany):
        await limits.admit_guess("2001:db8:7:ffff::/64")
    await limits.admit_guess("2001:db8:8:1::/64")


@pytest.mark.fast
async def test_one_ipv6_site_cannot_open_all_the_chats_that_others_want_to(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("web.chat.windows.time.monotonic", lambda: moment)
    limits = Limits()
    for number in range(1200):
        # Twenty a second from ever new networks of one site would be all that everybody together may open.
        moment = 1000.0 + number / 20
        with suppress(TooMany):
            await limits.admit("open", f"2001:db8:1:{number:x}::/64")
    for number in range(30):
        moment += 0.1
        await limits.admit("open", f"203.0.113.{number}")


@pytest.mark.fast
@pytest.mark.parametrize(("size", "count"), [(0, 1), (1, 1), (100_000, 1), (100_001, 2), (10 * 1024 * 1024, 105)])
def test_what_keeping_a_file_costs(size: int, count: int) -> None:
    assert pieces(size) == count


@pytest.mark.fast
@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "conversations", ("open", "")),
        ("POST", "conversations/c/messages", ("messages", "c")),
        ("POST", "conversations/c/files", ("files", "c")),
        ("GET", "conversations/c/messages", ("reads", "c")),
        ("GET", "conversations/c/events", ("reads", "c")),
        ("GET", "conversations/c/export", ("export", "c")),
        ("POST", "conversations/c/ratings", ("other", "c")),
        ("POST", "conversations/c/whatever-comes", ("other", "c")),
        ("DELETE", "conversations/c", ("other", "c")),
        ("DELETE", "conversations/c/customer", ("other", "c")),
        ("GET", "settings", ("reads", "")),
    ],
)
def test_every_route_of_the_chat_has_a_figure(method: str, path: str, kind: tuple[str, str]) -> None:
    assert kind_of(method, f"/api/chat/{path}") == kind
    assert kind[0] in RULES


@pytest.mark.fast
def test_opening_a_file_has_a_figure_of_its_own() -> None:
    assert kind_of("GET", "/files/key/a.png") == kind_of("HEAD", "/files/key/a.png") == ("downloads", "")


@pytest.mark.fast
def test_the_shortest_window_is_looked_at_first() -> None:
    for rule in (rule for rules in RULES.values() for rule in rules):
        for windows in (rule.windows, rule.local):
            assert [seconds for _, seconds in windows] == sorted(seconds for _, seconds in windows)


@pytest.mark.fast
async def test_a_window_moves_on(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("web.chat.windows.time.monotonic", lambda: moment)
    limiter, item = MovingWindowRateLimiter(MemoryWindows()), RateLimitItemPerSecond(2, 10)
    for after, wanted in ((0, True), (4, True), (5, False), (10, True), (11, False), (14, True)):
        moment = 1000.0 + after
        assert await limiter.hit(item, "key") is wanted, after
    stats = await limiter.get_window_stats(item, "key")
    assert stats.remaining == 0
    assert stats.reset_time - time.time() == pytest.approx(6, abs=0.1)


@pytest.mark.fast
async def test_what_is_over_is_forgotten_and_a_flood_of_addresses_fills_no_memory() -> None:
    windows = MemoryWindows(most=100)
    for number in range(1000):
        await windows.acquire_entry(f"key {number}", 5, 60)
    assert await windows.reset() <= 100
    for number in range(50):
        await windows.acquire_entry(f"key {number}", 5, 0)
    assert await windows.reset() <= 2


@pytest.mark.fast
async def test_counting_costs_next_to_nothing_however_many_visitors_there_are() -> None:
    limits = Limits()
    for number in range(5000):
        await limits.admit("reads", f"10.0.{number // 250}.{number % 250}", f"c{number}")
    begun = time.process_time()
    for number in range(1000):
        await limits.admit("reads", f"10.0.{number // 250}.{number % 250}", f"c{number}")
    assert (time.process_time() - begun) / 1000 < 0.0005


@pytest.mark.fast
async def test_a_store_that_fails_leaves_the_door_open_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits()

    async def fails(*_: object) -> bool:
        raise ConnectionError("gone")

    limits._limiter.hit = fails  # type: ignore[method-assign]
    assert await admitted(limits, "open", "203.0.113.9", 100) == 100
    assert len([record for record in caplog.records if "not counted" in record.message]) == 1


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """The URL of a Redis server of our own."""
    pytest.importorskip("redis")
    program = shutil.which("redis-server")
    if program is None:
        leave_out("there is no redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(program), "--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}"
    process.kill()
    process.wait()


async def test_processes_that_share_a_store_count_together(redis: str) -> None:
    one, other = Limits(redis), Limits(redis)
    assert await admitted(one, "open", "203.0.113.9", 20) == 20
    assert await admitted(other, "open", "203.0.113.9", 20) == 10
    with pytest.raises(TooMany) as refused:
        await one.admit("open", "203.0.113.9")
    assert 1 <= refused.value.seconds <= 60


async def test_a_store_that_is_not_there_holds_nobody_up() -> None:
    pytest.importorskip("redis")
    limits = Limits("redis://127.0.0.1:9")
    begun = time.monotonic()
    assert await asyncio.wait_for(admitted(limits, "open", "203.0.113.9", 100), 5) == 100
    assert time.monotonic() - begun < 1
