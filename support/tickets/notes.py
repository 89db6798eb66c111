"""Words that only colleagues read, and who is named in them. None of these commit."""

from dataclasses import replace

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from storage.base import new_id, now
from support.conversations.rules import clean_text, visible
from support.conversations.tables import Conversation
from support.staff.queries import colleagues
from support.staff.tables import StaffMember
from support.tickets.changes import Caller, begin
from support.tickets.mentions import mentioned
from support.tickets.operations import LONGEST_NOTE, NoteTooLong
from support.tickets.tables import Mention, Ticket, TicketNote


def add_note(session: Session, ticket_id: str, caller: Caller, text: str) -> Ticket:
    """Keep words with a case that only colleagues read; whoever is named in them (@Mei Lin) finds it in their list.

    Raises:
        TicketNotFound, Outdated, ConversationErased, ChangeRefused: As `changes.begin`.
        MessageRefused: For an empty or overlong text.
    """
    words = clean_text(text)
    # A note says by itself why it was written.
    change = begin(session, ticket_id, replace(caller, why=""), unless_erased=True)
    if change.repeated:
        return change.ticket
    note = TicketNote(
        id=new_id(),
        ticket_id=ticket_id,
        staff_id=caller.member.id,
        text=words,
        seq=change.conversation.last_seq,
        created_at=now(),
    )
    session.add(note)
    session.flush()
    named = [each for each in mentioned(words, colleagues(session)) if each != caller.member.id]
    session.add_all(Mention(note_id=note.id, staff_id=each, ticket_id=ticket_id) for each in named)
    # Not the words themselves: they stand in the note, and go with it.
    change.note(session, "noted", {"note_id": note.id})
    return change.ticket


def see_mentions(session: Session, ticket_id: str, staff_id: str) -> bool:
    """Somebody opened a case: what named them there is seen; says whether anything was."""
    seen = (
        update(Mention)
        .where(Mention.ticket_id == ticket_id, Mention.staff_id == staff_id, Mention.seen_at.is_(None))
        .values(seen_at=now())
        .execution_options(synchronize_session=False)
    )
    done = session.execute(seen)
    assert isinstance(done, CursorResult)
    return done.rowcount > 0


def checked_note(note: str) -> str:
    """The visible text of a note, without space around it.

    Raises:
        NoteTooLong: Past LONGEST_NOTE characters.
    """
    kept = visible(note).strip()
    if len(kept) > LONGEST_NOTE:
        raise NoteTooLong
    return kept


def keep_note(
    session: Session, ticket: Ticket, conversation: Conversation, member: StaffMember, note: str
) -> TicketNote | None:
    """Keep words that only colleagues read with a (locked) case; None when there are none."""
    if not note:
        return None
    kept = TicketNote(ticket_id=ticket.id, staff_id=member.id, text=note, seq=conversation.last_seq)
    session.add(kept)
    session.flush()
    return kept
