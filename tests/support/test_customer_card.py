"""The customer card: what is known about a customer, what staff change about it, and what the timeline tells."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.engine import Database
from support.conversations.tables import Conversation
from support.customers import queries
from support.customers.changing import CustomerNotFound, Wanted, change
from support.customers.finding import opened_after
from support.customers.joining import Known, together
from support.customers.operations import join
from support.customers.tables import Customer
from support.customers.tiers import DetailsRefused, checked_email, checked_phone
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.privacy.operations import erase_conversation
from support.satisfaction.tables import Rating
from support.satisfaction.trend import trend_of
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.changes import ConversationErased
from support.tickets.tables import Ticket
from tests.support.conftest import Chat, new_chat, staff


def case_of(chat: Chat, contact: str = "") -> str:
    """A case of this chat; its id."""
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "request", None, CaseFacts(contact=contact))
    return ticket_of(chat).id


def ticket_of(chat: Chat) -> Ticket:
    with chat.database.reading() as session:
        ticket = ticket_queries.latest_for(session, chat.id)
        assert ticket is not None
        return ticket


def customer_of(chat: Chat) -> Customer:
    with chat.database.reading() as session:
        return session.get_one(Customer, ticket_of(chat).customer_id)


def changed(chat: Chat, agent: StaffMember, **wanted: str) -> list[str]:
    """Change something from this chat's case; numbers of the cases that tell of it."""
    ticket = ticket_of(chat)
    with chat.database.writing() as session:
        member = session.get_one(StaffMember, agent.id)
        told = change(session, ticket.customer_id, member, Wanted(**wanted), ticket.id)
        return [each.number for each in told]


def told_changes(session: Session, ticket_id: str) -> list[object]:
    events = ticket_queries.timeline(session, ticket_id)
    return [each.details.get("changed") for each in events if each.kind == "customer_changed"]


def second_chat(chat: Chat) -> Chat:
    """Another conversation of the same customer."""
    other = new_chat(chat.database, "en")
    with chat.database.writing() as session:
        mine = session.get_one(Conversation, chat.id).customer_id
        session.get_one(Conversation, other.id).customer_id = mine
    return other


def test_a_tier_that_is_set_is_told_with_who_and_from_what_to_what(chat: Chat, agent: StaffMember) -> None:
    ticket = case_of(chat)
    changed(chat, agent, tier="gold")
    changed(chat, agent, tier="platinum")
    with chat.database.reading() as session:
        assert told_changes(session, ticket) == [
            [{"field": "tier", "from": "", "to": "gold"}],
            [{"field": "tier", "from": "gold", "to": "platinum"}],
        ]
        assert ticket_queries.timeline(session, ticket)[-1].staff_id == agent.id
    assert customer_of(chat).tier == "platinum"


def test_the_named_colleague_is_told_by_name(chat: Chat, agent: StaffMember) -> None:
    ticket = case_of(chat)
    changed(chat, agent, named_staff_id=agent.id)
    changed(chat, agent, named_staff_id="")
    with chat.database.reading() as session:
        assert told_changes(session, ticket) == [
            [{"field": "named", "from": "", "to": "Mei"}],
            [{"field": "named", "from": "Mei", "to": ""}],
        ]


def test_what_is_the_same_already_changes_nothing_and_is_not_told(chat: Chat, agent: StaffMember) -> None:
    ticket = case_of(chat, "anna@example.com")
    assert changed(chat, agent, tier="", email=" ANNA@example.com ", named_staff_id="") == []
    with chat.database.reading() as session:
        assert told_changes(session, ticket) == []


def test_a_contact_becomes_that_of_the_open_case_as_well(chat: Chat, agent: StaffMember) -> None:
    case_of(chat, "anna@example.com")
    changed(chat, agent, email="Li.Na@Example.org", phone="+86 138 0013 8000")
    assert (ticket_of(chat).contact_email, ticket_of(chat).contact_phone) == ("li.na@example.org", "+8613800138000")
    assert (customer_of(chat).email, customer_of(chat).phone) == ("li.na@example.org", "+8613800138000")


