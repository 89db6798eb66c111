"""Webhooks that want some events, and what lies on its way to them."""

from typing import Any

from sqlalchemy import select

from storage.engine import Database
from support.integrations.events import EVENTS
from support.integrations.tables import WebhookDelivery
from support.integrations.webhooks import Wish, add_webhook

ALL = [*EVENTS, "ticket.*"]
URL = "https://shop.example/huilu"


def wanting(database: Database, *events: str, name: str = "shop") -> str:
    with database.writing() as session:
        return add_webhook(session, Wish(name, URL, list(events)), False).id


def told(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        rows = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.created_at))
        return [each.body for each in rows]
