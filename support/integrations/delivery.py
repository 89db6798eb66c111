"""Taking calls out of the outbox, one worker each, and noting what became of them. None of these commit."""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from storage.base import JsonObject
from support.integrations import queries, webhooks
from support.integrations.events import wait_after
from support.integrations.tables import Webhook, WebhookDelivery

logger = logging.getLogger(__name__)

# Calls open at the same time for one webhook: a receiver that is slow holds up nobody but itself.
AT_ONCE = 4
# Longer than a call can take. After this it counts as lost with the process that made it, and is made again.
LEASE = timedelta(seconds=60)
SWITCHED_OFF_AFTER = timedelta(days=3)
LONGEST_ANSWER = 500


@dataclass(frozen=True)
class Call:
    """A call that this process alone makes, for now. `attempt` counts from 1."""

    id: str
    webhook_id: str
    url: str
    secret: str
    event: str
    body: JsonObject
    attempt: int


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: The HTTP status; None when nothing came.
        words: The beginning of the answer; without one, why: "timeout", "private", "tls" or "connection".
    """

    status: int | None
    words: str

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


def find_due(session: Session, at: datetime, busy: Mapping[str, int]) -> list[tuple[str, int]]:
    """Calls that are due, with their attempts so far.

    Args:
        busy: How many calls of each webhook this process has open.
    """
    active = session.scalars(select(Webhook.id).where(Webhook.active, Webhook.removed_at.is_(None))).all()
    return [
        found
        for webhook_id in active
        if (room := AT_ONCE - busy.get(webhook_id, 0)) > 0
        for found in queries.due(session, webhook_id, at, room)
    ]


def claim(session: Session, found: list[tuple[str, int]], at: datetime) -> list[Call]:
    """Take calls for oneself: of several workers that found the same, one gets it."""
    mine = [delivery_id for delivery_id, attempts in found if _claimed(session, delivery_id, attempts, at)]
    if not mine:
        return []
    rows = session.execute(
        select(WebhookDelivery, Webhook)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.id.in_(mine))
        .order_by(WebhookDelivery.created_at)
    )
    return [Call(each.id, hook.id, hook.url, hook.secret, each.event, each.body, each.attempts) for each, hook in rows]


def settle(session: Session, call: Call, answer: Answer, at: datetime) -> None:
    """Note what became of a call; of one that somebody else has taken meanwhile, or that was erased, nothing.

    One that failed is not made again once its webhook is switched off.
    """
    values: dict[str, object] = {"status": answer.status, "answer": answer.words[:LONGEST_ANSWER]}
    # Which second somebody else's call comes in is no secret.
    wait = wait_after(call.attempt, random.random())  # noqa: S311
    if answer.taken:
        values |= {"state": "delivered", "delivered_at": at}
    elif wait is None or not _is_active(session, call.webhook_id):
        values |= {"state": "failed"}
    else:
        values |= {"state": "waiting", "due_at": at + timedelta(seconds=wait)}
    own = (WebhookDelivery.id == call.id, WebhookDelivery.state == "sending", WebhookDelivery.attempts == call.attempt)
    if _changed(session, update(WebhookDelivery).where(*own).values(**values)):
        _note_health(session, call.webhook_id, answer.taken, at)


def _claimed(session: Session, delivery_id: str, attempts: int, at: datetime) -> bool:
    still = (
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.attempts == attempts,
        WebhookDelivery.state.in_(("waiting", "sending")),
        WebhookDelivery.due_at <= at,
    )
    taken = {"state": "sending", "attempts": attempts + 1, "due_at": at + LEASE}
    return _changed(session, update(WebhookDelivery).where(*still).values(**taken)) == 1


def _is_active(session: Session, webhook_id: str) -> bool:
    return session.scalar(select(Webhook.id).where(Webhook.id == webhook_id, Webhook.active)) is not None


def _note_health(session: Session, webhook_id: str, well: bool, at: datetime) -> None:
    """Since when a webhook takes nothing any more; after days of that it is switched off."""
    webhook = queries.webhook(session, webhook_id)
    if webhook is None or not webhook.active:
        return
    if well:
        webhook.failing_since = None
    elif webhook.failing_since is None:
        webhook.failing_since = at
    elif at - webhook.failing_since >= SWITCHED_OFF_AFTER:
        webhooks.switch_off(session, webhook)
        logger.warning("a webhook was switched off: it failed for days", extra={"fields": {"webhook": webhook_id}})


def _changed(session: Session, statement: object) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[attr-defined]
    assert isinstance(done, CursorResult)
    return done.rowcount
