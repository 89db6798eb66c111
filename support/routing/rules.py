"""Whom a waiting case is offered to, and which team it belongs to. Pure.

Everything here is a preference, not a condition: a customer whose language nobody speaks is still offered to somebody.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Somebody who declined a case or let it pass is not asked for it again sooner, however few are there.
ASK_AGAIN_AFTER = timedelta(seconds=60)
# So many offers in a row without any answer, and the colleague counts as busy.
MISSED_BEFORE_BUSY = 2
TIERS = ("platinum", "gold", "silver", "")
SMALLEST_CAPACITY, LARGEST_CAPACITY = 1, 20

_CHINESE = ("zh-Hans", "zh-Hant")


@dataclass(frozen=True)
class WaitingCase:
    """A case that somebody has to be found for.

    Attributes:
        topics: Its reason, category and tags.
        language: The language the customer writes in now.
        team_id: The team it belongs to, if any.
        named_staff_id: The one person who looks after this customer, if any.
        asked: When each colleague was last offered it since the customer began to wait, unless they were cut short.
    """

    topics: Collection[str]
    language: str
    team_id: str | None = None
    named_staff_id: str | None = None
    asked: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class Colleague:
    """Somebody who may be asked.

    Attributes:
        presence: "online", "busy" or "away".
        seen: Whether a desk page of theirs is open.
        chats: How many live chats they have.
        offers: How many offers wait for their answer.
        skills, languages: What they know and write; empty for all.
        team_ids: The teams they belong to.
        last_offer_at: When they were last offered anything; None for never.
    """

    id: str
    name: str
    role: str = "agent"
    presence: str = "online"
    seen: bool = True
    chats: int = 0
    offers: int = 0
    capacity: int = 4
    skills: Collection[str] = ()
    languages: Collection[str] = ()
    team_ids: Collection[str] = ()
    last_offer_at: datetime | None = None

    @property
    def free(self) -> int:
        """How many more chats can be offered to them now."""
        if not self.seen or self.presence != "online":
            return 0
        return max(0, self.capacity - self.chats - self.offers)


@dataclass(frozen=True)
class Reason:
    """Why somebody was chosen: "named", "team", "language", "skill" or "fair", and what it is about."""

    code: str
    about: str = ""


@dataclass(frozen=True)
class Choice:
    """Whom a case is offered to, and why."""

    colleague: Colleague
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Answer:
    """How an offer ended ("accepted", "refused" or "expired"), when it was made and when it ended (UTC)."""

    state: str
    created_at: datetime
    answered_at: datetime


@dataclass(frozen=True)
class TeamSkills:
    """What a team takes by itself."""

    id: str
    name: str
    skills: Collection[str]


def fittest(case: WaitingCase, colleagues: Sequence[Colleague], moment: datetime) -> Choice | None:
    """The colleague who should be asked next; None while nobody may be.

    First comes the customer's own person, then agents before supervisors; among them the team's members, who writes
    the language, who knows the matter, who has waited longest since their last offer, and who has least to do.
    Whoever was asked before comes after everybody else who is free, and not sooner than ASK_AGAIN_AFTER.
    """
    asked = dict(case.asked)
    free = [each for each in colleagues if each.free]
    fresh = [each for each in free if each.id not in asked]
    if fresh:
        chosen = min(fresh, key=lambda each: _order(case, each))
    else:
        again = [each for each in free if moment - asked[each.id] >= ASK_AGAIN_AFTER]
        if not again:
            return None
        chosen = min(again, key=lambda each: (asked[each.id], each.name, each.id))
    return Choice(chosen, _reasons(case, chosen))


def team_for(topics: Collection[str], teams: Sequence[TeamSkills]) -> str | None:
    """The team that a new case belongs to: the first by name that names one of its topics."""
    fitting = [each for each in teams if set(topics) & set(each.skills)]
    return min(fitting, key=lambda each: (each.name, each.id)).id if fitting else None


def offers_too_many(colleague: Colleague) -> int:
    """How many of somebody's open offers have to be taken back."""
    if not colleague.seen or colleague.presence != "online":
        return colleague.offers
    return min(colleague.offers, max(0, colleague.chats + colleague.offers - colleague.capacity))


def counted(answers: Sequence[Answer]) -> list[str]:
    """Answers as `set_busy` counts them, newest first: the latest, and those still open when it was made, are one.

    Of such the best counts: whoever takes one of three chats at once has missed nothing.

    Args:
        answers: Somebody's settled offers, the latest answered first.
    """
    told: list[str] = []
    began: datetime | None = None
    for each in answers:
        # Only the latest one's beginning counts. Were it carried back with each that overlaps, offers that follow
        # each other closely would be one for ever, however many pass.
        if began is not None and each.answered_at > began:
            told[-1] = told[-1] if each.state == "expired" else each.state
        else:
            told.append(each.state)
            began = each.created_at
    return told


def set_busy(answers: Sequence[str]) -> bool:
    """Whether somebody misses what they are offered.

    Args:
        answers: States of their settled offers since they last chose their presence, as `counted`, newest first.
    """
    latest = answers[:MISSED_BEFORE_BUSY]
    return len(latest) == MISSED_BEFORE_BUSY and set(latest) == {"expired"}


def _order(case: WaitingCase, colleague: Colleague) -> tuple[object, ...]:
    last = colleague.last_offer_at
    return (
        colleague.id != case.named_staff_id,
        colleague.role != "agent",
        case.team_id not in colleague.team_ids if case.team_id else False,
        -_speaks(case, colleague),
        -_knows(case, colleague),
        last is not None,
        last.timestamp() if last else 0.0,
        colleague.chats + colleague.offers,
        colleague.name,
        colleague.id,
    )


def _speaks(case: WaitingCase, colleague: Colleague) -> int:
    """2 for the language itself, 1 for Chinese in the other script, 0 for neither."""
    if not colleague.languages or case.language in colleague.languages:
        return 2
    return int(case.language in _CHINESE and any(each in _CHINESE for each in colleague.languages))


def _knows(case: WaitingCase, colleague: Colleague) -> int:
    """2 for somebody who names the matter, 1 for somebody who does everything, 0 for another specialist."""
    if set(case.topics) & set(colleague.skills):
        return 2
    return int(not colleague.skills)


def _reasons(case: WaitingCase, colleague: Colleague) -> tuple[Reason, ...]:
    found = []
    if colleague.id == case.named_staff_id:
        found.append(Reason("named"))
    if case.team_id and case.team_id in colleague.team_ids:
        found.append(Reason("team"))
    if case.language in colleague.languages:
        found.append(Reason("language", case.language))
    known = sorted(set(case.topics) & set(colleague.skills))
    if known:
        found.append(Reason("skill", known[0]))
    return tuple(found) or (Reason("fair"),)
