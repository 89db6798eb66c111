"""Taking ratings, and acting on the bad and the good ones. None of these commit."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from storage.base import JsonObject, now
from support.conversations import operations as conversations
from support.conversations.states import bot_in_charge
from support.conversations.tables import Conversation, Message
from support.conversations.writing import add_message
from support.handoff.rules import rating_needs_person, unhelpful_repeatedly
from support.integrations.outbox import note
from support.satisfaction import asking, queries
from support.satisfaction.rules import RatingRefused, check_rating
from support.satisfaction.tables import Rating
from support.satisfaction.timing import may_change
from support.tickets import queries as ticket_queries
from support.tickets.tables import Ticket
from support.turns.opening import open_turn
from texts.catalogue import translate


@dataclass(frozen=True)
class Rated:
    """A stored rating, and whether it opened a turn that hands the conversation over."""

    rating: Rating
    opened_turn: bool


class SurveyUnknown(Exception):
    """No such survey was asked for in this conversation."""


def rate(
    session: Session, conversation_id: str, kind: str, subject_id: str, score: int, reasons: list[str], comment: str
) -> Rated:
    """Store a rating; the same kind for the same subject again replaces it, for 24 hours.

    A bad rating, or the second answer called not helpful, opens a turn that hands the conversation to people; after a
    good one a recommendation is asked for, when that is due.

    Raises:
        RatingRefused: For a rating off its scale, a subject that is not part of this conversation, or a rating that
            can no longer be changed.
        ConversationClosed: When the conversation was erased.
    """
    check_rating(kind, score, reasons, comment)
    conversation = conversations.locked_unless_erased(session, conversation_id)
    subject_type = _subject_type(session, conversation, kind, subject_id)
    known = queries.same_rating(session, conversation_id, kind, subject_id)
    before = None if known is None or _asked_anew(session, known) else known
    said = (score, reasons, comment.strip())
    # A request that was sent twice, because its answer was lost on the way, says nothing new.
    if before is not None and (before.score, before.reasons, before.comment) == said:
        return Rated(before, opened_turn=False)
    if before is not None and not may_change(before.created_at, now()):
        raise RatingRefused("too_late")
    earlier_score = before.score if before else None
    rating = known or Rating(
        conversation_id=conversation_id, kind=kind, subject_type=subject_type, subject_id=subject_id
    )
    session.add(rating)
    rating.score, rating.reasons, rating.comment = said
    rating.updated_at = now()
    rating.created_at = before.created_at if before else rating.updated_at
    session.flush()
    note(session, "rating.given", conversation_id, lambda: _told(rating))
    return Rated(rating, opened_turn=score != earlier_score and _act_on(session, conversation, rating, earlier_score))


def _told(rating: Rating) -> JsonObject:
    """What programs are told of a rating: the figure, not the words."""
    return {
        "conversation_id": rating.conversation_id,
        "rating_id": rating.id,
        "kind": rating.kind,
        "subject_type": rating.subject_type,
        "subject_id": rating.subject_id,
        "score": rating.score,
    }


def _act_on(session: Session, conversation: Conversation, rating: Rating, earlier_score: int | None) -> bool:
    """Hand over after a bad rating, or ask for a recommendation after a good one; whether a turn was opened."""
    was_low = earlier_score is not None and rating_needs_person(rating.kind, earlier_score)
    reason = None if was_low else _reason_for_person(session, conversation, rating)
    if reason is None:
        _ask_for_recommendation(session, conversation, rating)
        return False
    if conversation.status == "closed":
        conversations.move(conversation, "bot")
    open_turn(session, conversation, trigger={"kind": "hand_off", "reason": reason})
    return True


def skip(session: Session, conversation_id: str, kind: str, subject_id: str) -> None:
    """Note that a survey was skipped; it can still be answered, and skipped again it stays as it is.

    Raises:
        SurveyUnknown: When no such survey was asked for in this conversation.
        ConversationClosed: When the conversation was erased.
    """
    conversations.locked_unless_erased(session, conversation_id)
    request = queries.survey_request(session, conversation_id, kind, subject_id)
    if request is None:
        raise SurveyUnknown
    request.skipped_at = request.skipped_at or now()
    session.flush()


def _asked_anew(session: Session, rating: Rating) -> bool:
    """Whether the same was asked for again since it was rated: the case was opened again and resolved anew."""
    request = queries.survey_request(session, rating.conversation_id, rating.kind, rating.subject_id)
    return request is not None and request.asked_at > rating.updated_at


def _ask_for_recommendation(session: Session, conversation: Conversation, rating: Rating) -> None:
    survey = asking.ask(session, conversation, "rated", conversation.id, rating=rating)
    if survey is not None:
        text = translate(
            conversation.language,
            "Thank you for your rating. One more question, if you like: how likely are you to recommend us? You can "
            "leave it out.",
        )
        add_message(session, conversation, "system", text, payload={"survey": survey})


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
