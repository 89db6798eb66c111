"""Mail in tests of the support layer: an offline case, mails from customers, and what lies in the outbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import select

from storage.base import now
from storage.engine import Database
from support.conversations.queries import transcript
from support.conversations.tables import Message
from support.files.preparing import Prepared
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts, HandOff
from support.mail import delivery
from support.mail.delivery import Work
from support.mail.inbox import Taken, take_in
from support.mail.mailing import Mailing, use_mail
from support.mail.reading import read_mail
from support.mail.tables import OutgoingMail, ReceivedMail
from support.tickets.queries import of_conversation, timeline
from support.tickets.tables import Ticket
from tests.support.conftest import Chat

ZOE = "zoe@example.com"
HELP = "help@shop.example"

# A server's report on a mail of ours, for an action: "failed", "delayed".
REPORT = """From: Mail Delivery System <MAILER-DAEMON@mx.example>
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

Could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; zoe@example.com
Action: {action}
Status: 5.1.1
--b
Content-Type: message/rfc822

Message-ID: <ours@shop.example>
Subject: x

x
--b--
"""


class Here:
    """Who has the chat open."""

    def __init__(self) -> None:
        self.open: set[str] = set()

    def __call__(self, conversation_id: str) -> bool:
        return conversation_id in self.open


def with_mail(database: Database, here: Here | None = None, public_url: str = "") -> Here:
    """Let a database's units of work write mail."""
    told = here or Here()
    use_mail(database, Mailing("Lanting", HELP, True, public_url, told))
    return told


def offline_case(chat: Chat, contact: str = ZOE) -> HandOff:
    """A customer asks for a person while nobody is on duty, and leaves an address."""
    with chat.database.writing() as session:
        return handoff.request(session, chat.id, "request", None, CaseFacts(contact=contact))


def case_of(chat: Chat) -> Ticket:
    """The newest case of a chat."""
    with chat.database.reading() as session:
        return of_conversation(session, chat.id)[-1]


def events_of(database: Database, ticket_id: str) -> list[str]:
    """What happened to a case."""
    with database.reading() as session:
        return [each.kind for each in timeline(session, ticket_id)]


def outgoing(database: Database) -> Sequence[OutgoingMail]:
    """Everything in the outbox, oldest first."""
    with database.reading() as session:
        return session.scalars(select(OutgoingMail).order_by(OutgoingMail.created_at, OutgoingMail.id)).all()


def received(database: Database) -> Sequence[ReceivedMail]:
    """Everything that came, oldest first."""
    with database.reading() as session:
        return session.scalars(select(ReceivedMail).order_by(ReceivedMail.received_at, ReceivedMail.id)).all()


def said_in(database: Database, conversation_id: str) -> Sequence[Message]:
    """All that was said in a conversation."""
    with database.reading() as session:
        return transcript(session, conversation_id)


def mail_from(
    sender: str = ZOE, text: str = "It still flickers.", subject: str = "Lamp", *, answers: str = "", **headers: str
) -> bytes:
    """A mail as a customer's program writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Zoe <{sender}>", HELP, subject
    mail["Message-ID"] = headers.pop("message_id", "") or f"<{abs(hash((text, subject, sender, answers)))}@example.com>"
    if answers:
        mail["In-Reply-To"] = answers
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def arrives(database: Database, raw: bytes, attached: Sequence[Prepared] = (), left_out: Sequence[str] = ()) -> Taken:
    """A mail is taken in."""
    with database.writing() as session:
        return take_in(session, read_mail(raw), attached, left_out)


def claimed(database: Database, at: datetime | None = None) -> Work | None:
    """The next mail that is to be sent."""
    with database.writing() as session:
        return delivery.claim(session, at or now())


def sent(database: Database, minutes: int = 2) -> list[Work]:
    """Everything that is due in so many minutes, taken by the server."""
    works = []
    while (work := claimed(database, now() + timedelta(minutes=minutes))) is not None:
        with database.writing() as session:
            delivery.note_sent(session, work)
        works.append(work)
    return works
