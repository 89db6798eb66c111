"""Offers: one at a time, accepted in time, refused or passed on, taken back, and each told in the timeline."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from storage.base import now
from support.routing import operations, queries
from support.routing.operations import OfferGone, OfferNotFound
from support.routing.tables import Offer, QueueWait
from support.staff.operations import note_presence
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.operations import AlreadyTaken
from tests.support.conftest import Chat, new_chat
from tests.support.offers_made import (
    SECONDS,
    accept,
    another,
    let_pass,
    look_after,
    look_after_waits,
    offers_to,
    presence,
    refuse,
    the_offer,
    timeline,
)
from tests.support.test_handoff import hand_off, status, ticket_of


def test_a_waiting_case_is_offered_once_and_that_is_told(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    look_after(chat.database)
    offer = the_offer(chat.database, agent)
    assert offer.ticket_id == ticket_of(chat).id
    assert offer.because == [{"code": "fair", "about": ""}]
    assert round((offer.expires_at - offer.created_at).total_seconds()) == SECONDS
    assert timeline(chat) == [("opened", None), ("offered", agent.id)]


def test_nothing_is_offered_while_offers_are_switched_off(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    with chat.database.reading() as session:
        assert operations.due(session, making=False) == operations.Due()
        assert operations.due(session).offer == (ticket_of(chat).id,)


def test_accepting_is_taking(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    ticket = accept(chat.database, the_offer(chat.database, agent), agent)
    assert (ticket.staff_id, status(chat)) == (agent.id, "agent")
    assert timeline(chat) == [("opened", None), ("offered", agent.id), ("taken", agent.id)]
    assert offers_to(chat.database, agent) == []


def test_the_same_press_twice_accepts_once(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    offer = the_offer(chat.database, agent)
    accept(chat.database, offer, agent)
    accept(chat.database, offer, agent)
    assert [kind for kind, _ in timeline(chat)] == ["opened", "offered", "taken"]


def test_a_declined_offer_goes_to_somebody_else_with_its_reason_in_the_timeline(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    refuse(chat.database, the_offer(chat.database, agent), agent, "  in a   call ")
    tom = another(chat.database, "Tom")
    look_after(chat.database)
    assert the_offer(chat.database, tom).ticket_id == ticket_of(chat).id
    assert timeline(chat)[1:] == [("offered", agent.id), ("offer_refused", agent.id), ("offered", tom.id)]
    with chat.database.reading() as session:
        assert ticket_queries.timeline(session, ticket_of(chat).id)[2].details == {"why": "in a call"}


def test_whoever_declined_is_left_alone_for_a_while(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    refuse(chat.database, the_offer(chat.database, agent), agent)
    look_after(chat.database)
    assert offers_to(chat.database, agent) == []
    with chat.database.writing() as session:
        session.execute(update(Offer).values(answered_at=now() - timedelta(minutes=2)))
    look_after(chat.database)
    assert len(offers_to(chat.database, agent)) == 1


def test_an_offer_that_is_not_accepted_in_time_goes_on(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    late = the_offer(chat.database, agent)
    tom = another(chat.database, "Tom")
    let_pass(chat.database, agent)
    assert offers_to(chat.database, agent) == []
    assert the_offer(chat.database, tom)
    assert timeline(chat)[1:] == [("offered", agent.id), ("offer_expired", agent.id), ("offered", tom.id)]
    with pytest.raises(OfferGone):
        accept(chat.database, late, agent)
    with pytest.raises(OfferGone):
        refuse(chat.database, late, agent)


def test_after_two_missed_in_a_row_somebody_is_busy_and_can_be_told_so(chat: Chat, agent: StaffMember) -> None:
    for each in (chat, new_chat(chat.database)):
        hand_off(each)
        look_after(chat.database)
        assert presence(chat.database, agent) == "online"
        let_pass(chat.database, agent)
    assert presence(chat.database, agent) == "busy"
    with chat.database.writing() as session:
        assert queries.missed_offers(session, session.get_one(StaffMember, agent.id))
        note_presence(session, agent.id, "online")
    hand_off(new_chat(chat.database))
    look_after(chat.database)
    let_pass(chat.database, agent)
    assert presence(chat.database, agent) == "online"


def test_offers_that_pass_together_count_as_one(chat: Chat, agent: StaffMember) -> None:
    for each in (chat, new_chat(chat.database), new_chat(chat.database)):
        hand_off(each)
    look_after(chat.database)
    assert len(offers_to(chat.database, agent)) == 3
    let_pass(chat.database, agent)
    assert presence(chat.database, agent) == "online"


def test_offers_that_overlap_without_a_pause_make_busy_too(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        session.get_one(StaffMember, agent.id).presence_at = now() - timedelta(hours=1)
    chats = [chat, *(new_chat(chat.database) for _ in range(2))]
    for each in chats:
        hand_off(each)
    look_after(chat.database)
    # As if each had been made twenty seconds after the one before, and the last were over now.
    offers = offers_to(chat.database, agent)
    told = []
    for place, offer in enumerate(offers):
        made = now() - timedelta(seconds=20 * (len(offers) - 1 - place) + 30)
        with chat.database.writing() as session:
            ended = made + timedelta(seconds=30)
            session.execute(update(Offer).where(Offer.id == offer.id).values(created_at=made, expires_at=ended))
        with chat.database.writing() as session:
            operations.expire(session, offer.id)
        told.append(presence(chat.database, agent))
        with chat.database.writing() as session:
            session.execute(update(Offer).where(Offer.id == offer.id).values(answered_at=ended))
    assert told == ["online", "online", "busy"]


def test_busy_by_choice_is_not_told_as_missed(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    let_pass(chat.database, agent)
    with chat.database.writing() as session:
        note_presence(session, agent.id, "busy")
        assert not queries.missed_offers(session, session.get_one(StaffMember, agent.id))


def test_busy_is_asked_nothing_but_can_take_by_hand(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    with chat.database.writing() as session:
        note_presence(session, agent.id, "busy")
    look_after(chat.database)
    assert offers_to(chat.database, agent) == []
    with chat.database.writing() as session:
        tickets.take(session, ticket_of(chat).id, agent)
    assert status(chat) == "agent"


def test_an_offer_is_taken_back_when_the_colleague_goes(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    with chat.database.writing() as session:
        note_presence(session, agent.id, "away")
    look_after(chat.database)
    assert offers_to(chat.database, agent) == []
    assert timeline(chat)[-1] == ("offer_withdrawn", agent.id)


def test_an_offer_is_taken_back_when_a_colleague_took_the_case_by_hand(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    offer = the_offer(chat.database, agent)
    tom = another(chat.database, "Tom")
    with chat.database.writing() as session:
        tickets.take(session, ticket_of(chat).id, tom)
    with pytest.raises(AlreadyTaken):
        accept(chat.database, offer, agent)
    look_after(chat.database)
    assert offers_to(chat.database, agent) == []
    assert [kind for kind, _ in timeline(chat)] == ["opened", "offered", "taken"]


def test_an_offer_is_taken_back_when_the_customer_leaves_the_queue(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    offer = the_offer(chat.database, agent)
    chat.press("back_to_bot")
    with pytest.raises(OfferGone):
        accept(chat.database, offer, agent)
    look_after(chat.database)
    assert offers_to(chat.database, agent) == []
    assert status(chat) == "bot"


def test_nobody_answers_anothers_offer(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    look_after(chat.database)
    tom = another(chat.database, "Tom")
    for step in (accept, refuse):
        with pytest.raises(OfferNotFound):
            step(chat.database, the_offer(chat.database, agent), tom)
    with pytest.raises(OfferNotFound), chat.database.writing() as session:
        operations.accept(session, str(uuid.uuid4()), tom)


def test_looking_after_a_quiet_queue_changes_nothing(chat: Chat, agent: StaffMember) -> None:
    look_after(chat.database)
    look_after_waits(chat.database)
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Offer)) == 0
        assert session.scalar(select(func.count()).select_from(QueueWait)) == 0


def test_a_second_offer_stays_when_the_first_is_taken_by_hand_and_both_fit(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        session.get_one(StaffMember, agent.id).capacity = 2
    other = new_chat(chat.database)
    hand_off(chat)
    hand_off(other)
    look_after(chat.database)
    assert len(offers_to(chat.database, agent)) == 2
    with chat.database.writing() as session:
        tickets.take(session, ticket_of(chat).id, agent)
    look_after(chat.database)
    assert the_offer(chat.database, agent).ticket_id == ticket_of(other).id
    assert "offer_withdrawn" not in [kind for kind, _ in timeline(other)]
