"""Adding and changing webhooks, and sending again what was not taken. None of these commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.base import now
from support.integrations import queries
from support.integrations.addresses import check_url
from support.integrations.events import PING, is_event
from support.integrations.outbox import add, forget_wanted
from support.integrations.signing import new_secret
from support.integrations.tables import Webhook, WebhookDelivery

LONGEST_NAME = 100
# Each may have a few calls open at the same time, so that together they stay few enough.
MOST_WEBHOOKS = 50
KEPT_FOR = timedelta(days=30)
# Longer than any process goes on with what it knows of webhooks (see outbox.py).
REMOVED_AFTER = timedelta(hours=1)


@dataclass
class WebhookRefused(Exception):
    """A webhook that cannot be kept, or that makes no calls.

    Attributes:
        code: Why: "name", "taken", "events", "too_many" or "off".
    """

    code: str

    def __str__(self) -> str:
        return self.code


class WebhookNotFound(Exception):
    """There is no such webhook, or no such call of it."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants a webhook to be."""

    name: str
    url: str
    events: list[str]


def add_webhook(session: Session, wish: Wish, private_allowed: bool) -> Webhook:
    """Add an address that is called from now on.

    Raises:
        WebhookRefused, AddressRefused: When something about it cannot be.
    """
    if len(queries.webhooks(session)) >= MOST_WEBHOOKS:
        raise WebhookRefused("too_many")
    name, url, events = _checked(wish, private_allowed)
    _check_free(session, name)
    made = Webhook(name=name, url=url, events=events, secret=new_secret())
    with _name_stays_free(session):
        session.add(made)
    forget_wanted(session)
    return made


def change_webhook(session: Session, webhook_id: str, wish: Wish, active: bool, private_allowed: bool) -> Webhook:
    """Change a webhook, and switch it on or off; what still waited when it is switched off counts as failed.

    Raises:
        WebhookNotFound, WebhookRefused, AddressRefused: When it cannot be.
    """
    webhook = _found(session, webhook_id)
    name, url, events = _checked(wish, private_allowed)
    if name != webhook.name:
        _check_free(session, name)
    with _name_stays_free(session):
        webhook.name, webhook.url, webhook.events = name, url, events
    if active and not webhook.active:
        webhook.failing_since = webhook.switched_off_at = None
    if webhook.active != active:
        # Also when it is switched on: what another process noted or was sending when it was switched off is old by now.
        give_up_waiting(session, webhook_id)
    webhook.active = active
    session.flush()
    forget_wanted(session)
    return webhook


def switch_off(session: Session, webhook: Webhook) -> None:
    """Stop calling an address that has not taken anything for too long."""
    webhook.active = False
    webhook.switched_off_at = now()
    give_up_waiting(session, webhook.id)
    forget_wanted(session)


def give_up_waiting(session: Session, webhook_id: str) -> None:
    """Nothing goes out any more unless somebody sends it again."""
    lost = and_(WebhookDelivery.state == "sending", WebhookDelivery.due_at <= now())
    still = or_(WebhookDelivery.state == "waiting", lost)
    given_up = update(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id, still).values(state="failed")
    session.execute(given_up)


def roll_secret(session: Session, webhook_id: str) -> Webhook:
    """Sign with a new secret from now on; the old one is of no use at once.

    Raises:
        WebhookNotFound: For an unknown one.
    """
    webhook = _found(session, webhook_id)
    webhook.secret = new_secret()
    session.flush()
    return webhook


def remove_webhook(session: Session, webhook_id: str) -> None:
    """Never call an address again, and forget what was sent to it.

    Raises:
        WebhookNotFound: For an unknown one.
    """
    webhook = _found(session, webhook_id)
    webhook.active, webhook.removed_at, webhook.secret = False, now(), ""
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id))
    session.flush()
    forget_wanted(session)


def ping(session: Session, webhook_id: str) -> None:
    """Make a call that says nothing, to see whether it arrives.

    Raises:
        WebhookNotFound: For an unknown one, or one that is off.
    """
    webhook = _found(session, webhook_id)
    if not webhook.active:
        raise WebhookNotFound(webhook_id)
    add(session, [webhook_id], PING, None, {"webhook_id": webhook_id, "name": webhook.name})


def replay(session: Session, webhook_id: str, delivery_id: str) -> None:
    """Make one call again that has ended, well or not, with all its attempts anew.

    Raises:
        WebhookNotFound: For an unknown webhook or call.
        WebhookRefused: "off" for a webhook that is switched off.
    """
    _check_active(_found(session, webhook_id))
    if queries.delivery(session, webhook_id, delivery_id) is None:
        raise WebhookNotFound(delivery_id)
    _again(session, WebhookDelivery.id == delivery_id, WebhookDelivery.state.in_(("delivered", "failed")))


def replay_failed(session: Session, webhook_id: str, since: datetime) -> int:
    """Make all calls again that were given up and are about what happened after a moment; how many those are.

    Raises:
        WebhookNotFound: For an unknown webhook.
        WebhookRefused: "off" for one that is switched off.
    """
    _check_active(_found(session, webhook_id))
    failed = (WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == "failed")
    return _again(session, *failed, WebhookDelivery.created_at >= since)


def clear_old(session: Session, at: datetime) -> int:
    """Forget calls about what happened long ago, and webhooks that were removed; how many calls those are."""
    session.execute(delete(Webhook).where(Webhook.removed_at < at - REMOVED_AFTER))
    return _changed(session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at < at - KEPT_FOR)))


def has_old(session: Session, at: datetime) -> bool:
    """Whether there is something to forget."""
    old = select(func.count()).select_from(WebhookDelivery).where(WebhookDelivery.created_at < at - KEPT_FOR)
    removed = select(func.count()).select_from(Webhook).where(Webhook.removed_at < at - REMOVED_AFTER)
    return bool(session.scalar(old)) or bool(session.scalar(removed))


def _again(session: Session, *which: object) -> int:
    anew = {"state": "waiting", "attempts": 0, "due_at": now(), "delivered_at": None}
    return _changed(session.execute(update(WebhookDelivery).where(*which).values(**anew)))  # type: ignore[arg-type]


def _changed(done: object) -> int:
    assert isinstance(done, CursorResult)
    return done.rowcount


def _found(session: Session, webhook_id: str) -> Webhook:
    webhook = queries.webhook(session, webhook_id)
    if webhook is None:
        raise WebhookNotFound(webhook_id)
    return webhook


def _check_active(webhook: Webhook) -> None:
    if not webhook.active:
        raise WebhookRefused("off")


def _checked(wish: Wish, private_allowed: bool) -> tuple[str, str, list[str]]:
    name = wish.name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise WebhookRefused("name")
    url = check_url(wish.url, private_allowed)
    events = sorted(set(wish.events))
    if not events or not all(is_event(each) for each in events):
        raise WebhookRefused("events")
    return name, url, events


@contextmanager
def _name_stays_free(session: Session) -> Iterator[None]:
    """Store what is set within; somebody else may have taken the name at the same moment."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise WebhookRefused("taken") from error


def _check_free(session: Session, name: str) -> None:
    """A page that is loaded again sends its form again; the name tells that it is the same webhook."""
    if any(each.name == name for each in queries.webhooks(session)):
        raise WebhookRefused("taken")
