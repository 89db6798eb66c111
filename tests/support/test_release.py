"""Nobody stays stuck with an agent who has gone, or in a queue that nobody serves."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import queries as conversation_queries
from support.conversations.tables import Conversation
from support.handoff.release import leave_chats, release, stuck
from support.staff.operations import ABSENT_AFTER
from support.staff.tables import StaffMember
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.listing import listing
from support.tickets.selection import Selection
from support.tickets.tables import Ticket
from tests.support.conftest import Chat, new_chat, staff
from tests.support.test_handoff import hand_off, status, take, ticket_of


def unseen_for(chat: Chat, member: StaffMember, time: timedelta) -> None:
    with chat.database.writing() as session:
        session.execute(update(StaffMember).where(StaffMember.id == member.id).values(seen_at=now() - time))


def stuck_now(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        return stuck(session)


def test_signing_out_gives_every_chat_back_and_the_case_is_nobodys(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    with chat.database.writing() as session:
        assert leave_chats(session, session.get_one(StaffMember, agent.id)) == [chat.id]
    assert status(chat) == "bot"
    assert ticket_of(chat).staff_id is None
    with chat.database.reading() as session:
        last = conversation_queries.transcript(session, chat.id)[-1]
        kinds = [event.kind for event in ticket_queries.timeline(session, ticket_of(chat).id)]
    assert last.payload is not None and last.payload["event"] == "agent_left"
    assert kinds == ["opened", "taken", "left"]
    work = chat.claim()
    assert work is not None and work.trigger == {"kind": "hand_off", "reason": "request"}


def test_handed_over_again_after_the_agent_left_it_is_the_same_case_in_the_queue(
    chat: Chat, agent: StaffMember
) -> None:
    first = hand_off(chat)
    take(chat, agent)
    with chat.database.writing() as session:
        leave_chats(session, session.get_one(StaffMember, agent.id))
    again = hand_off(chat)
    assert (again.number, again.place) == (first.number, 1)


def test_a_short_absence_is_none(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    unseen_for(chat, agent, ABSENT_AFTER - timedelta(seconds=20))
    assert stuck_now(chat) == []


def test_a_chat_whose_agent_is_gone_is_found_and_released(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    unseen_for(chat, agent, ABSENT_AFTER + timedelta(seconds=1))
    assert stuck_now(chat) == [chat.id]
    with chat.database.writing() as session:
        release(session, chat.id)
    assert (status(chat), stuck_now(chat)) == ("bot", [])


def test_answering_counts_as_being_there_also_without_a_page(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = take(chat, agent)
    unseen_for(chat, agent, ABSENT_AFTER * 2)
    with chat.database.writing() as session:
        tickets.reply(session, ticket.id, agent, "I am on it.")
    assert stuck_now(chat) == []


def test_whoever_waits_while_everybody_leaves_is_told(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    assert stuck_now(chat) == []
    unseen_for(chat, agent, timedelta(minutes=10))
    assert stuck_now(chat) == [chat.id]
    with chat.database.writing() as session:
        release(session, chat.id)
    assert hand_off(chat).needs_contact


def test_releasing_a_chat_that_moved_on_changes_nothing(chat: Chat) -> None:
    with chat.database.writing() as session:
        release(session, chat.id)
    assert (status(chat), chat.claim()) == ("bot", None)


def test_a_case_handed_back_and_asked_for_again_waits_in_everybodys_queue(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = take(chat, agent)
    with chat.database.writing() as session:
        handing_back.hand_back(session, ticket.id, agent)
    hand_off(chat)
    with chat.database.reading() as session:
        waiting = listing(session, Selection("queue"), "somebody else").rows
    assert [row.ticket.id for row in waiting] == [ticket.id]
    other = new_chat(chat.database)
    assert hand_off(other).place == 2


def taken_over(session: Session, chat: Chat, by: StaffMember) -> None:
    session.execute(update(Conversation).where(Conversation.id == chat.id).values(staff_id=by.id))
    session.execute(update(Ticket).where(Ticket.conversation_id == chat.id).values(staff_id=by.id))


def test_a_chat_that_a_supervisor_took_over_while_its_agent_signed_out_stays_with_them(
    chat: Chat, agent: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_off(chat)
    take(chat, agent)
    with chat.database.writing() as session:
        ada = staff(session, "Ada", "supervisor")
    # Between finding the chats and locking them.
    monkeypatch.setattr("support.handoff.release.stop_supervising", lambda session, _: taken_over(session, chat, ada))
    with chat.database.writing() as session:
        assert leave_chats(session, session.get_one(StaffMember, agent.id)) == []
    assert (status(chat), ticket_of(chat).staff_id) == ("agent", ada.id)


def test_a_chat_that_was_found_stuck_is_left_alone_when_somebody_has_it_again(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    unseen_for(chat, agent, ABSENT_AFTER + timedelta(seconds=1))
    (found,) = stuck_now(chat)
    with chat.database.writing() as session:
        ada = staff(session, "Ada", "supervisor")
        taken_over(session, chat, ada)
    with chat.database.writing() as session:
        release(session, found)
    assert (status(chat), ticket_of(chat).staff_id) == ("agent", ada.id)


def test_whoever_waits_stays_in_the_queue_when_somebody_came_back_meanwhile(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    unseen_for(chat, agent, timedelta(minutes=10))
    (found,) = stuck_now(chat)
    unseen_for(chat, agent, timedelta(0))
    with chat.database.writing() as session:
        release(session, found)
    assert status(chat) == "queued"
