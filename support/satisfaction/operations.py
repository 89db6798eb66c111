"""Taking ratings, and acting on the bad ones. None of these commit."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import operations as conversations
from support.conversations.states import bot_in_charge
from support.conversations.tables import Conversation, Message
from support.handoff.rules import rating_needs_person, unhelpful_repeatedly
from support.satisfaction import queries
from support.satisfaction.rules import RatingRefused, check_rating
from support.satisfaction.tables import Rating
from support.tickets import queries as ticket_queries
from support.tickets.tables import Ticket
from support.turns.opening import open_turn


@dataclass(frozen=True)
class Rated:
    """A stored rating, and whether it opened a turn that hands the conversation over."""

    rating: Rating
    opened_turn: bool


def rate(
    session: Session, conversation_id: str, kind: str, subject_id: str, score: int, reasons: list[str], comment: str
) -> Rated:
    """Store a rating; the same kind for the same subject again replaces it.

    A bad rating, or the second answer called not helpful, opens a turn that hands the conversation to people.

    Raises:
        RatingRefused: For a rating off its scale, or a subject that is not part of this conversation.
        ConversationClosed: When the conversation was erased.
    """
    check_rating(kind, score, reasons, comment)
    conversation = conversations.locked_unless_erased(session, conversation_id)
    subject_type = _subject_type(session, conversation, kind, subject_id)
    rating = queries.same_rating(session, conversation_id, kind, subject_id)
    was_low = rating is not None and rating_needs_person(kind, rating.score)
    # A request that was sent twice, because its answer was lost on the way, says nothing new.
    repeated = rating is not None and rating.score == score
    if rating is None:
        rating = Rating(
            conversation_id=conversation_id, kind=kind, subject_type=subject_type, subject_id=subject_id, score=score
        )
        session.add(rating)
    rating.score = score
    rating.reasons = reasons
    rating.comment = comment.strip()
    rating.updated_at = now()
    session.flush()
    reason = None if was_low or repeated else _reason_for_person(session, conversation, rating)
    if reason is None:
        return Rated(rating, opened_turn=False)
    if conversation.status == "closed":
        conversations.move(conversation, "bot")
    open_turn(session, conversation, trigger={"kind": "hand_off", "reason": reason})
    return Rated(rating, opened_turn=True)


def _subject_type(session: Session, conversation: Conversation, kind: str, subject_id: str) -> str:
    """What is rated; anything that is not part of this conversation is refused."""
    if kind == "helpful":
        message = session.get(Message, subject_id)
        own = message is not None and message.conversation_id == conversation.id and message.author == "bot"
        if not own:
            raise RatingRefused("subject")
        return "message"
    if subject_id == conversation.id:
        return "conversation"
    ticket = session.get(Ticket, subject_id)
    if ticket is None or ticket.conversation_id != conversation.id:
        raise RatingRefused("subject")
    return "ticket"


def _reason_for_person(session: Session, conversation: Conversation, rating: Rating) -> str | None:
    if not (bot_in_charge(conversation.status) or conversation.status == "closed"):
        return None
    if ticket_queries.open_for(session, conversation.id) is not None:
        return None
    if rating_needs_person(rating.kind, rating.score):
        return "low_rating"
    if rating.kind == "helpful" and rating.score == 0:
        latest = ticket_queries.latest_for(session, conversation.id)
        since = latest.created_at if latest else None
        if unhelpful_repeatedly(queries.unhelpful_since(session, conversation.id, since)):
            return "not_helpful"
    return None
