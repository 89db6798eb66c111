"""Taking mails out of the outbox and noting what became of them. None of these commit.

A mail is claimed by a conditional update with a term: when nobody tells in time what became of it, it is claimed
again. So a mail is sent at least once; it is sent twice only when a process dies between the server's yes and our note
of it, and then with the same Message-ID, by which mail programs know it for one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations.tables import Conversation, Message
from support.mail import queries, words
from support.mail.mailing import Mailing, mailing_of
from support.mail.outbox import is_here
from support.mail.rules import next_try, references
from support.mail.tables import OutgoingMail
from support.mail.troubles import BOUNCED
from support.mail.writing import Letter
from support.staff.tables import StaffMember
from support.tickets.changes import locked, locked_unless_erased, note_event
from support.tickets.tables import Ticket

# Longer than a server may take to accept a mail.
TERM = timedelta(minutes=10)


class MailMoved(Exception):
    """The mail is not in a state in which this can be done."""


@dataclass(frozen=True)
class Work:
    """A mail that was claimed.

    Attributes:
        ids: Its rows in the outbox, which go or fail together.
        attempts: How often it was tried, this time counted.
        conversation_id: The chat it belongs to; None for a test.
    """

    ids: tuple[str, ...]
    attempts: int
    letter: Letter
    conversation_id: str | None


def claim(session: Session, at: datetime) -> Work | None:
    """The next mail that is due, which nobody else sends meanwhile; None when nothing is due."""
    mailing = mailing_of(session)
    if mailing is None:
        return None
    while (first := queries.next_due(session, at)) is not None:
        together = [first, *queries.going_together(session, first)]
        conversation = _conversation(session, first)
        if _read_in_the_chat(session, mailing, first, conversation):
            for row in together:
                _change(session, row, state="seen")
            continue
        claimed = [row for row in together if _change(session, row, "sending", row.attempts + 1, at + TERM)]
        if first in claimed:
            letter = _letter(session, mailing, claimed)
            conversation_id = conversation.id if conversation else None
            return Work(tuple(row.id for row in claimed), first.attempts, letter, conversation_id)
    return None


def delivered(session: Session, limit: int = 50) -> list[tuple[OutgoingMail, Letter]]:
    """What customers received, newest first, each mail whole: for the demo's mailbox."""
    mailing = mailing_of(session)
    query = select(OutgoingMail).where(OutgoingMail.state == "sent", OutgoingMail.kind != "test")
    rows = session.scalars(query.order_by(OutgoingMail.sent_at.desc(), OutgoingMail.created_at).limit(limit)).all()
    together: dict[tuple[object, ...], list[OutgoingMail]] = {}
    for row in rows:
        together.setdefault((row.ticket_id, row.recipient, row.sent_at), []).append(row)
    return [(group[0], _letter(session, mailing, group)) for group in together.values()] if mailing else []


def note_sent(session: Session, work: Work) -> None:
    """The server took it."""
    _settle(session, work, state="sent", sent_at=now(), error=None)


def note_failed(session: Session, work: Work, error: str, for_good: bool, at: datetime) -> bool:
    """It was not taken: tried again later, or given up, which the case's timeline tells.

    Args:
        error: The trouble as it is kept (see troubles.py).
        for_good: Whether the server will never take it.

    Returns:
        Whether it was given up.
    """
    due = None if for_good else next_try(work.attempts, at)
    if due is not None:
        _settle(session, work, state="waiting", due_at=due, error=error[:500])
        return False
    ticket_id = session.scalar(select(OutgoingMail.ticket_id).where(OutgoingMail.id == work.ids[0]))
    # Cases are locked before what belongs to them, everywhere.
    ticket = locked(session, ticket_id)[0] if ticket_id else None
    if _settle(session, work, state="failed", error=error[:500]) and ticket is not None:
        note_event(session, ticket, "mail_failed", None, {})
    return True


