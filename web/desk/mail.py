"""What a case shows of its mails."""

from sqlalchemy.orm import Session

from support.mail import queries
from support.mail.rules import masked_address
from web.desk.schemas import MailedOut


def mailed(session: Session, ticket_id: str) -> list[MailedOut]:
    """What was mailed about a case, in order."""
    return [
        MailedOut(
            id=each.id,
            message_id=each.message_id,
            kind=each.kind,
            state=each.state,
            recipient=masked_address(each.recipient),
            due_at=each.due_at,
            sent_at=each.sent_at,
            error=each.error,
        )
        for each in queries.of_ticket(session, ticket_id)
    ]
