"""Files as messages, both ways. Only `keep` commits: the bytes must lie there before a row tells of them."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage.base import JsonObject
from storage.engine import Database
from support.conversations import queries as conversations
from support.conversations.operations import ConversationClosed
from support.conversations.rules import check_client_id
from support.conversations.states import bot_in_charge
from support.conversations.tables import Conversation, Message
from support.conversations.writing import add_message
from support.files import queries
from support.files.preparing import Prepared
from support.files.rules import address, check_room
from support.files.store import FileStore
from support.files.tables import StoredFile
from support.staff.tables import StaffMember
from support.tickets.operations import in_charge
from support.tickets.saying import said
from support.tickets.tables import Ticket
from support.tickets.waiting import customer_wrote
from texts.catalogue import translate

# A file that is being written has no row yet.
SWEEP_AFTER_SECONDS = 3600.0


@dataclass(frozen=True)
class Kept:
    """What became of a file.

    Attributes:
        repeated: Whether its message was here before; then nothing was added.
        ticket: The case in which an agent sent it.
    """

    message: Message
    repeated: bool = False
    ticket: Ticket | None = None


async def keep(database: Database, store: FileStore, file: Prepared, work: Callable[[Session], Kept]) -> Kept:
    """Write a file's bytes, then its message in one transaction; the bytes go when there is to be no message.

    Args:
        work: `receive` or `send` for this file.

    Raises:
        FileRefused: `no_room` when the disk is nearly full, and what `work` raises.
    """
    await asyncio.to_thread(store.write, file.id, file.content)
    try:
        kept = await database.write(work)
    # A request given up on is no failure: its transaction may still commit, and if not, the sweep removes the file.
    except Exception:
        await asyncio.to_thread(store.delete, [file.id])
        raise
    if kept.repeated:
        await asyncio.to_thread(store.delete, [file.id])
    return kept


def expected(session: Session, conversation_id: str, client_id: str) -> Message | None:
    """Before a file is looked at: the message it would be a repetition of, or None when it may come.

    Raises:
        MessageRefused: `client_id` when that is no UUID.
        ConversationClosed: When the conversation is over.
        FileRefused: `full` when it holds as many files as it may.
    """
    known = conversations.message_by_client_id(session, conversation_id, check_client_id(client_id))
    if known is None:
        if session.get_one(Conversation, conversation_id).status == "closed":
            raise ConversationClosed
        _check_room(session, conversation_id)
    return known


def receive(session: Session, conversation_id: str, client_id: str, file: Prepared) -> Kept:
    """Take in a customer's file; the same client id again is the same message.

    Raises:
        MessageRefused, ConversationClosed, FileRefused: As `expected`.
    """
    own_id = check_client_id(client_id)
    conversation = conversations.locked(session, conversation_id)
    known = expected(session, conversation_id, own_id)
    if known is not None:
        return Kept(known, repeated=True)
    in_a_row = queries.sent_a_file_last(session, conversation_id)
    message = _add(session, conversation, file, "customer", client_id=own_id)
    customer_wrote(session, conversation)
    if bot_in_charge(conversation.status) and not in_a_row:
        _say_who_can_look(session, conversation)
    return Kept(message)


def send(session: Session, ticket_id: str, member: StaffMember, file: Prepared) -> Kept:
    """Send an agent's file to the customer.

    Raises:
        TicketNotFound: For an unknown ticket.
        NotInCharge: When somebody else, or the bot, has the chat.
        FileRefused: `full` when the conversation holds as many files as it may.
    """
    ticket, conversation = in_charge(session, ticket_id, member)
    message = _add(session, conversation, file, "agent", staff_id=member.id)
    said(session, ticket, conversation, message)
    return Kept(message, ticket=ticket)


def add_from_mail(session: Session, conversation: Conversation, file: Prepared, told: JsonObject | None) -> Message:
    """Take in a file that came with a customer's mail into their (locked) conversation.

    Args:
        told: What colleagues are told of the mail; None where another message tells it.

    Raises:
        FileRefused: `full` when the conversation holds as many files as it may.
    """
    return _add(session, conversation, file, "customer", {"mail": told} if told is not None else None)


def sweep(database: Database, store: FileStore, older_than: float = SWEEP_AFTER_SECONDS) -> int:
    """Remove the files that no row tells of any more; how many there were.

    Files older than the database's first conversation stay: somebody started with another database by mistake, and
    must not lose what belongs to the right one.

    Args:
        older_than: Seconds for which a file has lain there at least.
    """
    with database.reading() as session:
        began = queries.first_conversation_at(session)
        if began is None:
            return 0
        ids = store.ids_written(began.timestamp(), time.time() - older_than)
        gone = set(ids) - queries.known_ids(session, ids)
    store.delete(gone)
    return len(gone)


def _add(
    session: Session,
    conversation: Conversation,
    file: Prepared,
    author: str,
    told: JsonObject | None = None,
    **fields: str,
) -> Message:
    """The message of a file and the row that tells where it is; `told` stands beside the file in its payload."""
    _check_room(session, conversation.id, len(file.content))
    key = secrets.token_urlsafe(32)
    payload = _payload(file, key) | (told or {})
    message = add_message(session, conversation, author, file.name, payload=payload, **fields)
    session.add(
        StoredFile(
            id=file.id,
            key=key,
            conversation_id=conversation.id,
            message_id=message.id,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            width=file.width,
            height=file.height,
        )
    )
    session.flush()
    return message


def _payload(file: Prepared, key: str) -> JsonObject:
    return {
        "file": {
            "id": file.id,
            "name": file.name,
            "media_type": file.media_type,
            "size": len(file.content),
            "width": file.width,
            "height": file.height,
            "address": address(key, file.name),
        }
    }


def _check_room(session: Session, conversation_id: str, size: int = 0) -> None:
    found = queries.room(session, conversation_id)
    check_room(found.files, found.total, size)


def _say_who_can_look(session: Session, conversation: Conversation) -> None:
    """The bot says honestly that it cannot look into files; where a case waits already, who will."""
    language = conversation.language
    if conversation.status == "bot":
        words = translate(
            language,
            "Thank you, your file is kept with this conversation. I cannot look into files myself; a colleague can. "
            "Tell me in words what it is about, or talk to a person.",
        )
        add_message(session, conversation, "bot", words, payload={"offer": ["person"]})
        return
    words = translate(
        language,
        "Thank you, your file is kept with your case. I cannot look into files myself; the colleague who takes your "
        "case will.",
    )
    add_message(session, conversation, "bot", words)
