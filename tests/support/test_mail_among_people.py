"""Cases that go on by mail, in the hands of people: no live chat, and nobody's words in another customer's case."""

import pytest
from sqlalchemy import select

from storage.engine import Database
from support.conversations.tables import Conversation
from support.handoff.release import leave_chats
from support.handoff.transfer import transfer
from support.mail.rules import MOST_RECEIVED_AN_HOUR
from support.mail.tables import OutgoingMail
from support.privacy.operations import erase_customer
from support.routing.queries import free_now
from support.staff.tables import StaffMember, Team
from support.tickets import operations as tickets
from support.tickets.changes import Caller
from support.tickets.merging import merge
from support.tickets.queries import timeline
from support.tickets.tables import Ticket
from support.tickets.tags import add_tag
from support.tickets.together_queries import tags_of
from tests.support.conftest import Chat, staff
from tests.support.mail_fixtures import REPORT, arrives, case_of, mail_from, received, said_in, sent, with_mail
from tests.support.test_handoff import hand_off

TOM = "tom@example.com"


@pytest.fixture
def mailed(database: Database) -> Ticket:
    """A case that came by mail, from Tom."""
    with_mail(database)
    arrives(database, mail_from(sender=TOM, text="My kettle is loud."))
    with database.reading() as session:
        return session.scalars(select(Ticket).where(Ticket.contact_email == TOM)).one()


def row(database: Database, ticket_id: str) -> tuple[Ticket, Conversation]:
    with database.reading() as session:
        ticket = session.get_one(Ticket, ticket_id)
        return ticket, session.get_one(Conversation, ticket.conversation_id)


def test_a_mail_in_somebodys_hands_keeps_nobody_from_a_chat(database: Database, mailed: Ticket) -> None:
    with database.writing() as session:
        mei = staff(session)
        before = free_now(session)
        tickets.take(session, mailed.id, mei)
        assert free_now(session) == before == mei.capacity


def test_mail_cases_stay_with_their_owner_who_goes_home(database: Database, mailed: Ticket, agent: StaffMember) -> None:
    with database.writing() as session:
        tickets.take(session, mailed.id, agent)
    with database.writing() as session:
        assert leave_chats(session, session.get_one(StaffMember, agent.id)) == []
    assert row(database, mailed.id)[0].staff_id == agent.id


def test_a_mail_case_passed_to_a_team_stands_in_its_list_and_in_no_queue(
    database: Database, mailed: Ticket, agent: StaffMember
) -> None:
    with database.writing() as session:
        session.add(Team(id="t-1", name="Returns", skills=[]))
        session.flush()
        tickets.take(session, mailed.id, agent)
        transfer(session, mailed.id, Caller(agent), to_team_id="t-1", note="")
    ticket, conversation = row(database, mailed.id)
    assert (ticket.team_id, ticket.staff_id, conversation.status) == ("t-1", None, "offline")


def test_a_mail_case_can_be_passed_to_a_colleague_who_is_away(
    database: Database, mailed: Ticket, agent: StaffMember
) -> None:
    with database.writing() as session:
        away = staff(session, "Tom", on_duty=False)
        tickets.take(session, mailed.id, agent)
        said = len(said_in(database, mailed.conversation_id))
        transfer(session, mailed.id, Caller(agent), to_staff_id=away.id, note="")
    ticket, conversation = row(database, mailed.id)
    assert (ticket.staff_id, conversation.staff_id) == (away.id, away.id)
    assert len(said_in(database, mailed.conversation_id)) <= said + 1


def merged_into_another_customers(chat: Chat, mailed: Ticket, agent: StaffMember) -> Ticket:
    hand_off(chat)
    with chat.database.writing() as session:
        add_tag(session, mailed.id, Caller(agent), "loud kettle")
        survivor = case_of(chat)
        merge(session, mailed.id, Caller(agent, why="Tom is her neighbour"), survivor.number, other_customer=True)
    return survivor


def test_a_mail_about_a_case_merged_into_another_customers_stays_in_its_own(
    chat: Chat, mailed: Ticket, agent: StaffMember
) -> None:
    survivor = merged_into_another_customers(chat, mailed, agent)
    before = len(said_in(chat.database, chat.id))
    arrives(chat.database, mail_from(sender=TOM, subject=f"Re: [{mailed.number}] kettle", text="Still loud."))
    assert len(said_in(chat.database, chat.id)) == before
    assert said_in(chat.database, mailed.conversation_id)[-1].text == "Still loud."
    own, _ = row(chat.database, mailed.id)
    assert (own.state, own.merged_into_id) == ("in_progress", None)
    assert row(chat.database, survivor.id)[0].priority == survivor.priority


def test_words_and_tags_of_one_customer_do_not_go_into_anothers_case(
    chat: Chat, mailed: Ticket, agent: StaffMember
) -> None:
    survivor = merged_into_another_customers(chat, mailed, agent)
    with chat.database.reading() as session:
        told = [each.details for each in timeline(session, survivor.id)]
        assert tags_of(session, survivor.id) == []
    assert not any("neighbour" in str(each) or "kettle" in str(each) for each in told)


def test_somebody_who_answers_in_short_mails_loses_none(database: Database, mailed: Ticket) -> None:
    for count in range(MOST_RECEIVED_AN_HOUR + 2):
        taken = arrives(database, mail_from(sender=TOM, subject=f"Re: [{mailed.number}] kettle", text=f"And {count}"))
        assert taken.outcome == "threaded"


def test_a_report_of_a_mail_that_came_back_keeps_no_words_and_goes_with_its_case(
    database: Database, mailed: Ticket
) -> None:
    sent(database)
    with database.reading() as session:
        header = session.scalars(select(OutgoingMail.header_id)).one()
    report = REPORT.format(action="failed").replace("<ours@shop.example>", header)
    arrives(database, report.encode())
    arrives(database, report.replace("Could not", "Still could not").encode())
    kept = [each for each in received(database) if each.outcome == "bounce"]
    assert [each.ticket_id for each in kept] == [mailed.id] * len(kept)
    assert not any("ould not" in str(value) for each in kept for value in vars(each).values())
    with database.writing() as session:
        erase_customer(session, mailed.conversation_id)
    assert received(database) == []
