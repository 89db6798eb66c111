"""Files at the chat's door: nobody fills the disk, and nobody opens files without end."""

import uuid
from types import SimpleNamespace
from unittest.mock import patch

import httpx

from support.files.rules import LEAST_FREE
from tests.support.files_made import PDF
from tests.web.door_fixtures import FOREIGN, Visitors, opened
from tests.web.test_door import forgotten, refused, until_refused, visitors
from web.chat.addresses import LOCAL

# Fixtures are found by being imported.
__all__ = ["forgotten", "visitors"]


async def send_file(client: httpx.AsyncClient, path: str, headers: dict[str, str], size: int) -> httpx.Response:
    file = {"file": ("a.pdf", PDF[:9] + b"%" * (size - len(PDF)) + PDF[9:])}
    return await client.post(f"{path}/files", files=file, data={"client_id": str(uuid.uuid4())}, headers=headers)


async def test_two_hundred_megabytes_of_files_a_day_from_one_address(visitors: Visitors) -> None:
    services = visitors.app.state.services
    await services.limits.admit("bytes", FOREIGN, cost=1995)
    await services.limits.admit("bytes", LOCAL, cost=100_000)
    async with visitors.at() as client:
        path, headers = await opened(client)
        before = len(list(services.files.ids()))
        sent = [await send_file(client, path, headers, 200_000) for _ in range(3)]
        assert [each.status_code for each in sent] == [202, 202, 429]
        detail = refused(sent[-1], most=24 * 3600)["detail"]
        assert "describe in words" in detail
        assert "in 24 hours" in detail
        assert len(list(services.files.ids())) == before + 2
    for address in ("203.0.113.10", "127.0.0.1"):
        async with visitors.at(address) as other:
            path, headers = await opened(other)
            assert (await send_file(other, path, headers, 200_000)).status_code == 202


async def test_a_nearly_full_disk_is_told_and_fills_no_further(visitors: Visitors) -> None:
    services = visitors.app.state.services
    async with visitors.at() as client:
        path, headers = await opened(client)
        before = len(list(services.files.ids()))
        with patch("support.files.store.shutil.disk_usage", return_value=SimpleNamespace(free=LEAST_FREE)):
            answer = await send_file(client, path, headers, 2000)
        assert (answer.status_code, answer.json()["code"]) == (503, "no_room")
        assert "cannot be kept right now" in answer.json()["detail"]
        assert len(list(services.files.ids())) == before


async def test_six_hundred_files_a_minute_are_opened_from_one_address(visitors: Visitors) -> None:
    async with visitors.at() as client:
        count, answer = await until_refused(client, 610, method="GET", url="/files/none/a.png")
        assert count == 600
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert answer.headers["content-type"].startswith("text/plain")
        assert "Please try again in" in answer.text
    async with visitors.at("127.0.0.1") as here:
        assert (await here.get("/files/none/a.png")).status_code == 404
