"""Offering waiting cases to colleagues, and what becomes of the offers. None of these commit.

A case has one open offer at most, and a colleague never more open offers and live chats than their capacity. Whatever
is decided here is decided once the case is locked, so that it holds with several processes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.base import JsonObject, now
from support.conversations import queries as conversations
from support.conversations.rules import in_one_line
from support.routing import queries
from support.routing.rules import MISSED_BEFORE_BUSY, Choice, Colleague, fittest, offers_too_many, set_busy
from support.routing.tables import Offer
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.changes import locked, note_event
from support.tickets.states import is_open
from support.tickets.tables import Ticket

LONGEST_WHY = 200


class OfferNotFound(Exception):
    """There is no such offer to this colleague."""


class OfferGone(Exception):
    """The offer was answered, taken back or passed on before."""


@dataclass(frozen=True)
class Due:
    """What has to be done about the queue now.

    Attributes:
        withdraw, expire: Offers by id.
        offer: Cases by id, whoever is next first.
    """

    withdraw: tuple[str, ...] = ()
    expire: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()


def due(session: Session, making: bool = True) -> Due:
    """What has to be done; changes nothing.

    Args:
        making: Whether new offers are made; those that are open are looked after in any case.
    """
    opened = queries.open_offers(session)
    queue = conversations.waiting(session) if making else []
    if not opened and not queue:
        return Due()
    people = queries.colleagues(session)
    stale = [each for each, state, status in opened if status != "queued" or not is_open(state)]
    withdraw = [*stale, *_beyond_capacity([each for each, _, _ in opened if each not in stale], people)]
    gone = {each.id for each in withdraw}
    moment = now()
    expire = [each.id for each, _, _ in opened if each.id not in gone and each.expires_at <= moment]
    return Due(tuple(gone), tuple(expire), tuple(_offerable(session, queue, people, moment)))


def make_offer(session: Session, ticket_id: str, seconds: int) -> str | None:
    """Offer a waiting case to whom it fits best.

    Args:
        seconds: How long the colleague has to accept.

    Returns:
        The conversation of the case; None when it waits no more, or nobody may be asked now.
    """
    ticket, conversation = locked(session, ticket_id)
    waiting = conversation.status == "queued" and is_open(ticket.state)
    if not waiting or queries.open_offer_of(session, ticket_id) is not None:
        return None
    choice = _chosen(session, ticket)
    if choice is None:
        return None
    # Whoever offers or takes something else for the same colleague has to wait here, or is seen.
    session.scalars(select(StaffMember.id).where(StaffMember.id == choice.colleague.id).with_for_update()).one()
    session.expire_all()
    if _chosen(session, ticket) != choice:
        return None
    moment = now()
    because = [{"code": each.code, "about": each.about} for each in choice.reasons]
    offer = Offer(ticket_id=ticket_id, staff_id=choice.colleague.id, created_at=moment, because=because)
    offer.expires_at = moment + timedelta(seconds=seconds)
    session.add(offer)
    session.flush()
    note_event(session, ticket, "offered", choice.colleague.id, {"because": because})
    return ticket.conversation_id


def accept(session: Session, offer_id: str, member: StaffMember) -> Ticket:
    """Take the case that was offered, the same way as by hand; the same press twice takes it once.

    Raises:
        OfferNotFound: Unless it was offered to this colleague.
        OfferGone: When it passed on before.
        AlreadyTaken, ConversationErased, TicketMoveRefused: As `take`.
    """
    ticket, offer = _locked_offer(session, offer_id, member.id)
    if offer.state == "accepted" and ticket.staff_id == member.id:
        return ticket
    if offer.state != "open":
        raise OfferGone
    conversation = conversations.locked(session, ticket.conversation_id)
    if conversation.status not in {"queued", "agent"}:
        raise OfferGone
    taken = tickets.take(session, ticket.id, member)
    _settle(session, offer, "accepted")
    return taken


def refuse(session: Session, offer_id: str, member: StaffMember, why: str = "") -> Ticket:
    """Let somebody else be asked; the same press twice is one refusal.

    Args:
        why: The colleague's own words for the timeline, if any.

    Raises:
        OfferNotFound, OfferGone: As `accept`.
    """
    ticket, offer = _locked_offer(session, offer_id, member.id)
    if offer.state == "refused":
        return ticket
    if offer.state != "open":
        raise OfferGone
    _settle(session, offer, "refused")
    words = in_one_line(why, LONGEST_WHY)
    details: JsonObject = {"why": words} if words else {}
    note_event(session, ticket, "offer_refused", member.id, details)
    return ticket


def expire(session: Session, offer_id: str) -> str | None:
    """End an offer whose time is up; a colleague who missed several in a row is busy from then on.

    Returns:
        The conversation of the case; None when the offer was settled meanwhile.
    """
    ticket, offer = _locked_offer(session, offer_id)
    if offer.state != "open" or offer.expires_at > now():
        return None
    moment = _settle(session, offer, "expired")
    note_event(session, ticket, "offer_expired", offer.staff_id, {})
    member = session.scalars(select(StaffMember).where(StaffMember.id == offer.staff_id).with_for_update()).one()
    answers = queries.latest_answers(session, member.id, member.presence_at, MISSED_BEFORE_BUSY)
    if member.presence == "online" and set_busy(answers):
        member.presence, member.presence_at = "busy", moment
    session.flush()
    return ticket.conversation_id


def withdraw(session: Session, offer_id: str) -> str | None:
    """Take an offer back, because the case waits no more or the colleague cannot take it any more.

    Returns:
        The conversation of the case; None when the offer was settled meanwhile.
    """
    ticket, offer = _locked_offer(session, offer_id)
    if offer.state != "open":
        return None
    _settle(session, offer, "withdrawn")
    conversation = conversations.locked(session, ticket.conversation_id)
    if conversation.status == "queued" and is_open(ticket.state):
        # Whatever else ended it has a line of its own.
        note_event(session, ticket, "offer_withdrawn", offer.staff_id, {})
    return ticket.conversation_id


def _offerable(session: Session, queue: list[str], people: Iterable[Colleague], moment: datetime) -> Iterable[str]:
    """Cases that somebody may be asked to take now, as many as there are people."""
    standing = {each.id: each for each in people}
    if not any(each.free for each in standing.values()):
        return
    waiting = queries.waiting_tickets(session, queue)
    found = [waiting[each] for each in queue if each in waiting]
    for (ticket, _), case in zip(found, queries.waiting_cases(session, found), strict=True):
        if not any(each.free for each in standing.values()):
            return
        choice = fittest(case, list(standing.values()), moment)
        if choice is not None:
            asked = choice.colleague
            standing[asked.id] = replace(asked, offers=asked.offers + 1, last_offer_at=moment)
            yield ticket.id


def _chosen(session: Session, ticket: Ticket) -> Choice | None:
    conversation = conversations.locked(session, ticket.conversation_id)
    (case,) = queries.waiting_cases(session, [(ticket, conversation)])
    return fittest(case, queries.colleagues(session), now())


def _beyond_capacity(opened: list[Offer], people: Iterable[Colleague]) -> list[Offer]:
    """Offers to people who went, or have taken other chats by hand; the latest are taken back first."""
    known = {each.id: each for each in people}
    found = []
    for staff_id in {each.staff_id for each in opened}:
        theirs = [each for each in opened if each.staff_id == staff_id]
        colleague = known.get(staff_id)
        # What is taken back anyway is a chat of theirs by now, or nobody's.
        too_many = offers_too_many(replace(colleague, offers=len(theirs))) if colleague else len(theirs)
        found += theirs[len(theirs) - too_many :]
    return found


def _locked_offer(session: Session, offer_id: str, staff_id: str | None = None) -> tuple[Ticket, Offer]:
    """An offer and its case, which nobody else may change until this unit of work ends."""
    offer = session.get(Offer, offer_id)
    if offer is None or (staff_id is not None and offer.staff_id != staff_id):
        raise OfferNotFound(offer_id)
    ticket, _ = locked(session, offer.ticket_id)
    session.refresh(offer)
    return ticket, offer


def _settle(session: Session, offer: Offer, state: str) -> datetime:
    offer.state, offer.answered_at = state, now()
    session.flush()
    return offer.answered_at
