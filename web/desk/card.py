"""Who the customer is, what they had before, what the case is about and what the assistant tried."""

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from support.customers import queries as customers
from support.customers.tables import Customer
from support.satisfaction.rules import SCALES
from support.satisfaction.trend import Trend, trend_of
from support.staff.tables import StaffMember
from support.tickets.summary import Summary
from support.tickets.summing_up import sum_up
from support.tickets.tables import Ticket
from web.desk.schemas import CaseOut, TrailOut
from web.desk.trail import last_searches


class PastCaseOut(msgspec.Struct):
    """Another case of the same customer."""

    id: str
    number: str
    state: str
    reason: str
    category: str | None
    created_at: datetime


class SurveyOut(msgspec.Struct):
    """How a customer answered one kind of survey, the latest first; `trend` compares the latest with the rest."""

    kind: str
    scores: list[int]
    highest: int
    trend: Trend | None
    at: datetime


class OtherChatOut(msgspec.Struct):
    """Another conversation of the same customer that goes on."""

    id: str
    status: str
    language: str
    ticket_id: str | None
    number: str | None
    updated_at: datetime


class CustomerOut(msgspec.Struct):
    """What is known about a customer.

    Attributes:
        tier: "", "silver", "gold" or "platinum".
        named: The colleague who looks after them.
        vouched: Whether the company's site signed them in.
        cases: How many cases they have in all.
    """

    id: str
    name: str | None
    tier: str
    named_staff_id: str | None
    named: str | None
    email: str | None
    phone: str | None
    language: str
    vouched: bool
    since: datetime
    cases: int
    past_cases: list[PastCaseOut]
    surveys: list[SurveyOut]
    other_chats: list[OtherChatOut]


class CardOut(msgspec.Struct):
    """What stands on the right of a case.

    Attributes:
        summary: What it is about, as it stands now.
        customer: None once the conversation was erased.
        searches: What the assistant searched since people had the chat last.
        colleagues: Id and name of everybody who can be named to look after a customer.
    """

    summary: Summary
    customer: CustomerOut | None
    searches: list[TrailOut]
    colleagues: list[tuple[str, str]]


def card_view(session: Session, member: StaffMember, case: CaseOut) -> CardOut:
    """The card of a case's customer; the case with everything that was said."""
    ticket = session.get_one(Ticket, case.ticket.id)
    known = None
    if case.mode != "erased":
        known = customer_view(session, session.get_one(Customer, ticket.customer_id), ticket)
    searches = last_searches([(each.author, each.payload, each.trail) for each in case.transcript])
    return CardOut(sum_up(session, ticket), known, searches, customers.colleagues(session))


def customer_view(session: Session, customer: Customer, ticket: Ticket | None = None) -> CustomerOut:
    """A customer, beside one of their cases when that is what is looked at."""
    named = session.get(StaffMember, customer.named_staff_id) if customer.named_staff_id else None
    chat = ticket.conversation_id if ticket else ""
    return CustomerOut(
        id=customer.id,
        name=customer.name,
        tier=customer.tier,
        named_staff_id=customer.named_staff_id,
        named=named.name if named else None,
        email=customer.email,
        phone=customer.phone,
        language=customer.language,
        vouched=customer.external_id is not None,
        since=customer.created_at,
        cases=customers.count_cases(session, customer.id),
        past_cases=[
            PastCaseOut(each.id, each.number, each.state, each.reason, each.category, each.created_at)
            for each in customers.cases_of(session, customer.id, ticket.id if ticket else None)
        ],
        surveys=_surveys(session, customer.id),
        other_chats=[
            OtherChatOut(each.id, each.status, each.language, each.ticket_id, each.number, each.updated_at)
            for each in customers.open_chats_of(session, customer.id, chat)
        ],
    )


def _surveys(session: Session, customer_id: str) -> list[SurveyOut]:
    """By kind, in the order of `customers.SURVEYS`."""
    given = customers.surveys_of(session, customer_id)
    found = []
    for kind in customers.SURVEYS:
        own = [each for each in given if each.kind == kind]
        if own:
            scores = [each.score for each in own]
            found.append(SurveyOut(kind, scores, SCALES[kind][1], trend_of(kind, scores), own[0].updated_at))
    return found