def test_a_contact_that_only_the_case_has_can_be_mended_too(chat: Chat, agent: StaffMember) -> None:
    case_of(chat, "anna@example.com")
    with chat.database.writing() as session:
        handoff.save_contact(session, chat.id, "wrong@example.com", None)
    assert changed(chat, agent, email="anna@example.com") == [ticket_of(chat).number]
    assert ticket_of(chat).contact_email == "anna@example.com"


def test_a_contact_can_be_taken_out(chat: Chat, agent: StaffMember) -> None:
    case_of(chat, "anna@example.com")
    changed(chat, agent, email="")
    assert (ticket_of(chat).contact_email, customer_of(chat).email) == (None, None)


@pytest.mark.parametrize("wanted", [{"email": "anna"}, {"phone": "12"}, {"tier": "diamond"}, {"named_staff_id": "x"}])
def test_what_cannot_be_right_is_refused_whole(chat: Chat, agent: StaffMember, wanted: dict[str, str]) -> None:
    ticket = case_of(chat)
    with pytest.raises(DetailsRefused, match=next(iter(wanted))):
        changed(chat, agent, **{"tier": "gold"} | wanted)
    assert customer_of(chat).tier == ""
    with chat.database.reading() as session:
        assert told_changes(session, ticket) == []


def test_an_editor_cannot_be_named_to_look_after_somebody(chat: Chat, agent: StaffMember) -> None:
    case_of(chat)
    with chat.database.writing() as session:
        editor = staff(session, "Yun", "editor").id
    with pytest.raises(DetailsRefused, match="named_staff_id"):
        changed(chat, agent, named_staff_id=editor)
    with chat.database.reading() as session:
        assert queries.colleagues(session) == [(agent.id, "Mei")]


def test_every_open_case_tells_a_change_once(chat: Chat, agent: StaffMember) -> None:
    first, other = case_of(chat), second_chat(chat)
    second = case_of(other)
    assert len(changed(chat, agent, tier="silver")) == 2
    with chat.database.reading() as session:
        assert [len(told_changes(session, each)) for each in (first, second)] == [1, 1]


def test_without_an_open_case_the_newest_one_tells_a_change(chat: Chat, agent: StaffMember) -> None:
    ticket = case_of(chat)
    customer = customer_of(chat).id
    with chat.database.writing() as session:
        member = session.get_one(StaffMember, agent.id)
        tickets.resolve(session, ticket, member, "service", "Done.")
    with chat.database.writing() as session:
        member = session.get_one(StaffMember, agent.id)
        assert [each.id for each in change(session, customer, member, Wanted(tier="gold"))] == [ticket]


def test_changes_at_the_same_moment_are_each_told_as_they_were_applied(chat: Chat, agent: StaffMember) -> None:
    ticket = case_of(chat)
    wanted = [("silver", "gold", "platinum")[number % 3] for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda tier: changed(chat, agent, tier=tier), wanted))
    with chat.database.reading() as session:
        steps = [each[0] for each in told_changes(session, ticket)]  # type: ignore[index]
    assert [each["from"] for each in steps] == ["", *[each["to"] for each in steps[:-1]]]
    assert customer_of(chat).tier == steps[-1]["to"]


def test_the_card_holds_past_cases_ratings_and_other_chats(chat: Chat, agent: StaffMember) -> None:
    old, other = case_of(chat), second_chat(chat)
    now = case_of(other)
    with chat.database.writing() as session:
        customer = session.get_one(Ticket, old).customer_id
        for number, score in enumerate((5, 4, 2)):
            rating = Rating(conversation_id=chat.id, kind="csat", subject_type="ticket", subject_id=f"s{number}")
            rating.score = score
            session.add(rating)
            session.flush()
        assert [each.id for each in queries.cases_of(session, customer, now)] == [old]
        assert queries.count_cases(session, customer) == 2
        assert sorted(each.score for each in queries.surveys_of(session, customer)) == [2, 4, 5]
        chats = queries.open_chats_of(session, customer, other.id)
        assert [(each.id, each.ticket_id) for each in chats] == [(chat.id, old)]


