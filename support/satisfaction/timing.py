"""When a customer is asked how it was, and for what: never twice for the same, never in a bad moment. Pure.

- CSAT (satisfaction) after every resolution; of the conversation itself once, when the customer ends it or leaves.
- CES (ease) once a conversation, after a task: a complaint filed, a case looked up or opened again.
- NPS (recommendation) at most once in 90 days, after a good rating.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from support.satisfaction.rules import is_good, is_low

# A resolution by a person, the chat ended by the customer, a goodbye, a task done, a rating just given, and a chat that
# was closed because nobody wrote any more.
Moment = Literal["resolved", "closed", "goodbye", "task", "rated", "idle"]

DAY = timedelta(hours=24)
NPS_PAUSE = timedelta(days=90)
# Of one conversation within a day, not counting those that follow a resolution.
MOST_A_DAY = 2
CHANGEABLE = timedelta(hours=24)


@dataclass(frozen=True)
class Asked:
    """A survey that was asked for in this conversation."""

    kind: str
    subject_id: str
    at: datetime
    skipped: bool = False


@dataclass(frozen=True)
class Given:
    """A rating that was given in this conversation."""

    kind: str
    subject_id: str
    score: int
    at: datetime


@dataclass(frozen=True)
class History:
    """What was asked and answered before.

    Attributes:
        asked: In this conversation.
        given: In this conversation; holds the rating that was just given too.
        last_nps: When this customer was last asked for an NPS or gave one, in whichever conversation.
    """

    asked: tuple[Asked, ...] = ()
    given: tuple[Given, ...] = ()
    last_nps: datetime | None = None

    @property
    def told(self) -> tuple[Asked | Given, ...]:
        """What was asked and what was given."""
        return (*self.asked, *self.given)


@dataclass(frozen=True)
class Occasion:
    """The moment in which something could be asked.

    Attributes:
        subject_id: What would be rated: the conversation, or the case that was resolved.
        at: Now.
        resolved_at: When the case was resolved; a case that was opened again and resolved anew is asked for anew.
        rating: The rating that was just given.
        urgent: A red case is open, or the customer is angry: nobody in danger or rage is asked for stars.
        person_in_charge: A person has the chat, or the customer waits for one.
        closed_by_itself: The chat was closed because nobody wrote any more.
    """

    moment: Moment
    conversation_id: str
    subject_id: str
    at: datetime
    resolved_at: datetime | None = None
    rating: Given | None = None
    urgent: bool = False
    person_in_charge: bool = False
    closed_by_itself: bool = False


def survey_due(occasion: Occasion, history: History) -> str | None:
    """The kind of survey to ask for now ("csat", "ces" or "nps"); None when nothing is asked."""
    if occasion.moment == "resolved":
        return "csat" if _newly_resolved(occasion, history) else None
    if occasion.moment == "idle" or occasion.closed_by_itself or occasion.urgent or _enough_today(occasion, history):
        return None
    if occasion.moment == "task":
        return "ces" if _ease_may_be_asked(occasion, history) else None
    if occasion.moment == "rated":
        return "nps" if _recommendation_may_be_asked(occasion, history) else None
    return "csat" if _conversation_may_be_asked(occasion, history) else None


def may_change(given_at: datetime, at: datetime) -> bool:
    """Whether a rating can still be replaced by another."""
    return at - given_at < CHANGEABLE


def is_open(asked: Asked, history: History) -> bool:
    """Whether a survey was neither answered nor skipped yet."""
    return not asked.skipped and not any(
        (each.kind, each.subject_id) == (asked.kind, asked.subject_id) and each.at >= asked.at for each in history.given
    )


def _newly_resolved(occasion: Occasion, history: History) -> bool:
    told = [each.at for each in history.told if _same(each, "csat", occasion.subject_id)]
    return not told or (occasion.resolved_at is not None and max(told) < occasion.resolved_at)


def _enough_today(occasion: Occasion, history: History) -> bool:
    within_a_day = [
        each
        for each in history.asked
        if _within(DAY, each.at, occasion) and not _follows_resolution(each, occasion.conversation_id)
    ]
    return len(within_a_day) >= MOST_A_DAY


def _follows_resolution(asked: Asked, conversation_id: str) -> bool:
    return asked.kind == "csat" and asked.subject_id != conversation_id


def _conversation_may_be_asked(occasion: Occasion, history: History) -> bool:
    satisfaction = [each for each in history.told if each.kind == "csat"]
    of_conversation = any(each.subject_id == occasion.subject_id for each in satisfaction)
    return not of_conversation and not any(_within(DAY, each.at, occasion) for each in satisfaction)


def _ease_may_be_asked(occasion: Occasion, history: History) -> bool:
    before = any(each.kind == "ces" for each in history.told)
    return not before and not occasion.person_in_charge and not _any_open(history)


def _recommendation_may_be_asked(occasion: Occasion, history: History) -> bool:
    rating = occasion.rating
    if rating is None or not is_good(rating.kind, rating.score) or occasion.person_in_charge or _any_open(history):
        return False
    if history.last_nps is not None and _within(NPS_PAUSE, history.last_nps, occasion):
        return False
    # Who was dissatisfied with something else today has other worries.
    return not any(
        is_low(each.kind, each.score) and _within(DAY, each.at, occasion)
        for each in history.given
        if not _same(each, rating.kind, rating.subject_id)
    )


def _any_open(history: History) -> bool:
    return any(is_open(each, history) for each in history.asked)


def _within(span: timedelta, at: datetime, occasion: Occasion) -> bool:
    return occasion.at - at < span


def _same(told: Asked | Given, kind: str, subject_id: str) -> bool:
    return (told.kind, told.subject_id) == (kind, subject_id)