def note_bounced(session: Session, mail: OutgoingMail) -> Ticket | None:
    """A mail that had been sent came back undelivered; the case it belongs to, if that is news."""
    ticket = locked(session, mail.ticket_id)[0] if mail.ticket_id else None
    together = (OutgoingMail.ticket_id == mail.ticket_id, OutgoingMail.recipient == mail.recipient)
    gathered = update(OutgoingMail).where(*together, OutgoingMail.sent_at == mail.sent_at, OutgoingMail.id != mail.id)
    if not _change(session, mail, "failed", error=BOUNCED) or ticket is None:
        return None
    # What went together came back together.
    failed = gathered.where(OutgoingMail.state == "sent").values(state="failed", error=BOUNCED)
    session.execute(failed.execution_options(synchronize_session=False))
    note_event(session, ticket, "mail_failed", None, {})
    return ticket


def send_again(session: Session, mail_id: str, member: StaffMember) -> OutgoingMail:
    """Try a mail again that was given up, from the beginning.

    Raises:
        MailMoved: When it was not given up, or is not there (any more).
        ConversationErased: When there is nothing left to send.
    """
    mail = session.get(OutgoingMail, mail_id)
    if mail is None:
        raise MailMoved
    ticket = locked_unless_erased(session, mail.ticket_id)[0] if mail.ticket_id else None
    session.refresh(mail)
    if mail.state != "failed" or not _change(session, mail, "waiting", 0, now(), error=None):
        raise MailMoved
    if ticket is not None:
        note_event(session, ticket, "mail_again", member.id, {})
    return mail


def _change(
    session: Session,
    row: OutgoingMail,
    state: str,
    attempts: int | None = None,
    due_at: datetime | None = None,
    error: str | None = None,
) -> bool:
    """Bring a row into another state unless somebody else was quicker."""
    values: dict[str, object] = {"state": state, "error": error}
    values |= {"attempts": attempts} if attempts is not None else {}
    values |= {"due_at": due_at} if due_at is not None else {}
    as_seen = (OutgoingMail.id == row.id, OutgoingMail.state == row.state, OutgoingMail.due_at == row.due_at)
    statement = update(OutgoingMail).where(*as_seen, OutgoingMail.attempts == row.attempts).values(**values)
    done = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)
    if not done.rowcount:
        session.expunge(row)
        return False
    session.refresh(row)
    return True


def _settle(session: Session, work: Work, **values: object) -> bool:
    """Note what became of a claimed mail; what was erased, or claimed anew after its term, stays as it is."""
    ours = (OutgoingMail.id.in_(work.ids), OutgoingMail.state == "sending", OutgoingMail.attempts == work.attempts)
    statement = update(OutgoingMail).where(*ours).values(**values).execution_options(synchronize_session=False)
    done = session.execute(statement)
    assert isinstance(done, CursorResult)
    return bool(done.rowcount)


def _conversation(session: Session, mail: OutgoingMail) -> Conversation | None:
    ticket = session.get(Ticket, mail.ticket_id) if mail.ticket_id else None
    return session.get(Conversation, ticket.conversation_id) if ticket else None


def _read_in_the_chat(
    session: Session, mailing: Mailing, mail: OutgoingMail, conversation: Conversation | None
) -> bool:
    """Whether the customer came back to the chat before the mail went, and so has its words."""
    if mail.kind != "reply" or mail.attempts or conversation is None:
        return False
    return is_here(session, mailing, conversation)


def _letter(session: Session, mailing: Mailing, rows: Sequence[OutgoingMail]) -> Letter:
    first = rows[0]
    before = queries.ids_of_case(session, first.ticket_id, first.header_id) if first.ticket_id else []
    return Letter(
        recipient=first.recipient,
        subject=first.subject,
        text=_whole_text(session, mailing, rows),
        language=first.language,
        header_id=first.header_id,
        in_reply_to=before[-1] if before else "",
        references=references(before),
        automatic={"confirmation": "auto-replied", "resolved": "auto-generated", "test": "auto-generated"}.get(
            first.kind, ""
        ),
    )


def _whole_text(session: Session, mailing: Mailing, rows: Sequence[OutgoingMail]) -> str:
    first = rows[0]
    if first.kind != "reply" or first.ticket_id is None:
        return first.text
    said = session.get(Message, rows[-1].message_id) if rows[-1].message_id else None
    member = session.get(StaffMember, said.staff_id) if said is not None and said.staff_id else None
    number = session.get_one(Ticket, first.ticket_id).number
    together = "\n\n".join(row.text for row in rows)
    colleague = member.name if member else ""
    return words.reply(first.language, together, number, mailing.answers, colleague, mailing.name or mailing.address)
