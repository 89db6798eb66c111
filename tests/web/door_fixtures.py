"""The app as visitors from elsewhere see it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from storage.settings import read_settings
from web.__main__ import serving
from web.app import create_app

API = "/api/chat/conversations"
FOREIGN = "203.0.113.9"


class Visitors:
    """Makes clients of one running app, each from an address of its own."""

    def __init__(self, app: Any, served: Any) -> None:
        self.app = app
        self._served = served

    def at(self, address: str = FOREIGN, **headers: str) -> httpx.AsyncClient:
        """A client that connects from this address."""
        transport = httpx.ASGITransport(self._served, client=(address, 40000))
        return httpx.AsyncClient(transport=transport, base_url="http://chat.example", headers=headers, timeout=30)


@asynccontextmanager
async def running(home: Path, **values: str) -> AsyncIterator[Visitors]:
    """The app without a dialogue server, behind what uvicorn puts before it."""
    chosen = read_settings(
        {
            "HUILU_HOME": str(home),
            "HUILU_SECRET": "secret-of-the-tests",
            "HUILU_ENCODER": "none",
            "HUILU_RASA_URL": "http://127.0.0.1:9",
            **values,
        }
    )
    app = create_app(chosen)
    ready, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await over.wait()

    # In a task of its own: a fixture begins in one task and ends in another, which the app's lifespan does not bear.
    life = asyncio.create_task(live())
    await asyncio.wait({life, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
    yield Visitors(app, ProxyHeadersMiddleware(app, serving(chosen)["forwarded_allow_ips"]))
    over.set()
    await life


async def opened(client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    """A fresh conversation's path and the headers that open it."""
    answer = await client.post(API, json={"language": "en"})
    assert answer.status_code == 201, answer.text
    return f"{API}/{answer.json()['id']}", {"Authorization": f"Bearer {answer.json()['token']}"}


def message(text: str = "hello") -> dict[str, str]:
    """A message's body."""
    return {"client_id": str(uuid.uuid4()), "text": text}
