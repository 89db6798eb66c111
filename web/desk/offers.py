"""What is offered to a colleague, and whether they are there, as the desk shows it and the staff API gives it."""

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from storage.base import now
from support.routing import queries
from support.staff.operations import token_hash
from support.staff.queries import by_session
from support.staff.tables import StaffMember
from support.tickets.states import CATEGORIES, REASONS
from web.desk.labels import label


class BecauseOut(msgspec.Struct):
    """Why it is offered to this colleague: "named", "team", "language", "skill" or "fair", and what it is about."""

    code: str
    about: str


class OfferOut(msgspec.Struct):
    """A waiting case that one colleague is asked to take.

    Attributes:
        first_words: The first line of the case's summary.
        seconds_left, seconds: How long there is still to accept, of how long altogether.
    """

    id: str
    ticket_id: str
    number: str
    customer: str | None
    tier: str
    language: str
    reason: str
    priority: str
    first_words: str
    because: list[BecauseOut]
    waiting_since: datetime | None
    expires_at: datetime
    seconds_left: int
    seconds: int


class PresenceOut(msgspec.Struct):
    """Whether somebody is there.

    Attributes:
        presence: "online", "busy" or "away".
        missed: Whether they are busy because offers passed without an answer.
        chats, capacity: How many live chats they have, of how many.
        offers: How many offers wait for their answer.
    """

    presence: str
    missed: bool
    chats: int
    capacity: int
    offers: int


class PresenceIn(msgspec.Struct):
    """What somebody wants to be: online, busy or away."""

    presence: str


class RefusalIn(msgspec.Struct):
    """Why an offer is declined, if the colleague says so."""

    why: str = ""


def offers_view(session: Session, staff_id: str) -> list[OfferOut]:
    """What waits for somebody's answer, oldest first."""
    moment = now()
    return [
        OfferOut(
            id=offer.id,
            ticket_id=ticket.id,
            number=ticket.number,
            customer=customer.name,
            tier=customer.tier,
            language=conversation.language,
            reason=ticket.reason,
            priority=ticket.priority,
            first_words=next(iter(ticket.summary.splitlines()), ""),
            because=[BecauseOut(each["code"], each["about"]) for each in offer.because],
            waiting_since=conversation.queued_at,
            expires_at=offer.expires_at,
            seconds_left=max(0, round((offer.expires_at - moment).total_seconds())),
            seconds=round((offer.expires_at - offer.created_at).total_seconds()),
        )
        for offer, ticket, conversation, customer in queries.offers_to(session, staff_id)
    ]


def presence_view(session: Session, staff_id: str) -> PresenceOut:
    """Whether somebody is there, and how much they have in hand."""
    member = session.get_one(StaffMember, staff_id)
    standing = {each.id: each for each in queries.colleagues(session)}.get(staff_id)
    return PresenceOut(
        presence=member.presence,
        missed=queries.missed_offers(session, member),
        chats=standing.chats if standing else 0,
        capacity=member.capacity,
        offers=standing.offers if standing else 0,
    )


def offers_stamp(session: Session, token: str) -> tuple[object, ...]:
    """Values that differ whenever what is offered to a session's owner changed, or their presence."""
    member = by_session(session, token_hash(token))
    if member is None:
        return ()
    offered = tuple(row[0].id for row in queries.offers_to(session, member.id))
    return member.presence, member.presence_at, offered


def because_words(language: str, because: BecauseOut) -> str:
    """Why a case is offered to its reader, in their language."""
    about = because.about
    if because.code == "language":
        about = label(language, "language_name", about)
    elif about in REASONS:
        about = label(language, "reason", about)
    elif about in CATEGORIES:
        about = label(language, "category", about)
    return label(language, "offer_reason", because.code, about=about)
