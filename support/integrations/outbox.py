"""Noting for programs what happens, as part of the very transaction in which it happens. None of these commit.

Messages come by here, so that nobody wants to be told must cost next to nothing: which events are wanted is kept in
memory and read anew at most every second. A webhook that was just added, or changed by another process, hears of what
happens a second later.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import event as database_event
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from storage.base import JsonObject, new_id, now
from support.integrations.events import wants
from support.integrations.tables import Webhook, WebhookDelivery

FRESH_SECONDS = 1.0

_ACTIVE = select(Webhook.__table__.c.id, Webhook.__table__.c.events).where(
    Webhook.__table__.c.active, Webhook.__table__.c.removed_at.is_(None)
)
_NOTE = insert(WebhookDelivery.__table__)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Wanted:
    """Who wants to be told of what, as read at a moment of the monotonic clock."""

    read_at: float
    webhooks: tuple[tuple[str, frozenset[str]], ...]


# By the engine, because one process may work on several databases.
_wanted: "WeakKeyDictionary[Any, _Wanted]" = WeakKeyDictionary()


def note(session: Session, event: str, conversation_id: str | None, data: Callable[[], JsonObject]) -> None:
    """Note that something happened, for every webhook that wants to be told.

    Args:
        conversation_id: What it is about; with the conversation goes what is kept of it here.
        data: Makes what is told, and is only asked when somebody wants it. Rows it speaks of are stored already.
    """
    receivers = [each for each, chosen in _known(session).webhooks if wants(chosen, event)]
    if receivers:
        add(session, receivers, event, conversation_id, data())


def add(session: Session, receivers: list[str], event: str, conversation_id: str | None, data: JsonObject) -> None:
    """Put one event on its way to some webhooks."""
    event_id, moment = new_id(), now()
    body = {"id": event_id, "event": event, "created_at": moment.isoformat(), "data": data}
    told = {"event_id": event_id, "event": event, "conversation_id": conversation_id, "body": body}
    times = {"created_at": moment, "due_at": moment}
    rows = [
        {"id": new_id(), "webhook_id": each, "state": "waiting", "attempts": 0, **told, **times} for each in receivers
    ]
    session.connection().execute(_NOTE, rows)


def forget_wanted(session: Session) -> None:
    """Webhooks are being changed in this unit of work: what is wanted is read anew once it is committed."""
    bind = session.get_bind()
    database_event.listen(session, "after_commit", lambda _: _wanted.pop(bind, None), once=True)


def _known(session: Session) -> _Wanted:
    bind = session.get_bind()
    known = _wanted.get(bind)
    moment = time.monotonic()
    if known is None or moment - known.read_at > FRESH_SECONDS:
        rows = session.connection().execute(_ACTIVE)
        known = _wanted[bind] = _Wanted(moment, tuple((row.id, frozenset(row.events)) for row in rows))
    return known
