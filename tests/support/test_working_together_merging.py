"""Two cases become one: nothing is lost, everybody is told, and erasing finds all of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.base import new_id, now
from support.conversations.tables import Conversation
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets import status, together_queries
from support.tickets.changes import ChangeRefused
from support.tickets.links import add_link
from support.tickets.merging import merge
from support.tickets.notes import add_note
from support.tickets.operations import AlreadyTaken
from support.tickets.states import TicketMoveRefused
from support.tickets.tables import Mention, Ticket
from support.tickets.tags import add_tag
from support.turns.tables import Turn
from tests.support.cases import Case, case, of_same_customer, open_case, said, tom
from tests.support.test_handoff import hand_off
from tests.support.test_privacy import found

# Fixtures are found by being imported.
__all__ = ["case", "tom"]


def offline(case: Case) -> None:
    """Nobody waits in the chat of a case."""
    case.chat.press("back_to_bot")


def test_a_merged_case_goes_on_as_the_other_one_with_all_that_was_kept(
    case: Case, agent: StaffMember, tom: StaffMember
) -> None:
    other, third = open_case(case.database, "It is broken"), open_case(case.database)
    of_same_customer(case, other)
    offline(other)
    case.change(add_tag, agent, "parcel")
    other.change(add_tag, agent, "broken")
    other.change(add_link, agent, third.row().number)
    other.change(add_note, agent, "@Tom saw it")
    survivor = other.change(merge, agent, "T-1001", why="same parcel")
    assert survivor.id == case.id
    row = other.row()
    assert (row.state, row.merged_into_id, row.waiting_since) == ("closed", case.id, None)
    assert case.tags() == ["broken", "parcel"]
    assert case.links() == [("merged", "T-1002"), ("related", "T-1003")]
    with case.database.reading() as session:
        assert [each.id for each in together_queries.merged_into(session, case.id)] == [other.id]
        assert [each.text for each in together_queries.notes_of(session, [case.id, other.id])] == ["@Tom saw it"]
        # Whoever was named is led to the case that goes on.
        assert session.scalars(select(Mention.ticket_id)).one() == case.id
    assert other.timeline()[-1].details == {"number": "T-1001", "why": "same parcel"}
    assert case.timeline()[-1].details == {"number": "T-1002", "tags": ["broken"], "why": "same parcel"}


def test_the_customer_of_a_merged_case_is_told_and_is_with_the_assistant_again(case: Case, agent: StaffMember) -> None:
    other = open_case(case.database, "It is broken")
    of_same_customer(case, other)
    other.do(tickets.take, agent)
    other.change(merge, agent, "T-1001")
    assert "We look after your case T-1002 together with T-1001 from now on" in said(other)[-1]
    assert other.conversation().status == "bot"
    with case.database.reading() as session:
        # The dialogue server drops whatever form was open.
        assert session.scalars(select(Turn.trigger).where(Turn.conversation_id == other.chat.id)).all()[-1] == {
            "kind": "handed_back"
        }
    assert said(case)[-1] == "Your case T-1002 goes on here, together with T-1001."


def test_another_customers_case_is_merged_only_on_purpose_and_tells_them_no_number(
    case: Case, agent: StaffMember
) -> None:
    other = open_case(case.database)
    offline(other)
    with pytest.raises(ChangeRefused) as refused:
        other.change(merge, agent, "T-1001")
    assert (refused.value.code, refused.value.values) == ("other_customer", {"number": "T-1001"})
    assert other.told() == []
    other.change(merge, agent, "T-1001", True)
    assert "T-1002" in said(other)[-1] and "T-1001" not in said(other)[-1]
    assert case.row().customer_id != other.row().customer_id


def test_nobody_who_waits_or_talks_is_merged_away(case: Case, agent: StaffMember, tom: StaffMember) -> None:
    other = open_case(case.database)
    of_same_customer(case, other)
    with pytest.raises(ChangeRefused, match="live_chat"):
        other.change(merge, agent, "T-1001")
    other.do(tickets.take, tom)
    with pytest.raises(AlreadyTaken, match="Tom"):
        other.change(merge, agent, "T-1001")
    assert other.told() == ["taken"]
    other.change(merge, tom, "T-1001")
    assert other.told() == ["taken", "merged_into"]


def test_a_case_is_not_merged_into_itself_a_settled_one_or_a_merged_one(case: Case, agent: StaffMember) -> None:
    second, third = open_case(case.database), open_case(case.database)
    for each in (second, third):
        of_same_customer(case, each)
        offline(each)
    with pytest.raises(ChangeRefused, match="itself"):
        case.change(merge, agent, "T-1001")
    second.change(merge, agent, "T-1001")
    with pytest.raises(ChangeRefused) as refused:
        third.change(merge, agent, "T-1002")
    assert (refused.value.code, refused.value.values["number"]) == ("merged", "T-1001")
    case.do(tickets.resolve, agent, "service", "Done.")
    with pytest.raises(TicketMoveRefused):
        third.change(merge, agent, "T-1001")


def test_a_merged_case_changes_no_more(case: Case, agent: StaffMember) -> None:
    other = open_case(case.database)
    of_same_customer(case, other)
    offline(other)
    change = new_id()
    for _ in range(2):
        assert other.change(merge, agent, "T-1001", change_id=change).id == case.id
    for step, given in ((add_note, ("x",)), (add_tag, ("x",)), (merge, ("T-1001",))):
        with pytest.raises(ChangeRefused, match="merged"):
            other.change(step, agent, *given)
    with pytest.raises(ChangeRefused, match="merged"):
        other.do(tickets.take, agent)
    assert other.told() == ["merged_into"] and case.told() == ["merged"]


def test_the_more_urgent_colour_and_the_longer_wait_go_along(case: Case, agent: StaffMember) -> None:
    other = open_case(case.database)
    of_same_customer(case, other)
    offline(other)
    long_ago = now() - timedelta(hours=3)
    with case.database.writing() as session:
        row = session.get_one(Ticket, other.id)
        row.priority, row.waiting_since, row.contact_email = "red", long_ago, "anna@example.com"
    other.change(merge, agent, "T-1001")
    row = case.row()
    assert (row.priority, row.waiting_since, row.contact_email) == ("red", long_ago, "anna@example.com")
    assert case.timeline()[-1].details == {"number": "T-1002", "priority": "red"}


def test_who_asks_after_a_merged_case_hears_how_the_matter_stands_and_opens_it_again(
    case: Case, agent: StaffMember
) -> None:
    other = open_case(case.database)
    of_same_customer(case, other)
    offline(other)
    other.change(merge, agent, "T-1001")
    case.do(tickets.take, agent)
    with case.database.reading() as session:
        told = status.of_conversation(session, other.chat.id, "T-1002")
    assert told is not None and (told.number, told.step) == ("T-1002", "in_progress")
    case.do(tickets.resolve, agent, "service", "Done.")
    with case.database.writing() as session:
        assert tickets.reopen(session, other.id, other.chat.id, None).id == case.id
    assert case.row().state == "in_progress" and other.row().state == "closed"


def test_erasing_a_merged_conversation_takes_its_notes_from_the_case_that_goes_on(
    case: Case, agent: StaffMember
) -> None:
    other = open_case(case.database, "Sesamoeffner")
    of_same_customer(case, other)
    offline(other)
    other.change(add_note, agent, "Sesamoeffner again")
    case.change(add_note, agent, "stays")
    other.change(merge, agent, "T-1001")
    with case.database.writing() as session:
        erase_conversation(session, other.chat.id)
    assert found(case.database, "Sesamoeffner") == []
    with case.database.reading() as session:
        assert [each.text for each in together_queries.notes_of(session, [case.id, other.id])] == ["stays"]


def test_a_settled_case_of_the_same_chat_joins_the_open_one_and_the_chat_goes_on(
    case: Case, agent: StaffMember
) -> None:
    case.do(tickets.resolve, agent, "service", "Done.")
    hand_off(case.chat)
    with case.database.reading() as session:
        newer = session.scalars(select(Ticket).where(Ticket.state == "received")).one()
    before = said(case)
    case.change(merge, agent, newer.number)
    assert case.conversation().status == "queued"
    assert said(case) == before


@pytest.mark.parametrize("channel", ["mail", "api"])
@pytest.mark.parametrize("taken", [True, False])
def test_a_merged_case_of_mails_or_a_program_gives_the_assistant_nothing_to_answer(
    case: Case, agent: StaffMember, channel: str, taken: bool
) -> None:
    other = open_case(case.database)
    of_same_customer(case, other)
    offline(other)
    with case.database.writing() as session:
        conversation = session.get_one(Conversation, other.chat.id)
        conversation.channel, conversation.status = channel, "offline"
        turns = session.scalars(select(Turn.id).where(Turn.conversation_id == other.chat.id)).all()
    if taken:
        other.do(tickets.take, agent)
    other.change(merge, agent, "T-1001")
    assert (other.conversation().status, other.conversation().staff_id) == ("offline", None)
    with case.database.reading() as session:
        assert session.scalars(select(Turn.id).where(Turn.conversation_id == other.chat.id)).all() == turns
