"""Hand-off: one case a conversation, told truthfully, taken by one person, rated at the end."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from storage.engine import Database
from support.conversations import queries as conversation_queries
from support.conversations.tables import Conversation
from support.handoff import operations as handoff
from support.handoff.operations import HandOff
from support.satisfaction import operations as satisfaction
from support.satisfaction.rules import RatingRefused
from support.satisfaction.tables import Rating
from support.staff.operations import (
    FAILURES_ALLOWED,
    SignInRefused,
    TooManySignIns,
    add_staff,
    check_password,
    close_session,
    note_failure,
    note_presence,
    open_session,
    token_hash,
)
from support.staff.queries import by_session
from support.staff.tables import StaffMember, StaffSession
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.operations import AlreadyTaken, NotInCharge, ResolutionIncomplete
from support.tickets.states import TicketMoveRefused
from support.tickets.tables import Ticket
from support.turns.operations import TurnOver
from support.turns.tables import Turn
from tests.support.conftest import Chat, new_chat, staff, turn_in_work


def hand_off(chat: Chat, reason: str = "request", turn_id: str | None = None) -> HandOff:
    if turn_id is not None:
        turn_in_work(chat.database, chat.id, turn_id)
    with chat.database.writing() as session:
        return handoff.request(session, chat.id, reason, turn_id)


def status(chat: Chat) -> str:
    with chat.database.reading() as session:
        return session.get_one(Conversation, chat.id).status


def ticket_of(chat: Chat) -> Ticket:
    with chat.database.reading() as session:
        found = ticket_queries.latest_for(session, chat.id)
        assert found is not None
        return found


def take(chat: Chat, member: StaffMember) -> Ticket:
    ticket = ticket_of(chat)
    with chat.database.writing() as session:
        return tickets.take(session, ticket.id, member)


def rate(chat: Chat, kind: str, subject_id: str, score: int) -> bool:
    with chat.database.writing() as session:
        return satisfaction.rate(session, chat.id, kind, subject_id, score, [], "").opened_turn


def last_message(chat: Chat):  # type: ignore[no-untyped-def]
    with chat.database.reading() as session:
        return conversation_queries.transcript(session, chat.id)[-1]


def test_with_somebody_on_duty_the_customer_joins_the_queue_at_their_place(chat: Chat, agent: StaffMember) -> None:
    other = new_chat(chat.database)
    assert hand_off(other).place == 1
    told = hand_off(chat)
    assert (told.place, told.on_duty, told.needs_contact, told.number) == (2, True, False, "T-1002")
    assert status(chat) == "queued"


def test_with_nobody_on_duty_we_ask_how_to_reach_the_customer(chat: Chat) -> None:
    told = hand_off(chat)
    assert (told.place, told.on_duty, told.needs_contact) == (None, False, True)
    assert status(chat) == "collecting_contact"


def test_an_agent_who_is_away_is_not_on_duty(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        note_presence(session, agent.id, presence="away")
    assert not hand_off(chat).on_duty


def test_an_editor_at_work_is_nobody_who_takes_chats(chat: Chat) -> None:
    with chat.database.writing() as session:
        staff(session, "Yun", "editor")
    assert not hand_off(chat).on_duty


def test_the_same_turn_again_opens_no_second_case(chat: Chat) -> None:
    first, again = hand_off(chat, turn_id="t-1"), hand_off(chat, turn_id="t-1")
    assert first == again and not again.repeated
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_a_turn_that_is_over_opens_no_case(chat: Chat) -> None:
    chat.say("找真人客服")
    late = chat.claim()
    assert late is not None and chat.settle(late)
    with chat.database.writing() as session, pytest.raises(TurnOver):
        handoff.request(session, chat.id, "request", late.turn_id)
    assert status(chat) == "bot"
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 0


def test_the_same_contact_from_the_same_turn_is_noted_once(chat: Chat) -> None:
    hand_off(chat)
    turn_in_work(chat.database, chat.id, "t-2")
    for _ in range(2):
        with chat.database.writing() as session:
            assert handoff.save_contact(session, chat.id, "anna@example.com", "t-2") is not None
    with chat.database.reading() as session:
        noted = ticket_queries.timeline(session, ticket_of(chat).id)
    assert [each.kind for each in noted] == ["opened", "contact_given"]


def test_eight_hand_offs_at_once_open_one_case(chat: Chat) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = {each.number for each in pool.map(lambda number: hand_off(chat, turn_id=f"t-{number}"), range(8))}
    assert len(numbers) == 1


def test_the_case_holds_what_was_asked_and_what_the_bot_said(chat: Chat) -> None:
    chat.say("我的耳机坏了")
    hand_off(chat, "complaint")
    ticket = ticket_of(chat)
    assert ticket.summary == "我的耳机坏了"
    assert ticket.reason == "complaint"
    with chat.database.reading() as session:
        assert [event.kind for event in ticket_queries.timeline(session, ticket.id)] == ["opened"]


def test_a_contact_given_is_kept_with_the_case(chat: Chat) -> None:
    hand_off(chat)
    with chat.database.writing() as session:
        saved = handoff.save_contact(session, chat.id, "写信到 anna@example.com 吧", None)
    assert saved is not None and saved[1] == "anna@example.com"
    assert ticket_of(chat).contact_email == "anna@example.com"
    assert status(chat) == "offline"


def test_somebody_came_on_duty_meanwhile_so_the_contact_leads_into_the_queue(chat: Chat) -> None:
    hand_off(chat)
    with chat.database.writing() as session:
        staff(session)
    with chat.database.writing() as session:
        saved = handoff.save_contact(session, chat.id, "0912 345 678", None)
    assert saved is not None and saved[0].place == 1
    assert status(chat) == "queued"


def test_not_giving_a_contact_keeps_the_case_open(chat: Chat) -> None:
    hand_off(chat)
    with chat.database.writing() as session:
        kept = handoff.skip_contact(session, chat.id, None)
    assert kept is not None and kept.number == "T-1001"
    assert status(chat) == "offline"
    assert ticket_of(chat).state == "received"


def test_leaving_the_queue_brings_the_bot_back_and_keeps_the_case(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    assert chat.say("hello?").turn_id is None
    chat.press("back_to_bot")
    assert status(chat) == "bot"
    assert ticket_of(chat).state == "received"
    assert chat.say("怎么退货").turn_id is not None


def test_the_bot_is_silent_while_a_person_has_the_chat(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    assert chat.say("Can you help?").turn_id is None
    assert status(chat) == "agent"


def test_two_agents_press_take_at_once_and_one_wins(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        other = staff(session, "Tom")
    hand_off(chat)

    def attempt(member: StaffMember) -> str:
        try:
            take(chat, member)
        except AlreadyTaken as taken:
            return f"taken by {taken.name}"
        return member.name

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(attempt, [agent, other]))
    assert outcomes in ({"Mei", "taken by Mei"}, {"Tom", "taken by Tom"})


def test_taking_twice_says_it_to_the_customer_once(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    take(chat, agent)
    take(chat, agent)
    with chat.database.reading() as session:
        said = [each.payload for each in conversation_queries.transcript(session, chat.id) if each.payload]
    assert [each.get("event") for each in said] == ["agent_joined"]


def test_only_whoever_has_the_chat_can_answer(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        other = staff(session, "Tom")
    hand_off(chat)
    ticket = take(chat, agent)
    with pytest.raises(NotInCharge), chat.database.writing() as session:
        tickets.reply(session, ticket.id, other, "hello")
    with chat.database.writing() as session:
        tickets.reply(session, ticket.id, agent, "您好")
    assert (last_message(chat).author, last_message(chat).text) == ("agent", "您好")


def test_handing_back_lets_the_bot_answer_and_clears_its_form_by_a_turn(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = take(chat, agent)
    with chat.database.writing() as session:
        handing_back.hand_back(session, ticket.id, agent)
    assert status(chat) == "bot"
    work = chat.claim()
    assert work is not None and (work.trigger or {})["kind"] == "handed_back"
    chat.settle(work)
    assert chat.say("怎么退货").turn_id is not None


def test_resolving_needs_a_category_and_a_note(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = take(chat, agent)
    for category, note in [("", "done"), ("nonsense", "done"), ("delivery", "  ")]:
        with pytest.raises(ResolutionIncomplete), chat.database.writing() as session:
            tickets.resolve(session, ticket.id, agent, category, note)
    assert ticket_of(chat).state == "in_progress"


def resolve(chat: Chat, member: StaffMember) -> Ticket:
    ticket = take(chat, member)
    with chat.database.writing() as session:
        return tickets.resolve(session, ticket.id, member, "delivery", "Sent again.")


def test_a_resolved_case_asks_the_customer_for_a_rating(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = resolve(chat, agent)
    assert (ticket.state, ticket.category, ticket.resolution_note) == ("resolved", "delivery", "Sent again.")
    assert last_message(chat).payload["survey"] == {"kind": "csat", "subject_id": ticket.id}
    assert status(chat) == "bot"


def test_a_case_is_not_resolved_twice(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = resolve(chat, agent)
    with pytest.raises(TicketMoveRefused), chat.database.writing() as session:
        tickets.resolve(session, ticket.id, agent, "delivery", "again")


def test_a_low_rating_hands_the_conversation_over_once(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    ticket = resolve(chat, agent)
    assert rate(chat, "csat", ticket.id, 1)
    assert not rate(chat, "csat", ticket.id, 2)
    with chat.database.reading() as session:
        trigger = session.scalars(select(Turn.trigger)).one()
        assert trigger == {"kind": "hand_off", "reason": "low_rating"}
        assert session.scalar(select(func.count()).select_from(Rating)) == 1


def test_a_low_rating_after_the_end_opens_the_conversation_again(chat: Chat) -> None:
    chat.press("close")
    assert rate(chat, "csat", chat.id, 2)
    assert status(chat) == "bot"


def test_a_good_rating_hands_nothing_over(chat: Chat) -> None:
    assert not rate(chat, "csat", chat.id, 5)


def answers(chat: Chat, count: int) -> list[str]:
    for number in range(count):
        chat.say(f"q{number}")
        chat.answer(f"a{number}")
    with chat.database.reading() as session:
        return [
            each.id
            for each in conversation_queries.transcript(session, chat.id)
            if each.turn_id and each.author == "bot"
        ]


def test_the_second_answer_called_not_helpful_hands_over(chat: Chat) -> None:
    first, second = answers(chat, 2)
    assert not rate(chat, "helpful", first, 0)
    assert rate(chat, "helpful", second, 0)


def test_the_same_answer_called_not_helpful_twice_counts_once(chat: Chat) -> None:
    (first,) = answers(chat, 1)
    assert not rate(chat, "helpful", first, 0)
    assert not rate(chat, "helpful", first, 0)


def test_a_rating_can_be_changed(chat: Chat) -> None:
    (first,) = answers(chat, 1)
    rate(chat, "helpful", first, 0)
    rate(chat, "helpful", first, 1)
    with chat.database.reading() as session:
        assert session.scalars(select(Rating.score)).all() == [1]


def test_only_ones_own_answers_and_tickets_can_be_rated(chat: Chat) -> None:
    other = new_chat(chat.database)
    (foreign,) = answers(other, 1)
    for kind, subject in [("helpful", foreign), ("csat", other.id), ("csat", "nothing"), ("helpful", chat.id)]:
        with pytest.raises(RatingRefused, match="subject"):
            rate(chat, kind, subject, 1)


def test_every_sign_in_gets_a_new_token_kept_as_a_hash(database: Database) -> None:
    with database.writing() as session:
        member = add_staff(session, "Mei@Example.com", "Mei", "agent", "a long password")
        first, second = open_session(session, member), open_session(session, member)
    assert first != second
    with database.reading() as session:
        assert set(session.scalars(select(StaffSession.token_hash))) == {token_hash(first), token_hash(second)}
        assert by_session(session, token_hash(first)) is not None
        assert by_session(session, "guess") is None


def test_signing_out_ends_the_session_and_the_presence(database: Database, agent: StaffMember) -> None:
    with database.writing() as session:
        token = open_session(session, session.get_one(StaffMember, agent.id))
    with database.writing() as session:
        close_session(session, token)
    with database.reading() as session:
        assert by_session(session, token_hash(token)) is None
        assert session.get_one(StaffMember, agent.id).seen_at is None


def test_wrong_passwords_and_unknown_accounts_are_refused_alike(database: Database, agent: StaffMember) -> None:
    for email, password in [("mei@example.com", "wrong password"), ("nobody@example.com", "a long password")]:
        with pytest.raises(SignInRefused), database.reading() as session:
            check_password(session, email, password)
    with database.reading() as session:
        assert check_password(session, " MEI@example.com ", "a long password").id == agent.id


def test_guessing_is_stopped_even_with_the_right_password_at_last(database: Database, agent: StaffMember) -> None:
    with database.writing() as session:
        for _ in range(FAILURES_ALLOWED):
            note_failure(session, "mei@example.com")
    with pytest.raises(TooManySignIns), database.reading() as session:
        check_password(session, "mei@example.com", "a long password")


def test_short_passwords_and_unknown_roles_are_refused(database: Database) -> None:
    with database.writing() as session:
        for role, password in [("boss", "a long password"), ("agent", "short")]:
            with pytest.raises(ValueError, match=r"role|characters"):
                add_staff(session, "x@example.com", "X", role, password)


def test_a_resolved_case_can_be_opened_again_but_not_beside_a_newer_one(chat: Chat, agent: StaffMember) -> None:
    hand_off(chat)
    old = resolve(chat, agent)
    assert take(chat, agent).state == "in_progress"
    with chat.database.writing() as session:
        tickets.resolve(session, old.id, agent, "delivery", "Really sent.")
    hand_off(chat)
    with pytest.raises(TicketMoveRefused), chat.database.writing() as session:
        tickets.take(session, old.id, agent)
