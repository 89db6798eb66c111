"""Finding integrations, webhooks and what was sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.base import now
from support.integrations.tables import Integration, Webhook, WebhookDelivery
from support.staff.tables import StaffMember

PAGE = 50


def by_token(session: Session, token_hash: str) -> tuple[Integration, StaffMember] | None:
    """Whose token this is, with the colleague in whose name they work; None once either may do nothing any more."""
    row = session.execute(
        select(Integration, StaffMember)
        .join(StaffMember, StaffMember.id == Integration.staff_id)
        .where(
            Integration.token_hash == token_hash,
            Integration.revoked_at.is_(None),
            Integration.expires_at.is_(None) | (Integration.expires_at > now()),
            StaffMember.active,
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def everything(session: Session) -> Sequence[tuple[Integration, StaffMember]]:
    """All integrations with their colleagues: those in use first, then by name."""
    rows = session.execute(
        select(Integration, StaffMember)
        .join(StaffMember, StaffMember.id == Integration.staff_id)
        .order_by(Integration.revoked_at.is_not(None), Integration.name)
    )
    return [(row[0], row[1]) for row in rows]


def by_name(session: Session, name: str) -> Integration | None:
    """The integration of this name, revoked or not."""
    return session.scalar(select(Integration).where(Integration.name == name))


def webhooks(session: Session) -> Sequence[Webhook]:
    """All webhooks that were not removed, by name."""
    return session.scalars(
        select(Webhook).where(Webhook.removed_at.is_(None)).order_by(Webhook.name, Webhook.created_at)
    ).all()


def webhook(session: Session, webhook_id: str) -> Webhook | None:
    """A webhook, unless it was removed."""
    found = session.get(Webhook, webhook_id)
    return found if found is not None and found.removed_at is None else None


def counts(session: Session, webhook_id: str) -> dict[str, int]:
    """How many calls of a webhook are in each state."""
    rows = session.execute(
        select(WebhookDelivery.state, func.count())
        .where(WebhookDelivery.webhook_id == webhook_id)
        .group_by(WebhookDelivery.state)
    )
    return {str(state): int(count) for state, count in rows}


def deliveries(session: Session, webhook_id: str, state: str, page: int) -> Sequence[WebhookDelivery]:
    """A page of a webhook's calls, newest first; of all states when none is named. One more than fits on it."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if state:
        query = query.where(WebhookDelivery.state == state)
    query = query.order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id)
    return session.scalars(query.limit(PAGE + 1).offset((page - 1) * PAGE)).all()


def delivery(session: Session, webhook_id: str, delivery_id: str) -> WebhookDelivery | None:
    """One call of a webhook."""
    found = session.get(WebhookDelivery, delivery_id)
    return found if found is not None and found.webhook_id == webhook_id else None


def due(session: Session, webhook_id: str, at: datetime, limit: int) -> Sequence[tuple[str, int]]:
    """Calls of a webhook that are to be made now, with their attempts so far; the oldest first.

    Among them are calls that were begun but never ended, because the process that made them did.
    """
    # Written as a list of states, so that the index serves; both are few.
    rows = session.execute(
        select(WebhookDelivery.id, WebhookDelivery.attempts)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.state.in_(("waiting", "sending")),
            WebhookDelivery.due_at <= at,
        )
        .order_by(WebhookDelivery.due_at, WebhookDelivery.created_at)
        .limit(limit)
    )
    return [(row.id, row.attempts) for row in rows]
