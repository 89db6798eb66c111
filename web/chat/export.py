"""Everything kept about a conversation, for the customer whose it is."""

from typing import Any

from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import queries
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.feedback import queries as feedback
from support.satisfaction import queries as ratings
from support.staff.queries import names
from support.tickets import queries as tickets

_OF_TICKET = (
    "number", "state", "reason", "priority", "details", "contact_email", "contact_phone", "created_at", "resolved_at"
)  # fmt: skip


def everything(session: Session, conversation_id: str) -> dict[str, Any]:
    """Customer, messages, ratings, tickets and feedback of one conversation as plain values."""
    conversation = session.get_one(Conversation, conversation_id)
    customer = session.get_one(Customer, conversation.customer_id)
    messages = queries.transcript(session, conversation_id)
    staff = names(session, {each.staff_id for each in messages if each.staff_id})
    return {
        "exported_at": now(),
        "conversation": {
            "id": conversation.id,
            "language": conversation.language,
            "page": conversation.page,
            "created_at": conversation.created_at,
        },
        "customer": {key: getattr(customer, key) for key in ("external_id", "name", "email", "phone", "language")},
        "messages": [
            {
                "seq": each.seq,
                "author": each.author,
                "name": staff.get(each.staff_id) if each.staff_id else None,
                "text": each.text,
                "language": each.language,
                "payload": each.payload,
                "created_at": each.created_at,
            }
            for each in messages
        ],
        "ratings": [
            {key: getattr(each, key) for key in ("kind", "subject_id", "score", "reasons", "comment", "updated_at")}
            for each in ratings.of_conversation(session, conversation_id)
        ],
        "tickets": [
            {key: getattr(each, key) for key in _OF_TICKET}
            for each in tickets.of_conversation(session, conversation_id)
        ],
        "feedback": [
            {key: getattr(each, key) for key in ("number", "kind", "text", "created_at")}
            for each in feedback.of_conversation(session, conversation_id)
        ],
    }
