"""Reading what the desk shows of one case with all that belongs to it, and of feedback; lists stand in lists.py."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy.orm import Session

from support.complaints.rules import Complaint
from support.conversations import queries as conversations
from support.conversations.tables import Conversation, Message
from support.feedback import queries as feedback
from support.mail import queries as mail
from support.mail.outbox import goes_to
from support.satisfaction import queries as satisfaction
from support.satisfaction.rules import SCALES
from support.satisfaction.tables import Rating
from support.staff.queries import names
from support.tickets import queries, together_queries
from support.tickets.changes import TicketNotFound
from support.tickets.listing import tags_of, team_names
from support.tickets.split_chat import chat_of
from support.tickets.states import is_open
from support.tickets.tables import Ticket, TicketEvent
from web.desk.kept import links, merged_into, notes, read_in, split_from
from web.desk.list_schemas import FeedbackListOut, FeedbackOut
from web.desk.lists import Around, ticket_out
from web.desk.mail import mailed
from web.desk.schemas import CaseOut, EntryOut, EventOut, Mode, RatingOut
from web.desk.trail import mark_unanswered, trail_out

# The fields of the complaint form, in the order in which they are asked for.
FIELDS = tuple(each.name for each in fields(Complaint))


def case_view(session: Session, staff_id: str, ticket_id: str) -> CaseOut:
    """A case with everything that was said.

    Raises:
        TicketNotFound: For an unknown ticket.
    """
    row = queries.by_id(session, ticket_id)
    if row is None:
        raise TicketNotFound(ticket_id)
    ticket, conversation = row.ticket, row.conversation
    messages = conversations.transcript(session, conversation.id)
    events = queries.timeline(session, ticket_id)
    people = {ticket.staff_id, conversation.staff_id}
    people |= {each.staff_id for each in messages} | {each.staff_id for each in events}
    staff = names(session, {each for each in people if each})
    return CaseOut(
        ticket=ticket_out(row, staff, Around(tags=tags_of(session, [ticket.id]), teams=team_names(session))),
        mode=mode_of(ticket, conversation, staff_id),
        in_charge=staff.get(conversation.staff_id) if conversation.staff_id else None,
        chat_language=conversation.language,
        contact_email=ticket.contact_email,
        contact_phone=ticket.contact_phone,
        details=_told(ticket),
        resolution_note=ticket.resolution_note,
        transcript=_transcript(session, messages, conversation.id, staff),
        ratings=_ratings(satisfaction.of_conversation(session, conversation.id), messages),
        timeline=[_event(each, staff) for each in events],
        vouched=row.customer.external_id is not None,
        context=conversation.context,
        revision=ticket.revision,
        snoozed_until=ticket.snoozed_until,
        merged_into=merged_into(session, ticket),
        tags=together_queries.tags_of(session, ticket_id),
        links=links(session, ticket_id),
        notes=notes(session, ticket, messages),
        customer_id=ticket.customer_id,
        channel=conversation.channel,
        subject=ticket.subject,
        mails=mailed(session, ticket_id),
        reply_mailed_to=goes_to(session, ticket, conversation, chat_of(session, conversation)),
        split_from=split_from(session, conversation),
        read_in=read_in(session, conversation),
    )


def feedback_view(session: Session, kind: str, page: int = 1) -> FeedbackListOut:
    """A page of feedback, newest first; of all kinds when `kind` is empty."""
    found = feedback.listing(session, kind or None, page)
    return FeedbackListOut(
        kind=kind,
        page=page,
        more=len(found) == feedback.PAGE and bool(feedback.listing(session, kind or None, page + 1)),
        feedback=[FeedbackOut(each.number, each.kind, each.text, each.language, each.created_at) for each in found],
    )


def case_stamp(session: Session, ticket_id: str) -> tuple[object, ...] | None:
    """Values that differ whenever something about a case changed; None for an unknown ticket."""
    row = queries.by_id(session, ticket_id)
    if row is None:
        return None
    ratings = satisfaction.of_conversation(session, row.conversation.id)
    rated: datetime | None = max((each.updated_at for each in ratings), default=None)
    chat = row.conversation
    visit = (chat.customer_id, str(chat.context))
    mails = mail.stamp(session, ticket_id)
    return chat.last_seq, chat.status, chat.staff_id, chat.token_hash, row.ticket.revision, rated, visit, mails


def mode_of(ticket: Ticket, conversation: Conversation, staff_id: str) -> Mode:
    """Who has a case, seen by one colleague."""
    if not conversation.token_hash:
        return "erased"
    if not is_open(ticket.state):
        return "resolved"
    if conversation.status == "agent":
        if conversation.supervisor_id == staff_id:
            return "beside"
        return "mine" if conversation.staff_id == staff_id else "other"
    return "free"


def fitting_view(case: CaseOut, staff_id: str) -> str:
    """The view in which a case is found, when its address names none."""
    if not case.is_open:
        return "resolved"
    if case.mode == "mine" or case.ticket.owner_id == staff_id:
        return "mine"
    return "queue" if case.ticket.owner_id is None else "all"


def _told(ticket: Ticket) -> dict[str, str]:
    """What was told in a form, in the form's order, whatever order the database keeps it in."""
    details = ticket.details
    return {name: str(details[name]) for name in (*FIELDS, *sorted(details)) if details.get(name)}


def _transcript(
    session: Session, messages: Sequence[Message], conversation_id: str, staff: dict[str, str]
) -> list[EntryOut]:
    trails = {each.message_id: trail_out(each) for each in conversations.retrievals(session, conversation_id)}
    entries = [
        EntryOut(
            seq=each.seq,
            id=each.id,
            author=each.author,
            name=staff.get(each.staff_id) if each.staff_id else None,
            text=each.text,
            language=each.language,
            payload=each.payload,
            intent=each.intent,
            confidence=each.confidence,
            trail=trails.get(each.id),
            created_at=each.created_at,
        )
        for each in messages
    ]
    mark_unanswered(entries, {each.seq: each.turn_id for each in messages})
    return entries


def _ratings(ratings: Sequence[Rating], messages: Sequence[Message]) -> list[RatingOut]:
    numbers = {each.id: each.seq for each in messages}
    return [
        RatingOut(
            kind=each.kind,
            subject_type=each.subject_type,
            about=numbers.get(each.subject_id),
            score=each.score,
            highest=SCALES[each.kind][1],
            reasons=each.reasons,
            comment=each.comment,
            at=each.updated_at,
        )
        for each in ratings
    ]


def _event(event: TicketEvent, staff: dict[str, str]) -> EventOut:
    name = staff.get(event.staff_id) if event.staff_id else None
    if program := event.details.get("integration"):
        name = f"{name} ({program})" if name else str(program)
    return EventOut(event.position, event.kind, name, event.details, event.created_at, event.change_id)
