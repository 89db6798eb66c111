"""Reading what offers and waiting times are made from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.routing.rules import Answer, Colleague, TeamSkills, WaitingCase, counted, team_for
from support.routing.tables import Offer, QueueWait
from support.routing.waiting_time import MOST_WAITS, Wait, minutes_to_wait
from support.staff import queries as staff_queries
from support.staff.operations import present_since
from support.staff.tables import StaffMember
from support.tickets.states import OPEN_STATES
from support.tickets.tables import Ticket, TicketTag

# Offers that may be open at once, as many as the highest capacity.
MOST_TOGETHER = 20
# States of an offer that its colleague knew of and had time to answer.
_ANSWERED = ("accepted", "refused", "expired")
_ASKED_IN_VAIN = ("refused", "expired")


def team_of(session: Session, topics: Sequence[str]) -> str | None:
    """The team that a new case with these topics belongs to."""
    return team_for(topics, [TeamSkills(each.id, each.name, each.skills) for each in staff_queries.teams(session)])


def colleagues(session: Session) -> list[Colleague]:
    """Everybody who may serve customers, with what they have in hand."""
    seen_after = present_since()
    chats, offers, last = chats_in_hand(session), _open_offers(session), _last_offers(session)
    teams: dict[str, set[str]] = {}
    for team_id, member_ids in staff_queries.members(session).items():
        for staff_id in member_ids:
            teams.setdefault(staff_id, set()).add(team_id)
    return [
        Colleague(
            id=each.id,
            name=each.name,
            role=each.role,
            presence=each.presence,
            seen=each.seen_at is not None and each.seen_at > seen_after,
            chats=chats.get(each.id, 0),
            offers=offers.get(each.id, 0),
            capacity=each.capacity,
            skills=each.skills,
            languages=each.languages,
            team_ids=teams.get(each.id, set()),
            last_offer_at=last.get(each.id),
        )
        for each in staff_queries.serving(session)
    ]


def waiting_cases(session: Session, found: Sequence[tuple[Ticket, Conversation]]) -> list[WaitingCase]:
    """Queued cases as the rules take them, in the same order; a few statements for however many."""
    ids = [ticket.id for ticket, _ in found]
    tags: dict[str, list[str]] = {}
    for each in session.scalars(select(TicketTag).where(TicketTag.ticket_id.in_(ids)).order_by(TicketTag.name)):
        tags.setdefault(each.ticket_id, []).append(each.name)
    owners = {ticket.customer_id for ticket, _ in found}
    named = {
        row.id: row.named_staff_id
        for row in session.execute(select(Customer.id, Customer.named_staff_id).where(Customer.id.in_(owners)))
    }
    asked = _asked(session, ids)
    return [
        WaitingCase(
            topics=tuple(filter(None, (ticket.reason, ticket.category, *tags.get(ticket.id, ())))),
            language=conversation.language,
            team_id=ticket.team_id,
            named_staff_id=named.get(ticket.customer_id),
            asked=_latest(asked.get(ticket.id, ()), conversation.queued_at or ticket.created_at),
        )
        for ticket, conversation in found
    ]


def open_offers(session: Session) -> Sequence[Row[Offer, str, str]]:
    """Offers that wait for an answer, oldest first, with the state of the case and the status of its chat."""
    return session.execute(
        select(Offer, Ticket.state, Conversation.status)
        .join(Ticket, Ticket.id == Offer.ticket_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Offer.state == "open")
        .order_by(Offer.created_at, Offer.id)
    ).all()


def offers_to(session: Session, staff_id: str) -> Sequence[Row[Offer, Ticket, Conversation, Customer]]:
    """What waits for somebody's answer, oldest first, with the case, its chat and its customer."""
    return session.execute(
        select(Offer, Ticket, Conversation, Customer)
        .join(Ticket, Ticket.id == Offer.ticket_id)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Offer.state == "open", Offer.staff_id == staff_id)
        .order_by(Offer.created_at, Offer.id)
    ).all()


def open_offer_of(session: Session, ticket_id: str) -> Offer | None:
    """The offer of a case that waits for an answer."""
    return session.scalar(select(Offer).where(Offer.ticket_id == ticket_id, Offer.state == "open"))


