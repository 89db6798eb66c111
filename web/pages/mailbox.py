"""The demo's mailbox: what customers received, and a way to answer as they would, without any mail server.

It is there only in a demo that this machine shows to itself and that sends no mail. What is written here goes the very
way that fetched mail goes.
"""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from demo.shop import read_shop
from support.mail import delivery
from support.mail.mailing import mailing_of
from support.mail.queries import OUTCOMES
from support.mail.rules import new_header_id, one_line
from support.mail.tables import OutgoingMail
from support.mail.writing import Letter, deliverable
from texts.catalogue import marked, translate
from web.chat.addresses import LOCAL
from web.chat.door import visitor
from web.desk.labels import label
from web.languages import request_language
from web.page import page
from web.services import Services

NamedServices = NamedDependency[Services]
LONGEST = 20_000
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class MailForm(msgspec.Struct):
    """A mail to the shop; `answers` is the id of the mail that it answers, which then tells from whom it comes."""

    text: str = ""
    answers: str = ""
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Shown:
    """A mail in the demo's mailbox."""

    id: str
    kind: str
    letter: Letter
    sent_at: Any


def shows_mailbox(request: Request[Any, Any, Any], services: Services) -> bool:
    """Whether this visitor may see the demo's mailbox.

    The name in the address is asked for too, so that no page from elsewhere reaches it under a name of its own.
    """
    here = visitor(request) == LOCAL and request.url.hostname in _THIS_MACHINE
    return services.settings.mail_stays_here and here


@get("/mail", include_in_schema=False)
async def mailbox(request: Request[Any, Any, Any], services: NamedServices, done: str = "") -> Template:
    """Everything that customers received, newest first."""
    outcome = done if done in OUTCOMES else ""
    return await _page(request, services, outcome, MailForm())


@post("/mail", include_in_schema=False)
async def write_mail(
    request: Request[Any, Any, Any],
    services: NamedServices,
    data: Annotated[MailForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Template | Redirect:
    """Answer a mail, or write a first one, as a customer."""
    if not shows_mailbox(request, services):
        raise NotFoundException
    try:
        raw = await services.database.read(partial(_as_sent, form=data))
    except (ValueError, UnicodeError):
        detail = marked("Please write a few words and an address such as zoe@example.com. Nothing was lost.")
        return await _page(request, services, "", data, translate(request_language(request), detail))
    taken = await services.post.take(raw)
    return Redirect(f"/mail?done={taken.outcome}", status_code=303)


async def _page(
    request: Request[Any, Any, Any], services: Services, outcome: str, form: MailForm, problem: str = ""
) -> Template:
    if not shows_mailbox(request, services):
        raise NotFoundException
    mails = await services.database.read(_shown)
    words = label(request_language(request), "mail_outcome", outcome) if outcome else ""
    context = {"mails": mails, "form": form, "problem": problem, "notice": words, "shop": read_shop()}
    return page(request, "public/mailbox.html", 422 if problem else 200, **context)


def _shown(session: Session) -> list[Shown]:
    return [Shown(mail.id, mail.kind, letter, mail.sent_at) for mail, letter in delivery.delivered(session)]


def _as_sent(session: Session, form: MailForm) -> bytes:
    """The mail as a customer's program would send it.

    Raises:
        ValueError: Without words, or without an address.
    """
    text = form.text.replace("\r\n", "\n").strip()[:LONGEST]
    answered = session.get(OutgoingMail, form.answers) if form.answers else None
    sender = answered.recipient if answered else form.sender.strip()
    mailing = mailing_of(session)
    if not text or mailing is None:
        raise ValueError
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(addr_spec=deliverable(sender))
    mail["To"] = Address(addr_spec=mailing.address)
    mail["Subject"] = one_line(f"Re: {answered.subject}" if answered else form.subject)
    mail["Message-ID"] = new_header_id(sender)
    if answered is not None:
        mail["In-Reply-To"] = answered.header_id
        quoted = "\n".join(f"> {line}" for line in answered.text.splitlines())
        text = f"{text}\n\nOn {answered.created_at:%Y-%m-%d %H:%M}, {mailing.address} wrote:\n{quoted}"
    mail.set_content(text, charset="utf-8")
    return mail.as_bytes()
