"""Removing what nobody needs any more by its age. Commits nothing."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, select
from sqlalchemy.orm import Session

from storage.purging import note_erasure
from support.mail.tables import ReceivedMail

# Mail that led to no case (automatic replies, lists, too many at once ...) has no customer who could erase it.
MAIL_WITHOUT_CASE_KEPT = timedelta(days=30)


def has_old_mail(session: Session, at: datetime) -> bool:
    """Whether there is something for `forget_old_mail`, so that nobody writes for nothing."""
    return session.scalar(select(ReceivedMail.id).where(_old(at)).limit(1)) is not None


def forget_old_mail(session: Session, at: datetime) -> int:
    """Remove received mails that belong to no case and came longer than MAIL_WITHOUT_CASE_KEPT ago; how many."""
    done = session.execute(delete(ReceivedMail).where(_old(at)).execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)
    if done.rowcount:
        note_erasure(session)
    return done.rowcount


def _old(at: datetime) -> ColumnElement[bool]:
    return ReceivedMail.ticket_id.is_(None) & (ReceivedMail.received_at < at - MAIL_WITHOUT_CASE_KEPT)
