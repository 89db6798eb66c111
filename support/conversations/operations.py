"""Starting conversations, taking messages in, writing messages out. None of these commit."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from storage.base import new_id, now
from support.conversations import queries
from support.conversations.rules import MessageRefused, check_client_id, check_payload, clean_text, payload_title
from support.conversations.states import bot_in_charge, check_move
from support.conversations.tables import Conversation, Message, Retrieval
from support.conversations.writing import add_message, next_message, store
from support.customers.operations import CustomerDetails, recognise
from support.customers.tables import Customer
from support.feedback.tables import Feedback
from support.satisfaction.tables import Rating
from support.tickets.tables import Ticket, TicketEvent
from support.turns.opening import open_for_message
from support.turns.queries import newcomer
from support.turns.tables import Turn
from support.turns.work import TurnWork
from texts.catalogue import translate
from texts.language import detect, has_cjk

# Buttons that the bot has nothing to say to.
_DONE_AT_ONCE = ("back_to_bot", "close")


@dataclass(frozen=True)
class Started:
    """A fresh conversation; the token is told once and kept only as a hash."""

    conversation: Conversation
    token: str
    greeting: Message


@dataclass(frozen=True)
class Received:
    """What became of a customer's message.

    Attributes:
        turn_id: The turn that answers it; None when a person does, or nothing has to be answered.
        repeated: Whether it was here before.
        work: Its turn, claimed, when that was asked for and could be done.
        newcomer: Whether it may have to wait as the first question of a conversation just opened.
    """

    message: Message
    conversation: Conversation
    turn_id: str | None
    repeated: bool
    work: TurnWork | None = None
    newcomer: bool = False


class ConversationClosed(Exception):
    """Nothing more can be said in this conversation."""


def start(
    session: Session, language: str, details: CustomerDetails | None, page: str | None, identity_secret: str
) -> Started:
    """Open a conversation with a greeting.

    Raises:
        SignatureRefused: When the customer's id carries a wrong signature.
    """
    customer = recognise(session, details, language, identity_secret)
    token = secrets.token_urlsafe(32)
    conversation = Conversation(
        id=new_id(),
        token_hash=hash_token(token),
        customer_id=customer.id,
        language=language,
        page_language=language,
        page=(page or "")[:500] or None,
        status="bot",
        last_seq=0,
    )
    session.add(conversation)
    session.flush()
    greeting = add_message(session, conversation, "bot", greeting_text(language, customer.name))
    return Started(conversation, token, greeting)


def greeting_text(language: str, name: str | None) -> str:
    """The first words, which say that it is a bot and how to reach a person."""
    if name:
        return translate(
            language,
            "Hello {name}! I am the shop's assistant, a bot. Ask me anything about orders, delivery, returns or "
            "your devices. You can talk to a person at any time.",
            name=name,
        )
    return translate(
        language,
        "Hello! I am the shop's assistant, a bot. Ask me anything about orders, delivery, returns or your devices. "
        "You can talk to a person at any time.",
    )


def receive(
    session: Session,
    conversation_id: str,
    client_id: str,
    text: str | None,
    payload: dict[str, Any] | None,
    ask_at_once: bool = False,
) -> Received:
    """Take in a customer's message; the same client id again is the same message.

    With the bot in charge the message also gets a turn. Both are written in one transaction,
    so no message is ever kept without its turn.

    Args:
        ask_at_once: Claim the turn too; the caller then has to answer it.

    Raises:
        MessageRefused: For a text or payload that cannot be taken.
        ConversationClosed: When the conversation is over.
    """
    own_id = check_client_id(client_id)
    if (text is None) == (payload is None):
        raise MessageRefused("text_or_payload")
    words = clean_text(text) if text is not None else payload_title(payload or {})
    pressed = check_payload(payload) if payload is not None else None
    conversation = queries.locked(session, conversation_id)
    known = queries.message_by_client_id(session, conversation_id, own_id)
    if known is not None:
        return Received(known, conversation, known.turn_id, repeated=True)
    if conversation.status == "closed":
        raise ConversationClosed
    language = _language_of(conversation, words) if text is not None else conversation.language
    conversation.language = language
    message = next_message(conversation, "customer", words, payload=pressed, client_id=own_id)
    kind = pressed["kind"] if pressed else None
    if kind not in _DONE_AT_ONCE and bot_in_charge(conversation.status):
        work = open_for_message(session, conversation, message, ask_at_once)
        # Nobody asks while there is no line.
        first = not ask_at_once and newcomer(session, conversation)
        return Received(message, conversation, message.turn_id, repeated=False, work=work, newcomer=first)
    store(session, conversation, message)
    _do_at_once(session, conversation, kind)
    return Received(message, conversation, None, repeated=False)


def _language_of(conversation: Conversation, words: str) -> str:
    """The language of a message; Chinese that both scripts write alike is taken as the page or the talk before is."""
    told = conversation.language
    if has_cjk(words) and told == "en":
        told = conversation.page_language
    return detect(words, told)


def switch_language(session: Session, conversation_id: str, language: str) -> None:
    """The customer chose a language for the page and the talk."""
    conversation = queries.locked(session, conversation_id)
    conversation.language = conversation.page_language = language


def _do_at_once(session: Session, conversation: Conversation, kind: str | None) -> None:
    """What needs no answer of the bot: leaving the queue, ending the chat, and what people in charge will read."""
    if kind == "close":
        close(session, conversation)
    elif kind == "back_to_bot":
        if conversation.status == "queued":
            move(conversation, "bot")
            text = translate(
                conversation.language,
                "You are back with the assistant. Your case stays with the team, and you can ask for a person again.",
            )
            add_message(session, conversation, "system", text, payload={"event": "left_queue"})
    elif conversation.status == "queued" and conversation.queued_at is not None:
        _tell_waiting(session, conversation, conversation.queued_at)


def _tell_waiting(session: Session, conversation: Conversation, queued_at: datetime) -> None:
    """Once while they wait: their words arrive, and how to go on with the assistant."""
    if queries.said_since(session, conversation, queued_at) != 1:
        return
    text = translate(
        conversation.language,
        "A colleague has not joined yet. What you write is passed on; for an answer right away, go on with the "
        "assistant.",
    )
    add_message(session, conversation, "system", text, payload={"event": "still_waiting"})


def close(session: Session, conversation: Conversation) -> None:
    """End the chat at the customer's wish and ask for a rating."""
    move(conversation, "closed")
    conversation.closed_at = now()
    text = translate(conversation.language, "This chat has ended. How satisfied were you with it?")
    survey = {"event": "closed", "survey": {"kind": "csat", "subject_id": conversation.id}}
    add_message(session, conversation, "system", text, payload=survey)