def test_what_was_erased_is_on_no_card(chat: Chat, agent: StaffMember) -> None:
    old, other = case_of(chat), second_chat(chat)
    case_of(other)
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
        customer = session.get_one(Ticket, old).customer_id
        assert old not in [each.id for each in queries.cases_of(session, customer)]
        assert queries.open_chats_of(session, customer, other.id) == []
    with pytest.raises(ConversationErased):
        changed(chat, agent, tier="gold")


def test_who_was_forgotten_gets_no_tier_any_more_and_keeps_none(chat: Chat, agent: StaffMember) -> None:
    ticket = case_of(chat)
    changed(chat, agent, tier="gold", named_staff_id=agent.id, email="anna@example.com")
    customer = customer_of(chat).id
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    with chat.database.writing() as session:
        kept = session.get_one(Customer, customer)
        assert (kept.tier, kept.named_staff_id, kept.email) == ("", None, None)
        assert told_changes(session, ticket) == [None]
        with pytest.raises(CustomerNotFound):
            change(session, customer, session.get_one(StaffMember, agent.id), Wanted(tier="gold"))


def test_who_signs_in_keeps_the_tier_they_were_given_before(database: Database, agent: StaffMember) -> None:
    chat = new_chat(database, "en")
    case_of(chat)
    changed(chat, agent, tier="gold", named_staff_id=agent.id)
    with database.writing() as session:
        signed = Customer(external_id="id-1", language="en")
        session.add(signed)
        session.flush()
        join(session, session.get_one(Customer, customer_of(chat).id), signed)
    assert (customer_of(chat).tier, customer_of(chat).named_staff_id) == ("gold", agent.id)


@pytest.mark.fast
def test_of_two_tiers_that_of_the_signed_customer_counts() -> None:
    assert together(Known(tier="silver"), Known(tier="gold", named_staff_id="m")) == Known(
        tier="silver", named_staff_id="m"
    )


@pytest.mark.fast
def test_an_address_or_number_is_taken_only_by_itself() -> None:
    assert checked_email(" Anna@Example.com ") == "anna@example.com"
    assert checked_phone("+49 (30) 123-4567") == "+49301234567"
    assert (checked_email("  "), checked_phone("")) == (None, None)
    for wrong in ("anna@example.com, bob@example.com", "mail anna@example.com", "anna@", "a@b.c\nBcc: x@example.com"):
        with pytest.raises(DetailsRefused, match="email"):
            checked_email(wrong)
    for wrong in ("call 13800138000", "123", "1234567890123456789", "order 13800138000"):
        with pytest.raises(DetailsRefused, match="phone"):
            checked_phone(wrong)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("kind", "scores", "trend"),
    [
        ("csat", [5, 2, 1], "better"),
        ("csat", [1, 5], "worse"),
        ("nps", [8, 8, 8], "same"),
        ("nps", [9, 3], "better"),
        ("ces", [7], None),
        ("ces", [], None),
    ],
)
def test_the_trend_compares_the_latest_rating_with_those_before(kind: str, scores: list[int], trend: str) -> None:
    assert trend_of(kind, scores) == trend


def test_a_customer_is_found_by_their_address_in_whatever_case_and_without_reading_all(database: Database) -> None:
    with database.writing() as session:
        session.add_all([Customer(email="Li.Na@Example.com"), Customer(email="li.na@example.com"), Customer()])
    with database.reading() as session:
        found = opened_after(session, "", " LI.NA@example.com ", None, 10)
        assert [each.email for each in found] == ["Li.Na@Example.com", "li.na@example.com"]
        if database.is_sqlite:
            plan = session.execute(
                text("EXPLAIN QUERY PLAN SELECT id FROM customer WHERE lower(email) = lower('x') "
                     "ORDER BY created_at, id LIMIT 10")
            ).all()  # fmt: skip
            assert "USING INDEX ix_customer_email_lower" in plan[0][3]
