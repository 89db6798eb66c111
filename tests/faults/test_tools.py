"""What the checker is built of: schedules, scripts, the wire, and the proxy before the actions."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.faults import proxy as proxies
from tests.faults.proxy import ACTION_FAULTS, ActionProxy
from tests.faults.reading import events
from tests.faults.schedule import ROUND, plan, too_often, windows
from tests.faults.scripts import make_scripts
from tests.faults.wire import Address, Cut, Request, ask, lines

pytestmark = pytest.mark.fast

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def test_the_same_seed_plans_the_same_and_every_fault_comes_once_a_round() -> None:
    planned = plan(7, 1000)
    assert planned == plan(7, 1000) != plan(8, 1000)
    assert [fault.after for fault in planned] == sorted(fault.after for fault in planned)
    for first in range(0, len(planned) - len(ROUND), len(ROUND)):
        part = planned[first : first + len(ROUND)]
        assert Counter((fault.what, fault.where, fault.seconds) for fault in part) == Counter(ROUND)
    assert 25 <= len(planned) <= 50
    found = itertools.islice(windows(7), len(ACTION_FAULTS))
    assert {window.fault for window in found} == set(ACTION_FAULTS)


@pytest.mark.parametrize(
    ("deaths", "often"),
    [([], False), ([70, 80, 90], False), ([60, 70, 80, 90], True), ([0, 80, 90, 99], False), ([1, 2, 3, 4], False)],
)
def test_after_four_deaths_in_a_row_a_process_may_rest(deaths: list[float], often: bool) -> None:
    assert too_often(deaths, 100) == often


def test_the_same_seed_writes_the_same_scripts_in_all_languages() -> None:
    scripts = make_scripts(300, 7)
    assert scripts == make_scripts(300, 7) != make_scripts(300, 8)
    assert Counter(script.language for script in scripts) == {"zh-Hans": 100, "zh-Hant": 100, "en": 100}
    assert len({script.name for script in make_scripts(20, 1)}) == 12, "a short run tries every script"


@asynccontextmanager
async def listening(handle: Handler) -> AsyncIterator[Address]:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield Address("127.0.0.1", server.sockets[0].getsockname()[1])


async def test_the_wire_reads_pieces_and_tells_when_it_was_cut() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        pieces = [b"id: 3\r\nev", b"ent: message", b"\r\ndata: [1]\r\n\r\n", b""]
        for piece in pieces if path == b"/whole" else pieces[:2]:
            head += b"%x\r\n%s\r\n" % (len(piece), piece)
        writer.write(head)
        await writer.drain()
        writer.close()

    async with listening(answer) as address:
        whole = Request("GET", "/whole")
        assert (await ask(address, whole)).body == b"id: 3\r\nevent: message\r\ndata: [1]\r\n\r\n"
        assert [each async for each in events(lines(address, whole))] == [("message", [1])]
        with pytest.raises(Cut):
            await ask(address, Request("GET", "/half"))
    with pytest.raises(Cut):
        await ask(address, whole)


class Actions:
    """An app that counts the calls that reach it."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"x-huilu-secret: s3cret" in head.lower() and await reader.readexactly(2) == b"{}"
        self.calls += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nokay")
        await writer.drain()
        writer.close()


@pytest.mark.parametrize(
    ("fault", "calls", "status"),
    [
        (None, 1, 200),
        ("slow", 1, 200),
        ("refused", 0, 500),
        ("answer lost", 1, 500),
        ("connection lost", 1, None),
        ("forwarded twice", 2, 200),
        ("forwarded late", 1, None),
    ],
)
async def test_each_fault_of_an_action_does_what_its_name_says(
    fault: str | None, calls: int, status: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "SHARE", 0.0)
    monkeypatch.setattr(proxies, "SHARE_IN_WINDOW", 1.0)
    monkeypatch.setattr(proxies, "SLOW_SECONDS", (0.01, 0.02))
    monkeypatch.setattr(proxies, "LATE_SECONDS", ((0.01, 0.02),))
    actions = Actions()
    async with listening(actions) as app:
        proxy = ActionProxy(app, Counter(), seed=1)
        await proxy.start()
        proxy.window = fault
        host, port = proxy.url.removeprefix("http://").partition("/")[0].split(":")
        request = Request("POST", "/internal/actions", (("X-Huilu-Secret", "s3cret"),), b"{}")
        try:
            answered: int | None = (await ask(Address(host, int(port)), request)).status
        except Cut:
            answered = None
        await proxy.calm()
        proxy.close()
    assert (answered, actions.calls) == (status, calls)
