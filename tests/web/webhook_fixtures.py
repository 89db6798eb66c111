"""A courier that is told when to look, its clock, and the server that it calls."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.base import now
from storage.engine import Database
from support.integrations.courier import Courier
from support.integrations.sending import Sender
from support.integrations.tables import Webhook, WebhookDelivery
from support.integrations.webhooks import Wish, add_webhook
from tests.web.receiver import Receiver, receiving

EVENT = "conversation.created"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = now() + timedelta(seconds=1)

    def __call__(self) -> datetime:
        return self.at


class Post:
    """A courier that is told when to look, and what it is to deliver."""

    def __init__(self, database: Database, private: bool = True, seconds: float = 10.0) -> None:
        self.database = database
        self.clock = Clock()
        self.sender = Sender(private, seconds)
        self.courier = Courier(database, self.sender, self.clock)

    def add(self, url: str, *events: str) -> Webhook:
        with self.database.writing() as session:
            return add_webhook(session, Wish(f"shop {url}", url, list(events or [EVENT])), True)

    async def carry(self) -> None:
        await asyncio.gather(*await self.courier.begin_due())

    def calls(self) -> list[WebhookDelivery]:
        with self.database.reading() as session:
            return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.created_at)))


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    made = Post(database)
    yield made
    await made.sender.close()


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Database:
    shutil.copy(sqlite_template, tmp_path / "one.db")
    return Database(f"sqlite:///{tmp_path / 'one.db'}")
