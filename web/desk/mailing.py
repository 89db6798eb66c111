"""A colleague sends a mail again that could not be delivered."""

from typing import Any

from litestar import Request, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.mail import delivery
from support.mail.tables import OutgoingMail
from web.desk.pages import Member, NamedServices, show_case
from web.desk.refusals import REFUSALS, problem_of
from web.desk.selecting import after_step


@post("/desk/tickets/{ticket_id:str}/mails/{mail_id:str}/again", include_in_schema=False)
async def again(
    request: Request[Any, Any, Any], services: NamedServices, member: Member, ticket_id: str, mail_id: str
) -> Template | Redirect:
    """Try a mail of a case again from the beginning."""

    def send_again(session: Session) -> str:
        mail = session.get(OutgoingMail, mail_id)
        if mail is None or mail.ticket_id != ticket_id:
            raise NotFoundException
        return delivery.send_again(session, mail_id, member).id

    try:
        await services.database.write(send_again)
    except REFUSALS as error:
        return await show_case(request, services, member, ticket_id, problem=problem_of(error))
    await services.hub.queue_moved()
    return Redirect(after_step(request, ticket_id, "mail_again"), status_code=303)