def waiting_tickets(session: Session, conversation_ids: Sequence[str]) -> dict[str, tuple[Ticket, Conversation]]:
    """The open cases of queued conversations to which no offer is open, by conversation."""
    asked = select(Offer.ticket_id).where(Offer.state == "open")
    rows = session.execute(
        select(Ticket, Conversation)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Conversation.id.in_(conversation_ids), Ticket.state.in_(OPEN_STATES), Ticket.id.not_in(asked))
        .order_by(Ticket.created_at)
    )
    return {conversation.id: (ticket, conversation) for ticket, conversation in rows}


def latest_answers(session: Session, staff_id: str, since: datetime | None, limit: int) -> list[str]:
    """States of somebody's settled offers since a moment, newest first; those open together are one (see `counted`)."""
    query = select(Offer.state, Offer.created_at, Offer.answered_at).where(
        Offer.staff_id == staff_id, Offer.state.in_(_ANSWERED)
    )
    if since is not None:
        query = query.where(Offer.created_at >= since)
    rows = session.execute(query.order_by(Offer.answered_at.desc()).limit(limit * MOST_TOGETHER))
    return counted([Answer(state, made, ended) for state, made, ended in rows if ended is not None])[:limit]


def missed_offers(session: Session, member: StaffMember) -> bool:
    """Whether somebody is busy because offers passed without an answer, and not by their own choice."""
    if member.presence != "busy" or member.presence_at is None:
        return False
    query = select(Offer.id).where(Offer.staff_id == member.id, Offer.state == "expired")
    return session.scalar(query.where(Offer.answered_at == member.presence_at).limit(1)) is not None


def free_now(session: Session) -> int:
    """How many customers could be served at once beside those who are."""
    online = [each for each in staff_queries.serving(session) if each.presence == "online"]
    seen_after, chats = present_since(), chats_in_hand(session)
    return sum(
        max(0, each.capacity - chats.get(each.id, 0)) for each in online if each.seen_at and each.seen_at > seen_after
    )


def expected_minutes(session: Session, place: int) -> int | None:
    """About how many minutes somebody at a place of the queue waits; None when too little is known."""
    query = select(QueueWait.queued_at, QueueWait.ended_at, QueueWait.place, QueueWait.free)
    rows: Sequence[Any] = session.execute(
        query.where(QueueWait.state == "joined").order_by(QueueWait.ended_at.desc()).limit(MOST_WAITS)
    ).all()
    waits = [Wait((row.ended_at - row.queued_at).total_seconds(), row.place, row.free) for row in rows]
    return minutes_to_wait(place, free_now(session), waits) if waits else None


def chats_in_hand(session: Session) -> dict[str, int]:
    """How many live chats each colleague has, of those who have any."""
    # A mail in somebody's hands keeps nobody from a chat.
    query = select(Conversation.staff_id, func.count()).where(
        Conversation.status == "agent", Conversation.channel == "chat"
    )
    return {staff_id: count for staff_id, count in session.execute(query.group_by(Conversation.staff_id)) if staff_id}


def _open_offers(session: Session) -> dict[str, int]:
    query = select(Offer.staff_id, func.count().label("open")).where(Offer.state == "open").group_by(Offer.staff_id)
    return {row.staff_id: row.open for row in session.execute(query)}


def _last_offers(session: Session) -> dict[str, datetime]:
    latest = select(func.max(Offer.created_at)).where(Offer.staff_id == StaffMember.id).scalar_subquery()
    return {staff_id: moment for staff_id, moment in session.execute(select(StaffMember.id, latest)) if moment}


def _asked(session: Session, ticket_ids: Sequence[str]) -> dict[str, list[Offer]]:
    """Offers of some cases that were declined or passed."""
    found: dict[str, list[Offer]] = {}
    query = select(Offer).where(Offer.ticket_id.in_(ticket_ids), Offer.state.in_(_ASKED_IN_VAIN))
    for each in session.scalars(query.order_by(Offer.answered_at)):
        found.setdefault(each.ticket_id, []).append(each)
    return found


def _latest(asked: Sequence[Offer], since: datetime) -> tuple[tuple[str, datetime], ...]:
    """When each colleague answered last, of what was offered after a moment."""
    latest = {each.staff_id: each.answered_at for each in asked if each.created_at >= since and each.answered_at}
    return tuple(latest.items())
