"""What somebody who waits in the queue is told when they ask how long it takes, or say how to reach them.

The assistant is silent there; these are notices of the chat itself. None of these commit.
"""

from sqlalchemy.orm import Session

from support.conversations import queries as conversations
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.customers.identity import contact_in
from support.handoff.contact import note_contact
from support.handoff.words import place_words
from support.routing.queries import expected_minutes
from support.tickets import queries as tickets
from support.tickets.changes import note_event
from support.understanding.waiting import asks_how_long
from texts.catalogue import translate

# Longer words beside an address tell a story in which it occurs; it is not theirs for sure.
LONGEST_BESIDE_CONTACT = 30


def notice(session: Session, conversation: Conversation, words: str) -> bool:
    """Answer somebody in the queue by a notice, if their words call for one; whether they did."""
    if _keep_contact(session, conversation, words):
        return True
    place = conversations.place_in_queue(session, conversation)
    if place is None or not asks_how_long(words):
        return False
    text = place_words(conversation.language, place, expected_minutes(session, place))
    add_message(session, conversation, "system", text, payload={"event": "place_told", "place": place})
    return True


def _keep_contact(session: Session, conversation: Conversation, words: str) -> bool:
    contact = contact_in(words)
    ticket = tickets.open_for(session, conversation.id)
    if not contact or ticket is None:
        return False
    if len(words) > sum(map(len, contact.values())) + LONGEST_BESIDE_CONTACT:
        return False
    note_contact(session, conversation, ticket, contact)
    note_event(session, ticket, "contact_given", None, {"kind": ", ".join(contact)})
    text = translate(
        conversation.language,
        "Thank you, noted: {contact}. You keep your place in the queue; if you have to go, a colleague gets back to "
        "you there.",
        contact=", ".join(contact.values()),
    )
    add_message(session, conversation, "system", text, payload={"event": "contact_noted"})
    return True
