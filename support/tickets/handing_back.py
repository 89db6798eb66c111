"""Handing a chat back to the bot, with what was said there, so that it asks for nothing twice.

None of these commit.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sqlalchemy.orm import Session

from storage.base import JsonObject
from support.conversations import operations as conversations
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.customers.tables import Customer
from support.staff.tables import StaffMember
from support.tickets import queries
from support.tickets.changes import locked_unless_erased, note_event
from support.tickets.notes import checked_note, keep_note
from support.tickets.operations import NotInCharge
from support.tickets.tables import Ticket
from support.turns.opening import open_turn
from support.understanding.told import Told, told_in
from texts.catalogue import translate

_LINK = re.compile(r"/help/([^\s?#]+)")


@dataclass(frozen=True)
class Context:
    """What was talked about with people.

    Attributes:
        by: Who hands the chat back.
        article: The article that was used last; empty when none was.
        question: What the customer asked last; for finding the subject where no article was used.
    """

    by: str
    number: str
    told: Told
    article: str = ""
    question: str = ""

    def trigger(self) -> JsonObject:
        """The turn's trigger, from which the bot reads it."""
        return {
            "kind": "handed_back",
            "by": self.by,
            "number": self.number,
            "told": self.told.details(),
            "article": self.article,
            "question": self.question,
        }


def hand_back(session: Session, ticket_id: str, member: StaffMember, note: str = "") -> Ticket:
    """Give the chat back to the bot, with what was talked about; the case stays open with its owner.

    The turn opened here lets the dialogue server drop whatever form was active, and the bot say where things stand.

    Args:
        note: Words for colleagues on how things stand; the customer does not see them.

    Raises:
        TicketNotFound, ConversationErased, NotInCharge: When it is not theirs to give back.
        NoteTooLong: Past LONGEST_NOTE characters.
    """
    kept = checked_note(note)
    ticket, conversation = locked_unless_erased(session, ticket_id)
    if conversation.status != "agent" or conversation.staff_id != member.id:
        raise NotInCharge
    given = context(session, ticket, conversation, member.name)
    keep_contact(session, ticket, given.told)
    conversations.move(conversation, "bot")
    keep_note(session, ticket, conversation, member, kept)
    note_event(session, ticket, "handed_back", member.id, {"why": kept} if kept else {})
    text = translate(conversation.language, "{name} has handed the chat back to the assistant.", name=member.name)
    add_message(session, conversation, "system", text, payload={"event": "handed_back", "name": member.name})
    if conversation.channel != "chat":
        # The assistant answers neither mails nor programs: people go on with the case.
        conversations.move(conversation, "offline")
        return ticket
    open_turn(session, conversation, trigger=given.trigger())
    return ticket


def context(session: Session, ticket: Ticket, conversation: Conversation, by: str) -> Context:
    """What the customer and people wrote to each other since a person took the chat last."""
    said = queries.said_with_people(session, conversation.id)
    words = [each.text for each in said if each.author == "customer" and not (each.payload or {}).get("file")]
    used = [article for each in said if each.author == "agent" and (article := article_used(each.text, each.payload))]
    asked = next((text for text in reversed(words) if len(text) >= SHORTEST_QUESTION), "")
    return Context(by, ticket.number, told_in(words), used[-1] if used else "", asked[:LONGEST_QUESTION])


# Shorter words are thanks or a yes, and name no subject.
SHORTEST_QUESTION = 6
LONGEST_QUESTION = 300


def article_used(text: str, payload: dict[str, Any] | None) -> str:
    """The article that a colleague's words come from: the one they put in, or the one they link to. Pure."""
    used = (payload or {}).get("article")
    if used:
        return str(used)
    linked = _LINK.search(text)
    return unquote(linked.group(1)) if linked else ""


def keep_contact(session: Session, ticket: Ticket, told: Told) -> None:
    """Keep how to reach the customer, as they told people, with the (locked) case and the customer.

    What was given before as the contact of the case goes before what was written in passing.
    """
    ticket.contact_email = ticket.contact_email or told.email or None
    ticket.contact_phone = ticket.contact_phone or told.phone or None
    customer = session.get_one(Customer, ticket.customer_id)
    customer.email = customer.email or ticket.contact_email
    customer.phone = customer.phone or ticket.contact_phone


def told_to_people(session: Session, conversation_id: str) -> Told:
    """What the customer of a conversation told people who had the chat, whenever that was."""
    return told_in(queries.words_to_people(session, conversation_id))
