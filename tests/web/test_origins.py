"""On which sites the chat may be: every one, or only those that were listed."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.web.door_fixtures import API, Visitors, running

SHOP = "https://shop.example"
ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture(scope="module")
async def visitors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitors]:
    listed = f"{SHOP}, https://*.shop.example http://localhost:3000"
    async with running(tmp_path_factory.mktemp("origins"), HUILU_ALLOWED_ORIGINS=listed) as made:
        yield made


async def called(visitors: Visitors, origin: str | None, method: str = "POST") -> httpx.Response:
    headers = {"Origin": origin} if origin is not None else {}
    async with visitors.at("127.0.0.1", **headers) as client:
        return await client.request(method, API, headers=ASKING if method == "OPTIONS" else {})


@pytest.mark.parametrize(
    "origin", [SHOP, "https://www.shop.example", "https://a.b.shop.example", "http://localhost:3000"]
)
async def test_a_listed_site_may_use_the_chat(visitors: Visitors, origin: str) -> None:
    asked = await called(visitors, origin, "OPTIONS")
    assert asked.status_code == 204
    answer = await called(visitors, origin)
    assert answer.status_code == 201
    for each in (asked, answer):
        assert each.headers["access-control-allow-origin"] == origin
        assert "Origin" in each.headers["vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "null",
        "",
        "http://localhost:3001",
    ],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_any_other_site_may_not(visitors: Visitors, origin: str, method: str) -> None:
    answer = await called(visitors, origin, method)
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin"
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


async def test_our_own_pages_may_whatever_is_listed(visitors: Visitors) -> None:
    for origin in ("http://chat.example", "https://chat.example"):
        assert (await called(visitors, origin)).status_code == 201


async def test_apps_and_shells_name_no_site_and_may(visitors: Visitors) -> None:
    assert (await called(visitors, None)).status_code == 201


async def test_a_refused_site_costs_nothing_and_learns_nothing(visitors: Visitors) -> None:
    async with visitors.at("127.0.0.1", Origin="https://evil.example") as client:
        for path in ("/api/chat/conversations/x/messages", "/api/chat/nothing", "http://chat.example//api/chat/x"):
            assert (await client.get(path)).json()["code"] == "origin"


async def test_the_script_itself_can_be_loaded_by_anybody(visitors: Visitors) -> None:
    async with visitors.at("127.0.0.1", Origin="https://evil.example") as client:
        assert (await client.get("/widget.js")).status_code == 200


async def test_with_no_list_every_site_may(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running(tmp_path_factory.mktemp("open")) as visitors:
        for origin in (SHOP, "null"):
            assert (await called(visitors, origin)).headers["access-control-allow-origin"] == "*"