def move(conversation: Conversation, status: str) -> None:
    """Put somebody else in charge.

    Raises:
        MoveRefused: When the move is not allowed.
    """
    check_move(conversation.status, status)
    if status == "queued" and conversation.status != "queued":
        conversation.queued_at = now()
    if status != "queued":
        conversation.queued_at = None
    if status != "agent":
        conversation.staff_id = None
    conversation.status = status
    conversation.updated_at = now()


def erase(session: Session, conversation_id: str) -> None:
    """Erase what a customer said; tickets keep their number and times only.

    With the last of their conversations goes who they are.
    """
    conversation = queries.locked(session, conversation_id)
    for table in (Rating, Retrieval, Turn, Message):
        session.execute(delete(table).where(table.conversation_id == conversation_id))
    tickets = session.query(Ticket.id).where(Ticket.conversation_id == conversation_id)
    session.execute(update(TicketEvent).where(TicketEvent.ticket_id.in_(tickets)).values(details={}))
    session.execute(
        update(Ticket)
        .where(Ticket.conversation_id == conversation_id)
        .values(summary="", details={}, resolution_note=None, contact_email=None, contact_phone=None)
    )
    session.execute(update(Feedback).where(Feedback.conversation_id == conversation_id).values(text=""))
    if not queries.other_kept(session, conversation):
        session.execute(
            update(Customer)
            .where(Customer.id == conversation.customer_id)
            .values(external_id=None, name=None, email=None, phone=None)
        )
    conversation.token_hash = ""
    conversation.page = None
    conversation.status = "closed"
    conversation.closed_at = now()


def hash_token(token: str) -> str:
    """How a conversation's token is kept: it is long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
