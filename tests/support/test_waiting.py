"""Since when a customer waits for people, and what a change of a case is refused for."""

import pytest

from storage.base import new_id
from support.staff.tables import StaffMember
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.changes import Outdated, done_before, locked, note_event
from tests.support.conftest import Chat
from tests.support.test_handoff import hand_off, take, ticket_of


def test_a_new_case_waits_and_an_answer_makes_it_the_customers_turn(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    assert ticket_of(chat).waiting_since is not None
    take(chat, agent)
    assert ticket_of(chat).waiting_since is not None
    with chat.database.writing() as session:
        tickets.reply(session, ticket_of(chat).id, agent, "您好")
    assert ticket_of(chat).waiting_since is None


def test_who_writes_again_waits_since_the_first_of_their_words(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    with chat.database.writing() as session:
        tickets.reply(session, ticket_of(chat).id, agent, "您好")
    chat.say("还在吗")
    first = ticket_of(chat).waiting_since
    chat.say("？")
    assert first is not None
    assert ticket_of(chat).waiting_since == first


def test_who_asks_for_a_person_again_after_a_hand_back_waits_again(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    with chat.database.writing() as session:
        tickets.reply(session, ticket_of(chat).id, agent, "您好")
        handing_back.hand_back(session, ticket_of(chat).id, agent)
    assert ticket_of(chat).waiting_since is None
    hand_off(chat)
    assert ticket_of(chat).waiting_since is not None


def test_a_change_of_an_older_state_of_a_case_is_refused(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    seen = ticket_of(chat).revision
    take(chat, agent)
    with pytest.raises(Outdated), chat.database.writing() as session:
        locked(session, ticket_of(chat).id, seen)


def test_the_lines_of_a_timeline_are_numbered_and_a_change_is_known_by_its_callers_id(chat: Chat) -> None:
    hand_off(chat)
    change = new_id()
    with chat.database.writing() as session:
        ticket, _ = locked(session, ticket_of(chat).id)
        assert not done_before(session, ticket.id, change)
        note_event(session, ticket, "contact_given", None, {}, change)
        assert done_before(session, ticket.id, change)
    with chat.database.reading() as session:
        positions = [each.position for each in ticket_queries.timeline(session, ticket_of(chat).id)]
    assert positions == [1, 2]
