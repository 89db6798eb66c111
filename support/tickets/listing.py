"""Lists of cases: views, filters, search and order as conditions of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select, true
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.staff.tables import Team, TeamMember
from support.tickets.order import LIVE, ORDERS
from support.tickets.queries import PAGE, TicketRow
from support.tickets.search import Search, search
from support.tickets.selection import COUNTED, ME, NOBODY, Selection
from support.tickets.states import OPEN_STATES
from support.tickets.tables import CaseDocument, Mention, Ticket, TicketTag

SETTLED_STATES = ("resolved", "closed")
IS_SETTLED = Ticket.state.in_(SETTLED_STATES)
IS_OPEN = Ticket.state.in_(OPEN_STATES) & Ticket.merged_into_id.is_(None)

_STEPS: dict[str, Any] = {
    "customers_turn": Ticket.waiting_since.is_(None),
    "less_than_red": Ticket.priority != "red",
    "not_in_the_chat": Conversation.status.not_in(LIVE),
    "waiting_since": func.coalesce(Conversation.queued_at, Ticket.waiting_since, Ticket.created_at),
    "oldest": Ticket.created_at,
    "newest": Ticket.created_at.desc(),
    "latest_change": Ticket.updated_at.desc(),
    "id": Ticket.id,
}


@dataclass(frozen=True)
class Listed:
    """A page of a list.

    Attributes:
        more: Whether another page follows.
        search: What was searched for.
    """

    rows: Sequence[TicketRow]
    more: bool
    search: Search | None


def listing(session: Session, selection: Selection, staff_id: str) -> Listed:
    """The cases that a colleague asked for."""
    searched = search(session, selection.q)
    wanted = _cases(searched).where(*_filters(selection, staff_id))
    first = (selection.page - 1) * PAGE
    parts = _parts(selection, staff_id, wanted, searched)
    found: list[str] = []
    for number, part in enumerate(parts):
        found += session.scalars(part.offset(first).limit(PAGE + 1 - len(found)))
        if len(found) > PAGE or number == len(parts) - 1:
            break
        # The next part goes on where this one ends.
        first = max(0, first - _count(session, part)) if not found else 0
    return Listed(_rows(session, found[:PAGE]), len(found) > PAGE, searched)


def counts(session: Session, staff_id: str, others: Mapping[str, Selection]) -> dict[str, int]:
    """How many cases are in each counted view (of mentions, those not seen yet), and in some other lists.

    Args:
        others: Lists of open cases, by any name.
    """
    moment = now()
    wanted = {view: _in_view(view, staff_id, moment) for view in COUNTED if view != "mentions"}
    for name, selection in others.items():
        wanted[name] = _in_view(selection.view, staff_id, moment)
        for each in _filters(selection, staff_id):
            wanted[name] &= each
    sums = [func.coalesce(func.sum(case((each, 1), else_=0)), 0) for each in wanted.values()]
    joined = select(*sums).select_from(Ticket).join(Conversation, Conversation.id == Ticket.conversation_id)
    found = dict(zip(wanted, session.execute(joined.where(IS_OPEN)).one(), strict=True))
    unseen = select(func.count(func.distinct(Mention.ticket_id))).where(
        Mention.staff_id == staff_id, Mention.seen_at.is_(None)
    )
    return found | {"mentions": session.scalar(unseen) or 0}


def tags_of(session: Session, ticket_ids: Sequence[str]) -> dict[str, list[str]]:
    """The tags of some cases."""
    found: dict[str, list[str]] = {}
    rows = (
        select(TicketTag.ticket_id, TicketTag.name).where(TicketTag.ticket_id.in_(ticket_ids)).order_by(TicketTag.name)
    )
    for ticket_id, name in session.execute(rows):
        found.setdefault(ticket_id, []).append(name)
    return found


def tags_in_use(session: Session, most: int) -> list[str]:
    """The tags that open cases carry, the commonest first."""
    tagged = select(TicketTag.name).join(Ticket, Ticket.id == TicketTag.ticket_id).where(IS_OPEN)
    return list(
        session.scalars(tagged.group_by(TicketTag.name).order_by(func.count().desc(), TicketTag.name).limit(most))
    )


def team_names(session: Session) -> dict[str, str]:
    """Names of all teams by id, in order."""
    return dict(session.execute(select(Team.id, Team.name).order_by(Team.name)).tuples().all())


def _rows(session: Session, ticket_ids: list[str]) -> list[TicketRow]:
    """Cases by their ids, in this order. What is sorted and passed over on the way to a page is ids alone."""
    query = (
        select(Ticket, Conversation, Customer)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.id.in_(ticket_ids))
    )
    rows = {row.Ticket.id: TicketRow(*row) for row in session.execute(query)}
    return [rows[each] for each in ticket_ids]


def _cases(searched: Search | None) -> Any:
    query: Any = select(Ticket.id).join(Conversation, Conversation.id == Ticket.conversation_id)
    if searched is None:
        return query
    return query.join(CaseDocument, CaseDocument.ticket_id == Ticket.id).where(searched.condition)


def _settled(selection: Selection, searched: Search | None) -> ColumnElement[bool]:
    if selection.tag or (searched is not None and searched.is_rare):
        return IS_SETTLED
    # There are many, so they are walked through in their order until a page is full. SQLite knows too little of its
    # rows to do so by itself: if it can go by the state, it sorts them all (0.7 s of 100,000).
    return func.coalesce(Ticket.state, "").in_(SETTLED_STATES)


def _parts(selection: Selection, staff_id: str, wanted: Select[Any], searched: Search | None) -> list[Select[Any]]:
    """A list as one query, or as several whose cases follow each other."""
    order = [_STEPS[step] for step in ORDERS[selection.sort]]
    settled = wanted.where(_settled(selection, searched))
    latest_settled = settled.order_by(Ticket.resolved_at.desc(), Ticket.id)
    if selection.view == "resolved" and selection.sort == "urgent":
        return [latest_settled]
    if selection.view == "found" and selection.sort == "urgent":
        # Nothing that is settled needs an answer.
        return [wanted.where(Ticket.state.in_(OPEN_STATES)).order_by(*order), latest_settled]
    if selection.view == "resolved":
        return [settled.order_by(*order)]
    seen: list[Any] = []
    if selection.view == "mentions":
        unseen = _mentioned(staff_id).where(Mention.seen_at.is_(None))
        seen = [Ticket.id.not_in(unseen)]
    return [wanted.where(_in_view(selection.view, staff_id, now())).order_by(*seen, *order)]


def _count(session: Session, part: Select[Any]) -> int:
    return session.scalar(part.order_by(None).with_only_columns(func.count())) or 0


def _in_view(view: str, staff_id: str, moment: datetime) -> ColumnElement[bool]:
    if view == "resolved":
        return IS_SETTLED
    if view == "found":
        return true()
    if view == "mentions":
        return Ticket.id.in_(_mentioned(staff_id))
    asleep = Ticket.snoozed_until.is_not(None) & (Ticket.snoozed_until > moment)
    if view == "snoozed":
        return IS_OPEN & asleep
    awake = IS_OPEN & ~asleep
    if view == "queue":
        return awake & Ticket.staff_id.is_(None)
    if view == "mine":
        return awake & (Ticket.staff_id == staff_id)
    if view == "team":
        return awake & Ticket.team_id.in_(select(TeamMember.team_id).where(TeamMember.staff_id == staff_id))
    return awake


def _mentioned(staff_id: str) -> Select[Any]:
    return select(Mention.ticket_id).where(Mention.staff_id == staff_id)


def _filters(selection: Selection, staff_id: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name, column in (
        ("priority", Ticket.priority),
        ("reason", Ticket.reason),
        ("category", Ticket.category),
        ("written_in", Ticket.language),
        ("channel", Conversation.channel),
    ):
        if value := getattr(selection, name):
            conditions.append(column == value)
    if selection.tag:
        conditions.append(Ticket.id.in_(select(TicketTag.ticket_id).where(TicketTag.name == selection.tag)))
    if selection.team:
        conditions.append(Ticket.team_id.is_(None) if selection.team == NOBODY else Ticket.team_id == selection.team)
    if selection.owner:
        owner = staff_id if selection.owner == ME else selection.owner
        conditions.append(Ticket.staff_id.is_(None) if selection.owner == NOBODY else Ticket.staff_id == owner)
    if selection.waiting == "us":
        conditions.append(Ticket.waiting_since.is_not(None))
    elif selection.waiting == "customer":
        conditions.append(Ticket.waiting_since.is_(None) & Ticket.state.in_(OPEN_STATES))
    return conditions
