"""How what a colleague says reaches the customer. None of these commit."""

from sqlalchemy.orm import Session

from storage.base import JsonObject
from support.conversations import queries as conversations
from support.conversations.tables import Conversation, Message
from support.conversations.writing import add_message
from support.mail.outbox import mail_reply
from support.tickets.split_chat import read_in
from support.tickets.tables import Ticket
from support.tickets.waiting import answered
from texts.catalogue import translate


def said(session: Session, ticket: Ticket, conversation: Conversation, message: Message) -> None:
    """A colleague said something (stored) in a (locked) case: the one way by which it goes on to the customer.

    Of a case that was split off it is said in the chat that the customer reads as well. By mail it goes when the
    customer is in no chat (see support/mail/outbox.py).
    """
    _say_in_chat(session, ticket, conversation, message)
    mail_reply(session, ticket, conversation, message)
    answered(ticket)


def notice_in_chat(session: Session, conversation: Conversation, text: str, payload: JsonObject) -> None:
    """Tell something of a case that was split off in the chat that its customer reads; nothing for other cases.

    Args:
        conversation: The case's own, locked.
        text: In the language of the conversation.
    """
    if (chat := _locked_chat(session, conversation)) is not None:
        add_message(session, chat, "system", text, language=conversation.language, payload=payload)


def _say_in_chat(session: Session, ticket: Ticket, conversation: Conversation, message: Message) -> None:
    chat = _locked_chat(session, conversation)
    if chat is None:
        return
    about: JsonObject = {"about": ticket.number}
    file = (message.payload or {}).get("file")
    # Beside a file the chat shows no words.
    words = translate(chat.language, "Here is a file for you: {file}", file=file["name"]) if file else message.text
    text = translate(chat.language, "About {number}: {words}", number=ticket.number, words=words)
    add_message(session, chat, "agent", text, staff_id=message.staff_id, payload=about)
    if file:
        add_message(session, chat, "agent", message.text, staff_id=message.staff_id, payload=about | {"file": file})


def _locked_chat(session: Session, conversation: Conversation) -> Conversation | None:
    found = read_in(session, conversation)
    if found is None:
        return None
    chat = conversations.locked(session, found.chat.id)
    # It may have been read before it was locked.
    session.refresh(chat)
    return chat if chat.token_hash and chat.customer_id == conversation.customer_id else None
