"""What the bot is given when people hand a chat back, and how far colleagues have read, on both databases."""

from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.handoff import operations as handoff
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import handing_back, live_chats
from support.tickets import operations as tickets
from support.tickets.handing_back import told_to_people
from support.tickets.reading import note_read
from support.tickets.tables import Ticket, TicketNote
from support.turns.rasa import turn_body
from tests.support.conftest import Chat, new_chat
from tests.support.test_transfer import taken, timeline


def hand_back(chat: Chat, ticket_id: str, member: StaffMember, note: str = "") -> None:
    with chat.database.writing() as session:
        handing_back.hand_back(session, ticket_id, member, note)


def test_the_bot_learns_who_wrote_about_which_case_and_what_was_told(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    chat.say("订单 LT-88412，邮箱 anna@example.com，多久能退款？")
    with chat.database.writing() as session:
        tickets.reply(session, ticket_id, agent, "三到五天。", "refund-time")
    chat.say("好")
    hand_back(chat, ticket_id, agent)
    work = chat.claim()
    assert work is not None
    context = turn_body(work)["metadata"]["handed_back"]
    assert (context["by"], context["number"], context["article"]) == ("Mei", "T-1001", "refund-time")
    assert context["told"] == {"order": "LT-88412", "email": "anna@example.com"}
    assert context["question"].startswith("订单 LT-88412")


def test_what_was_said_before_this_person_came_is_not_counted_as_said_to_them(chat: Chat, agent: StaffMember) -> None:
    chat.say("怎么退货，订单 LT-11111")
    chat.answer()
    ticket_id = taken(chat, agent)
    hand_back(chat, ticket_id, agent)
    work = chat.claim()
    assert work is not None and work.trigger is not None
    assert (work.trigger["told"], work.trigger["question"]) == ({}, "")


def test_a_contact_told_in_passing_is_kept_but_one_given_before_stays(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    with chat.database.writing() as session:
        session.get_one(Ticket, ticket_id).contact_phone = "0900000000"
    chat.say("anna@example.com 或者 0912 345 678")
    hand_back(chat, ticket_id, agent)
    with chat.database.reading() as session:
        ticket = session.get_one(Ticket, ticket_id)
        customer = session.get_one(Customer, session.get_one(Conversation, chat.id).customer_id)
        assert (ticket.contact_email, ticket.contact_phone) == ("anna@example.com", "0900000000")
        assert customer.email == "anna@example.com"


def test_the_note_is_kept_for_colleagues_and_stands_in_the_timeline(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    hand_back(chat, ticket_id, agent, " Refund is started. ")
    assert timeline(chat, ticket_id)[-1].details == {"why": "Refund is started."}
    with chat.database.reading() as session:
        assert [each.text for each in session.query(TicketNote)] == ["Refund is started."]


def test_nothing_of_it_is_left_once_the_customer_erases_the_chat(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    chat.say("订单 LT-88412")
    hand_back(chat, ticket_id, agent, "Angry about LT-88412")
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    with chat.database.reading() as session:
        assert session.query(TicketNote).count() == 0
        assert told_to_people(session, chat.id).order == ""
    assert [each.details for each in timeline(chat, ticket_id)] == [{}, {}, {}]


def test_a_form_that_ends_with_a_settled_case_tells_the_bot_nothing_of_people(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        agent = session.merge(agent)
        agent.presence = "away"
        session.flush()
        number = handoff.request(session, chat.id, "request", None).number
        ticket = session.query(Ticket).filter_by(number=number).one()
        tickets.resolve(session, ticket.id, agent, "delivery", "Done.")
    work = chat.claim()
    assert work is not None
    assert "handed_back" not in turn_body(work)["metadata"]


def test_unread_are_the_customers_words_after_those_that_were_read(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    chat.say("one")
    chat.say("two")

    def unread() -> list[int]:
        with chat.database.reading() as session:
            return [each.unread for each in live_chats.chats_of(session, agent.id)]

    assert unread() == [2]
    with chat.database.writing() as session:
        assert note_read(session, agent.id, ticket_id)
    assert unread() == [0]
    chat.say("three")
    assert unread() == [1]
    hand_back(chat, ticket_id, agent)
    assert unread() == []


def test_what_nobody_has_is_counted_with_the_newest(chat: Chat, agent: StaffMember) -> None:
    with chat.database.reading() as session:
        assert live_chats.waiting_cases(session) == live_chats.Waiting(0, None)
    taken(chat, agent)
    other = new_chat(chat.database)
    with chat.database.writing() as session:
        handoff.request(session, other.id, "request", None)
    with chat.database.reading() as session:
        found = live_chats.waiting_cases(session)
        assert found.count == 1
        assert found.newest == session.get_one(Conversation, other.id).queued_at
