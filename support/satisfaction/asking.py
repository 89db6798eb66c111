"""Asking for a rating where the rules allow it (see timing.py), and noting that it was asked. None of these commit.

An action of the dialogue server only finds out what could be asked (`may_ask`). That it was asked is noted with the
message that asks, in the transaction that stores it: a turn that is asked again asks for the same, and a reply that is
never shown has asked for nothing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from storage.base import JsonObject, now
from support.conversations.states import person_in_charge
from support.conversations.tables import Conversation
from support.satisfaction import queries
from support.satisfaction.tables import Rating, SurveyRequest
from support.satisfaction.timing import Asked, Given, History, Moment, Occasion, survey_due
from support.tickets import queries as tickets

# The moment in which the bot asks for a survey of a kind.
_MOMENT_OF: dict[str, Moment] = {"csat": "goodbye", "ces": "task"}


def ask(
    session: Session,
    conversation: Conversation,
    moment: Moment,
    subject_id: str,
    resolved_at: datetime | None = None,
    rating: Rating | None = None,
) -> JsonObject | None:
    """Ask for the survey that is due in a (locked) conversation, and note that it was.

    Args:
        subject_id: What is to be rated: the conversation, or the case that was resolved.
        resolved_at: When that case was resolved.
        rating: The rating that was just given.

    Returns:
        The `survey` part of a message's payload; None when nothing is to be asked now.
    """
    at = now()
    kind = _due(session, conversation, moment, subject_id, at, resolved_at, rating)
    if kind is None:
        return None
    request = queries.survey_request(session, conversation.id, kind, subject_id)
    if request is None:
        request = SurveyRequest(conversation_id=conversation.id, kind=kind, subject_id=subject_id)
        session.add(request)
    request.customer_id = conversation.customer_id
    request.asked_at = at
    request.skipped_at = None
    session.flush()
    return {"kind": kind, "subject_id": subject_id}


def may_ask(session: Session, conversation_id: str, moment: Moment) -> JsonObject | None:
    """The survey of a conversation that could be asked for now, as `ask` would give it; notes nothing."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        return None
    kind = _due(session, conversation, moment, conversation_id, now())
    return {"kind": kind, "subject_id": conversation_id} if kind else None


def noted(session: Session, conversation: Conversation, payload: dict[str, Any] | None) -> dict[str, Any] | None:
    """The payload of a bot's message that is about to be stored in a (locked) conversation.

    Its survey is noted as asked; one that may not be asked any more, because another came in between, is left out.
    """
    if not payload or "survey" not in payload:
        return payload
    moment = _MOMENT_OF.get(payload["survey"].get("kind"))
    survey = ask(session, conversation, moment, conversation.id) if moment else None
    rest = {key: value for key, value in payload.items() if key != "survey"}
    return (rest | {"survey": survey} if survey else rest) or None


def _due(
    session: Session,
    conversation: Conversation,
    moment: Moment,
    subject_id: str,
    at: datetime,
    resolved_at: datetime | None = None,
    rating: Rating | None = None,
) -> str | None:
    if not conversation.token_hash:
        # Erased: nobody would read it.
        return None
    case = tickets.open_for(session, conversation.id)
    occasion = Occasion(
        moment,
        conversation.id,
        subject_id,
        at,
        resolved_at=resolved_at,
        rating=_given(rating) if rating else None,
        urgent=case is not None and case.priority == "red",
        person_in_charge=person_in_charge(conversation.status),
        closed_by_itself=conversation.status == "closed" and conversation.closed_by == "idle",
    )
    return survey_due(occasion, _history(session, conversation, with_nps=moment == "rated"))


def _history(session: Session, conversation: Conversation, with_nps: bool) -> History:
    asked = queries.survey_requests(session, conversation.id)
    given = queries.of_conversation(session, conversation.id)
    return History(
        asked=tuple(Asked(each.kind, each.subject_id, each.asked_at, each.skipped_at is not None) for each in asked),
        given=tuple(_given(each) for each in given),
        last_nps=queries.last_nps(session, conversation.customer_id) if with_nps else None,
    )


def _given(rating: Rating) -> Given:
    return Given(rating.kind, rating.subject_id, rating.score, rating.updated_at)
