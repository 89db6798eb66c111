"""Everything kept about a customer, for themselves."""

from typing import Any

from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import queries
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.feedback import queries as feedback
from support.files.tables import StoredFile
from support.mail import queries as mail
from support.privacy import queries as privacy
from support.satisfaction import queries as ratings
from support.staff.queries import names
from support.tickets import queries as tickets

_OF_CUSTOMER = ("external_id", "name", "email", "phone", "tier", "language", "consented_at", "created_at")
_OF_CONVERSATION = (
    "id", "language", "page", "context", "status", "outcome", "created_at", "updated_at", "closed_at", "closed_by"
)  # fmt: skip
_OF_MESSAGE = ("seq", "id", "author", "text", "language", "payload", "created_at")
_OF_RATING = ("kind", "subject_id", "score", "reasons", "comment", "created_at", "updated_at")
# How a case went inside the company is not told, only what the customer said and how it stands.
_OF_TICKET = (
    "number", "state", "reason", "priority", "category", "details", "summary", "contact_email", "contact_phone",
    "created_at", "updated_at", "resolved_at"
)  # fmt: skip
_OF_FEEDBACK = ("number", "kind", "text", "language", "created_at")
_OF_SEARCH = ("query", "language", "decision", "article_id", "created_at")
_OF_SURVEY = ("kind", "subject_id", "asked_at", "skipped_at")
# Replies stand among the messages.
_OF_MAIL = ("kind", "recipient", "subject", "text", "sent_at")
_OF_FILE = ("id", "name", "media_type", "size", "width", "height", "created_at")


def everything(session: Session, conversation_id: str) -> dict[str, Any]:
    """What is kept about the customer of a conversation, as plain values: this conversation first, then the others."""
    conversation = session.get_one(Conversation, conversation_id)
    customer = session.get_one(Customer, conversation.customer_id)
    others = [each for each in privacy.conversations_of(session, customer.id) if each.id != conversation_id]
    return {
        "exported_at": now(),
        "customer": _of(customer, _OF_CUSTOMER),
        **_conversation(session, conversation),
        "other_conversations": [_conversation(session, each) for each in others],
    }


def file_path(file: dict[str, Any]) -> str:
    """Where a file lies in the archive: under its own name, which cannot lead out of the folder."""
    plain = "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in file["name"]).strip(". ")
    return f"files/{file['id'][:8]}-{plain[-100:] or 'file'}"


def _conversation(session: Session, conversation: Conversation) -> dict[str, Any]:
    messages = queries.transcript(session, conversation.id)
    # Colleagues are told by the name that the customer saw.
    staff = names(session, {each.staff_id for each in messages if each.staff_id})
    return {
        "conversation": _of(conversation, _OF_CONVERSATION),
        "messages": [
            _of(each, _OF_MESSAGE) | {"name": staff.get(each.staff_id) if each.staff_id else None} for each in messages
        ],
        "ratings": [_of(each, _OF_RATING) for each in ratings.of_conversation(session, conversation.id)],
        "tickets": [_of(each, _OF_TICKET) for each in tickets.of_conversation(session, conversation.id)],
        "feedback": [_of(each, _OF_FEEDBACK) for each in feedback.of_conversation(session, conversation.id)],
        "searches": [_of(each, _OF_SEARCH) for each in queries.retrievals(session, conversation.id)],
        "surveys_asked": [_of(each, _OF_SURVEY) for each in privacy.surveys_of(session, conversation.id)],
        "mails": [_of(each, _OF_MAIL) for each in mail.notices_of(session, conversation.id)],
        "files": [_file(each) for each in privacy.files_of(session, conversation.id)],
    }


def _file(file: StoredFile) -> dict[str, Any]:
    told = _of(file, _OF_FILE)
    return told | {"path": file_path(told)}


def _of(row: object, fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields}
