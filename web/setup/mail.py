"""Mail for supervisors: how the connections do, what goes out, what came in, and a test."""

from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.mail import delivery, outbox, queries
from support.mail.delivery import MailMoved
from support.mail.rules import masked_address
from support.tickets.changes import ConversationErased
from texts.catalogue import marked, translate
from web.desk.labels import label
from web.desk.mail_words import mail_trouble
from web.desk.pages import Member, NamedServices
from web.desk.refusals import problem_of
from web.languages import request_language
from web.numbers import PageOf
from web.page import page
from web.problems import Problem
from web.services import Services

NOTICES = {
    "test": marked("A test mail is on its way to you. Its state shows below."),
    "again": marked("The mail goes out again in a moment."),
}


@get("/setup/mail", include_in_schema=False)
async def mail_page(
    request: Request[Any, Any, Any],
    services: NamedServices,
    went: str = "",
    outcome: str = "",
    out: PageOf = 1,
    came: PageOf = 1,
    done: str = "",
) -> Template:
    """The connections, the outbox and what came."""
    notice = translate(request_language(request), NOTICES[done]) if done in NOTICES else ""
    return await _page(request, services, went, outcome, out, came, notice)


@post("/setup/mail/test", include_in_schema=False)
async def send_test_mail(
    request: Request[Any, Any, Any], services: NamedServices, member: Member
) -> Template | Redirect:
    """Send a mail to whoever presses the button."""
    language = request_language(request)
    subject = translate(language, "A test mail from Huilu")
    text = translate(language, "This is the test mail you asked for. Mail goes out.")
    queue = partial(outbox.queue_test, member=member, language=language, subject=subject, text=text + "\n")
    if await services.database.write(queue) is None:
        detail = marked("No mail server is set, so nothing was sent. See HUILU_SMTP in the operators' guide.")
        return await _page(request, services, problem=Problem(409, "No mail server", detail, "mail"))
    return Redirect("/setup/mail?done=test", status_code=303)


@post("/setup/mail/{mail_id:str}/again", include_in_schema=False)
async def send_mail_again(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, mail_id: str
) -> Template | Redirect:
    """Try a mail again that was given up."""
    again = partial(delivery.send_again, mail_id=mail_id, member=member)
    try:
        await services.database.write(again)
    except (MailMoved, ConversationErased) as refused:
        return await _page(request, services, problem=problem_of(refused))
    await services.hub.queue_moved()
    return Redirect("/setup/mail?done=again", status_code=303)


async def _page(
    request: Request[Any, Any, Any],
    services: Services,
    went: str = "",
    outcome: str = "",
    out: int = 1,
    came: int = 1,
    notice: str = "",
    problem: Problem | None = None,
) -> Template:
    language = request_language(request)
    shown_state = went if went in queries.OUT_STATES else ""
    shown_outcome = outcome if outcome in queries.OUTCOMES else ""

    def read(session: Session) -> dict[str, Any]:
        return {
            "outbox": queries.outbox(session, shown_state, out),
            "inbox": queries.inbox(session, shown_outcome, came),
            "counts": queries.counts(session),
        }

    found = await services.database.read(read)
    return page(
        request,
        "staff/setup/mail.html",
        problem.status if problem else 200,
        label=partial(label, language),
        mail_trouble=partial(mail_trouble, language),
        post=services.post,
        states=queries.OUT_STATES,
        outcomes=queries.OUTCOMES,
        went=shown_state,
        outcome=shown_outcome,
        out=out,
        came=came,
        per_page=queries.PAGE,
        masked=masked_address,
        notice=notice,
        problem=translate(language, problem.detail, **problem.values) if problem else "",
        path="/setup/mail",
        **found,
    )
