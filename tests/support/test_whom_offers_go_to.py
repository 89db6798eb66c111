"""Whom offers go to: never beyond capacity, to named people and teams first, and which case comes next."""

from sqlalchemy import update

from storage.engine import Database
from support.conversations import queries as conversation_queries
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.routing.board import board
from support.staff.tables import StaffMember
from support.staff.teams import Profile, TeamFacts, save_profile, save_team
from support.tickets import handing_back
from support.tickets import operations as tickets
from tests.support.conftest import Chat, new_chat, staff
from tests.support.offers_made import accept, another, look_after, offers_to, the_offer
from tests.support.test_handoff import hand_off, ticket_of


def test_open_offers_and_chats_never_exceed_the_capacity(database: Database) -> None:
    mei = another(database, "Mei", capacity=2)
    chats = [new_chat(database) for _ in range(4)]
    for each in chats:
        hand_off(each)
    look_after(database)
    assert [each.ticket_id for each in offers_to(database, mei)] == [ticket_of(each).id for each in chats[:2]]
    accept(database, offers_to(database, mei)[0], mei)
    look_after(database)
    assert len(offers_to(database, mei)) == 1
    # A chat that is taken by hand pushes the open offer out.
    with database.writing() as session:
        tickets.take(session, ticket_of(chats[3]).id, mei)
    look_after(database)
    assert offers_to(database, mei) == []


def test_a_place_that_becomes_free_is_offered_to_whoever_waits(database: Database) -> None:
    mei = another(database, "Mei", capacity=1)
    first, second = new_chat(database), new_chat(database)
    hand_off(first)
    hand_off(second)
    look_after(database)
    ticket = accept(database, the_offer(database, mei), mei)
    look_after(database)
    assert offers_to(database, mei) == []
    with database.writing() as session:
        handing_back.hand_back(session, ticket.id, mei)
    look_after(database)
    assert the_offer(database, mei).ticket_id == ticket_of(second).id


def test_the_named_person_and_the_team_decide_over_fairness(database: Database) -> None:
    chat = new_chat(database, "zh-Hant")
    mei, tom = another(database, "Mei"), another(database, "Tom")
    with database.writing() as session:
        save_team(session, None, TeamFacts("Care", ["complaint"], [tom.id]))
        save_profile(session, mei.id, Profile(4, languages=["zh-Hant"]))
    hand_off(chat, "complaint")
    look_after(database)
    assert the_offer(database, tom).because == [{"code": "team", "about": ""}]
    named = new_chat(database, "zh-Hant")
    with database.writing() as session:
        owner = session.get_one(Conversation, named.id).customer_id
        session.execute(update(Customer).where(Customer.id == owner).values(named_staff_id=mei.id))
    hand_off(named, "complaint")
    look_after(database)
    assert the_offer(database, mei).because == [
        {"code": "named", "about": ""},
        {"code": "language", "about": "zh-Hant"},
    ]


def set_tier(chat: Chat, tier: str) -> None:
    with chat.database.writing() as session:
        owner = session.get_one(Conversation, chat.id).customer_id
        session.execute(update(Customer).where(Customer.id == owner).values(tier=tier))


def place(chat: Chat) -> int | None:
    with chat.database.reading() as session:
        return conversation_queries.place_in_queue(session, session.get_one(Conversation, chat.id))


def test_red_cases_come_first_then_the_tier_then_who_came_first(database: Database) -> None:
    mei = another(database, "Mei")
    plain, silver, gold, platinum, red, late_gold = chats = [new_chat(database) for _ in range(6)]
    for each, tier in ((silver, "silver"), (gold, "gold"), (platinum, "platinum"), (late_gold, "gold")):
        set_tier(each, tier)
    for each in chats:
        hand_off(each, "safety" if each is red else "request")
    order = [red, platinum, gold, late_gold, silver, plain]
    assert [place(each) for each in order] == [1, 2, 3, 4, 5, 6]
    with database.reading() as session:
        assert conversation_queries.waiting(session) == [each.id for each in order]
    look_after(database)
    offered = [each.ticket_id for each in offers_to(database, mei)]
    assert offered == [ticket_of(each).id for each in order[: mei.capacity]]


def test_a_new_case_belongs_to_the_team_that_names_its_reason(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        team = save_team(session, None, TeamFacts("Care", ["complaint"]))
    hand_off(chat, "complaint")
    assert ticket_of(chat).team_id == team.id


def test_the_board_tells_who_is_there_and_who_waits(chat: Chat, agent: StaffMember) -> None:
    other = new_chat(chat.database)
    hand_off(chat)
    hand_off(other)
    with chat.database.writing() as session:
        staff(session, "Tom", on_duty=False)
        tickets.take(session, ticket_of(chat).id, agent)
    with chat.database.reading() as session:
        shown = board(session)
    lines = {each.colleague.name: (each.presence, each.colleague.chats) for each in shown.lines}
    assert lines == {"Mei": ("online", 1), "Tom": ("gone", 0)}
    assert (shown.waiting, shown.free) == (1, 3)
    assert next(each for each in shown.lines if each.colleague.name == "Mei").longest_waiting is not None
