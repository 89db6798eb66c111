"""Taking messages in, and who is in charge. None of these commit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import queries
from support.conversations.context import Value
from support.conversations.rules import MessageRefused, check_client_id, check_payload, clean_text, payload_title
from support.conversations.states import SPLIT, bot_in_charge, check_move
from support.conversations.tables import Conversation, Message
from support.conversations.telling import tell_status
from support.conversations.writing import add_message, next_message, store
from support.handoff.in_queue import notice
from support.satisfaction import asking
from support.tickets.summing_up import renew_for
from support.tickets.waiting import customer_wrote
from support.turns.opening import open_for_message
from support.turns.queries import newcomer
from support.turns.work import TurnWork
from texts.catalogue import translate
from texts.language import detect, has_cjk

# Buttons that the bot has nothing to say to.
_DONE_AT_ONCE = ("back_to_bot", "close")


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


def locked_unless_erased(session: Session, conversation_id: str) -> Conversation:
    """A conversation that its customer changes, locked.

    Raises:
        ConversationClosed: When it was erased meanwhile: nothing may be kept there any more.
    """
    conversation = queries.locked(session, conversation_id)
    if not conversation.token_hash:
        raise ConversationClosed
    return conversation


def set_context(session: Session, conversation_id: str, context: dict[str, Value]) -> None:
    """Keep what the site tells about the visit, in place of what it told before.

    Raises:
        ConversationClosed: When the conversation was erased.
    """
    locked_unless_erased(session, conversation_id).context = dict(context)


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
    words, pressed = _checked(text, payload)
    conversation = queries.locked(session, conversation_id)
    known = queries.message_by_client_id(session, conversation_id, own_id)
    if known is not None:
        return Received(known, conversation, known.turn_id, repeated=True)
    if conversation.status == "closed":
        raise ConversationClosed
    if pressed is None:
        conversation.language = _language_of(conversation, words)
    message = next_message(conversation, "customer", words, payload=pressed, client_id=own_id)
    kind = pressed["kind"] if pressed else None
    if kind not in _DONE_AT_ONCE:
        customer_wrote(session, conversation)
    # What was split off is people's: the assistant answers in the chat that it comes from.
    answers = bot_in_charge(conversation.status) and conversation.channel != SPLIT
    if kind not in _DONE_AT_ONCE and answers:
        return _with_turn(session, conversation, message, ask_at_once)
    store(session, conversation, message)
    if pressed is None:
        renew_for(session, conversation.id)
    _do_at_once(session, conversation, kind, words)
    return Received(message, conversation, None, repeated=False)


def _checked(text: str | None, payload: dict[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
    """What a message says, and the button it stands for if it is a press of one."""
    if (text is None) == (payload is None):
        raise MessageRefused("text_or_payload")
    if text is not None:
        return clean_text(text), None
    pressed = payload or {}
    return payload_title(pressed), check_payload(pressed)


def _with_turn(session: Session, conversation: Conversation, message: Message, ask_at_once: bool) -> Received:
    work = open_for_message(session, conversation, message, ask_at_once)
    # Nobody asks while there is no line.
    first = not ask_at_once and newcomer(session, conversation)
    return Received(message, conversation, message.turn_id, repeated=False, work=work, newcomer=first)


def _language_of(conversation: Conversation, words: str) -> str:
    """The language of a message; Chinese that both scripts write alike is taken as the page or the talk before is."""
    told = conversation.language
    if has_cjk(words) and told == "en":
        told = conversation.page_language
    return detect(words, told)


def switch_language(session: Session, conversation_id: str, language: str) -> None:
    """The customer chose a language for the page and the talk."""
    conversation = locked_unless_erased(session, conversation_id)
    conversation.language = conversation.page_language = language


def _do_at_once(session: Session, conversation: Conversation, kind: str | None, words: str) -> None:
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
        _tell_waiting(session, conversation, conversation.queued_at, words)


def _tell_waiting(session: Session, conversation: Conversation, queued_at: datetime, words: str) -> None:
    """What they asked about the wait; else once that their words arrive, and how to go on with the assistant."""
    if notice(session, conversation, words):
        return
    if queries.said_since(session, conversation, queued_at) != 1:
        return
    text = translate(
        conversation.language,
        "A colleague has not joined yet. What you write is passed on; for an answer right away, go on with the "
        "assistant.",
    )
    add_message(session, conversation, "system", text, payload={"event": "still_waiting"})


def close(session: Session, conversation: Conversation) -> None:
    """End the chat at the customer's wish and ask for a rating, unless that was asked before."""
    move(conversation, "closed")
    conversation.closed_at = now()
    conversation.closed_by = "customer"
    payload: dict[str, Any] = {"event": "closed"}
    text = translate(conversation.language, "This chat has ended. Thank you for getting in touch.")
    if survey := asking.ask(session, conversation, "closed", conversation.id):
        text = translate(conversation.language, "This chat has ended. How satisfied were you with it?")
        payload["survey"] = survey
    add_message(session, conversation, "system", text, payload=payload)


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
        conversation.staff_id = conversation.supervisor_id = None
    before, conversation.status = conversation.status, status
    conversation.updated_at = now()
    tell_status(conversation, before)
