"""Cases and feedback in the database: numbers, colours, reopening, the queue, what is told of a case and to whom."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from storage.base import now
from storage.engine import Database
from support.conversations import queries as conversation_queries
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.feedback import operations as feedback
from support.feedback import queries as feedback_queries
from support.feedback.tables import Feedback
from support.handoff import operations as handoff
from support.handoff import reopening
from support.handoff.operations import CaseFacts, HandOff
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets import status
from support.tickets.listing import listing
from support.tickets.numbers import next_number
from support.tickets.selection import Selection
from support.tickets.tables import Ticket, TicketEvent
from support.turns.operations import TurnOver
from tests.support.conftest import Chat, new_chat, turn_in_work, turn_over

DETAILS = {"what": "It came broken.", "order": "20261120-8841"}


def open_case(chat: Chat, reason: str = "request", turn_id: str | None = None, **facts: Any) -> HandOff:
    if turn_id is not None:
        turn_in_work(chat.database, chat.id, turn_id)
    with chat.database.writing() as session:
        return handoff.request(session, chat.id, reason, turn_id, CaseFacts(**facts))


def ticket_of(chat: Chat) -> Ticket:
    with chat.database.reading() as session:
        found = ticket_queries.latest_for(session, chat.id)
        assert found is not None
        return found


def events_of(chat: Chat) -> list[str]:
    with chat.database.reading() as session:
        return [event.kind for event in ticket_queries.timeline(session, ticket_of(chat).id)]


def status_of(chat: Chat) -> str:
    with chat.database.reading() as session:
        return session.get_one(Conversation, chat.id).status


def place_of(chat: Chat) -> int | None:
    with chat.database.reading() as session:
        return conversation_queries.place_in_queue(session, session.get_one(Conversation, chat.id))


def resolved(chat: Chat, member: StaffMember) -> Ticket:
    ticket = ticket_of(chat)
    with chat.database.writing() as session:
        tickets.take(session, ticket.id, member)
        return tickets.resolve(session, ticket.id, member, "delivery", "Sent again.")


def reopen(chat: Chat, ticket_id: str, turn_id: str | None = None) -> HandOff:
    if turn_id is not None:
        turn_in_work(chat.database, chat.id, turn_id)
    with chat.database.writing() as session:
        return reopening.reopen(session, ticket_id, chat.id, turn_id)


def keep(chat: Chat, text: str = "Add a dark mode.", turn_id: str | None = None, kind: str = "suggestion") -> Feedback:
    if turn_id is not None:
        turn_in_work(chat.database, chat.id, turn_id)
    with chat.database.writing() as session:
        return feedback.keep(session, chat.id, kind, text, turn_id)


def test_cases_and_feedback_are_numbered_each_by_themselves(database: Database) -> None:
    with database.writing() as session:
        given = [next_number(session, series) for series in "TFTTF"]
    assert given == ["T-1001", "F-1001", "T-1002", "T-1003", "F-1002"]


def test_a_number_that_was_not_committed_is_given_again(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        next_number(session, "F")
        raise RuntimeError
    with database.writing() as session:
        assert next_number(session, "F") == "F-1001"


def test_feedback_at_once_from_many_gets_different_numbers(database: Database) -> None:
    chats = [new_chat(database) for _ in range(8)]
    keep(new_chat(database))
    with ThreadPoolExecutor(8) as pool:
        numbers = {each.number for each in pool.map(keep, chats)}
    assert numbers == {f"F-{number}" for number in range(1002, 1010)}


def test_a_case_keeps_what_the_form_was_told(chat: Chat) -> None:
    told = open_case(chat, "complaint", priority="red", details=DETAILS, contact="it is anna@example.com")
    ticket = ticket_of(chat)
    assert (told.priority, told.needs_contact, status_of(chat)) == ("red", False, "offline")
    assert (ticket.reason, ticket.priority, ticket.details) == ("complaint", "red", DETAILS)
    assert ticket.contact_email == "anna@example.com"


def test_without_a_colour_a_case_has_the_one_of_its_reason(chat: Chat) -> None:
    assert open_case(chat, "safety").priority == "red"
    assert open_case(new_chat(chat.database), "request").priority == "green"


def test_the_more_urgent_a_case_the_sooner_an_answer_is_promised(chat: Chat) -> None:
    assert open_case(chat, "safety").hours < open_case(new_chat(chat.database), "request").hours


def test_a_contact_told_once_is_known_in_the_next_case(chat: Chat) -> None:
    open_case(chat, contact="0912 345 678")
    with chat.database.reading() as session:
        customer = session.get_one(Customer, session.get_one(Conversation, chat.id).customer_id)
    assert customer.phone == "0912345678"


def test_who_would_rather_not_be_reached_is_not_asked(chat: Chat) -> None:
    told = open_case(chat, "complaint", contact_declined=True)
    assert not told.needs_contact
    assert status_of(chat) == "offline"


def test_danger_makes_an_open_case_red_and_says_so_in_its_timeline(chat: Chat) -> None:
    first = open_case(chat)
    second = open_case(chat, "safety")
    assert (second.number, second.repeated, second.priority) == (first.number, True, "red")
    assert events_of(chat) == ["opened", "more_urgent"]


def test_something_less_urgent_leaves_the_colour_of_an_open_case(chat: Chat) -> None:
    open_case(chat, "safety")
    assert open_case(chat, "complaint", details=DETAILS).priority == "red"
    assert events_of(chat) == ["opened"]
    assert ticket_of(chat).details == DETAILS


def test_the_same_turn_again_with_facts_changes_nothing(chat: Chat) -> None:
    first = open_case(chat, "complaint", "t-1", priority="yellow", details=DETAILS, contact="anna@example.com")
    again = open_case(chat, "complaint", "t-1", priority="yellow", details=DETAILS, contact="anna@example.com")
    assert first == again
    assert events_of(chat) == ["opened"]
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_red_cases_are_served_first_then_who_came_first(chat: Chat, agent: StaffMember) -> None:
    first, second, third = chat, new_chat(chat.database), new_chat(chat.database)
    assert open_case(first).place == 1
    assert open_case(second).place == 2
    assert open_case(third, "safety").place == 1
    assert [place_of(each) for each in (first, second, third)] == [2, 3, 1]
    fourth = new_chat(chat.database)
    assert open_case(fourth, "safety").place == 2
    assert [place_of(each) for each in (first, second, third, fourth)] == [3, 4, 1, 2]


def test_a_complaint_that_is_not_red_waits_in_its_turn(chat: Chat, agent: StaffMember) -> None:
    open_case(chat)
    assert open_case(new_chat(chat.database), "complaint", priority="yellow").place == 2


def test_who_does_not_wait_has_no_place(chat: Chat, agent: StaffMember) -> None:
    assert place_of(chat) is None
    open_case(chat)
    chat.press("back_to_bot")
    assert place_of(chat) is None


def test_a_red_case_that_is_resolved_gives_no_precedence_any_more(chat: Chat, agent: StaffMember) -> None:
    open_case(chat, "safety")
    resolved(chat, agent)
    other = new_chat(chat.database)
    open_case(other)
    assert open_case(chat).place == 2


def test_staff_see_red_cases_first(chat: Chat) -> None:
    open_case(chat)
    urgent = new_chat(chat.database)
    number = open_case(urgent, "safety").number
    with chat.database.reading() as session:
        rows = listing(session, Selection("queue"), "").rows
    assert [row.ticket.number for row in rows] == [number, ticket_of(chat).number]


def test_a_case_opened_again_waits_for_people_one_colour_more_urgent(chat: Chat, agent: StaffMember) -> None:
    open_case(chat)
    old = resolved(chat, agent)
    told = reopen(chat, old.id, "t-2")
    ticket = ticket_of(chat)
    assert (told.number, told.priority, told.place) == (old.number, "yellow", 1)
    assert (ticket.state, ticket.priority, ticket.staff_id) == ("in_progress", "yellow", None)
    assert status_of(chat) == "queued"
    assert events_of(chat)[-1] == "reopened"


def test_a_case_opened_again_by_the_same_turn_is_opened_once(chat: Chat, agent: StaffMember) -> None:
    open_case(chat)
    old = resolved(chat, agent)
    assert reopen(chat, old.id, "t-2") == reopen(chat, old.id, "t-2")
    assert events_of(chat).count("reopened") == 1
    assert ticket_of(chat).priority == "yellow"


def test_an_open_case_is_not_opened_again(chat: Chat) -> None:
    open_case(chat)
    reopen(chat, ticket_of(chat).id)
    assert events_of(chat) == ["opened"]
    assert ticket_of(chat).priority == "green"


def test_a_turn_that_is_over_opens_nothing_again(chat: Chat, agent: StaffMember) -> None:
    open_case(chat)
    old = resolved(chat, agent)
    turn_in_work(chat.database, chat.id, "t-2")
    turn_over(chat.database, "t-2")
    with pytest.raises(TurnOver), chat.database.writing() as session:
        reopening.reopen(session, old.id, chat.id, "t-2")
    assert ticket_of(chat).state == "resolved"


def test_who_opens_a_case_again_from_another_chat_goes_on_with_the_bot(chat: Chat, agent: StaffMember) -> None:
    open_case(chat)
    old = resolved(chat, agent)
    other = new_chat(chat.database)
    told = reopen(other, old.id, "t-2")
    assert (told.number, told.place, told.priority) == (old.number, None, "yellow")
    assert status_of(other) == "bot"
    assert ticket_of(chat).state == "in_progress"
    with chat.database.reading() as session:
        said = conversation_queries.transcript(session, chat.id)[-1]
    assert said.payload == {"event": "reopened"}


def test_a_case_opened_again_while_nobody_is_on_duty_asks_for_no_contact(chat: Chat, agent: StaffMember) -> None:
    open_case(chat)
    old = resolved(chat, agent)
    with chat.database.writing() as session:
        session.execute(update(StaffMember).values(seen_at=None))
    told = reopen(chat, old.id)
    assert (told.place, told.needs_contact, status_of(chat)) == (None, False, "offline")


def test_a_case_is_told_step_by_step_as_it_goes_on(chat: Chat, agent: StaffMember) -> None:
    def step() -> str:
        with chat.database.reading() as session:
            found = status.of_conversation(session, chat.id)
            assert found is not None
            return found.step

    open_case(chat)
    ticket = ticket_of(chat)
    steps = [step()]
    with chat.database.writing() as session:
        tickets.take(session, ticket.id, agent)
    steps.append(step())
    with chat.database.writing() as session:
        session.execute(update(Ticket).values(state="waiting_for_customer"))
    steps.append(step())
    with chat.database.writing() as session:
        tickets.resolve(session, ticket.id, agent, "delivery", "Sent again.")
    assert [*steps, step()] == ["waiting", "in_progress", "your_turn", "resolved"]


def test_a_case_of_another_chat_is_told_only_to_who_knows_number_and_contact(chat: Chat) -> None:
    number = open_case(chat, contact="anna@example.com").number
    other = new_chat(chat.database)
    with chat.database.reading() as session:
        assert status.of_conversation(session, other.id, number) is None
        assert status.of_owner(session, number, "joanna@example.com") is None
        assert status.of_owner(session, "T-9999", "anna@example.com") is None
        found = status.of_owner(session, number, "my mail is Anna@example.com")
    assert found is not None and found.number == number
    assert found.payload() == {"number": number, "state": "waiting", "priority": "green"}


def test_a_case_without_a_contact_can_be_claimed_by_nobody(chat: Chat) -> None:
    number = open_case(chat).number
    with chat.database.reading() as session:
        assert status.of_owner(session, number, "anna@example.com") is None
        assert status.of_owner(session, number, "") is None


def test_feedback_is_kept_under_a_number_and_waits_in_no_queue(chat: Chat) -> None:
    kept = keep(chat, "  Add a dark mode.  ", "t-1")
    with chat.database.reading() as session:
        found = feedback_queries.by_number(session, kept.number)
        assert session.scalar(select(func.count()).select_from(Ticket)) == 0
    assert found is not None and (found.text, found.kind, found.language) == (
        "Add a dark mode.", "suggestion", "zh-Hans",
    )  # fmt: skip
    assert status_of(chat) == "bot"


def test_feedback_of_the_same_turn_is_kept_once(chat: Chat) -> None:
    assert keep(chat, turn_id="t-1").number == keep(chat, turn_id="t-1").number
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Feedback)) == 1


def test_feedback_of_a_turn_that_is_over_is_not_kept(chat: Chat) -> None:
    turn_in_work(chat.database, chat.id, "t-1")
    turn_over(chat.database, "t-1")
    with pytest.raises(TurnOver), chat.database.writing() as session:
        feedback.keep(session, chat.id, "praise", "Great!", "t-1")
    with chat.database.reading() as session:
        assert feedback_queries.listing(session, None) == []


def test_only_suggestions_and_praise_are_feedback(chat: Chat) -> None:
    with pytest.raises(ValueError, match="complaint"):
        keep(chat, kind="complaint")


def test_feedback_is_listed_newest_first_and_by_kind(chat: Chat) -> None:
    first, second = keep(chat, "one").number, keep(chat, "two", kind="praise").number
    with chat.database.writing() as session:
        old = update(Feedback).where(Feedback.number == first).values(created_at=now() - timedelta(days=1))
        session.execute(old)
    with chat.database.reading() as session:
        assert [each.number for each in feedback_queries.listing(session, None)] == [second, first]
        assert [each.number for each in feedback_queries.listing(session, "suggestion")] == [first]
        assert feedback_queries.listing(session, None, page=2) == []


def test_erasing_a_conversation_erases_feedback_and_what_its_cases_were_told(chat: Chat) -> None:
    keep(chat, "My name is Sesamoeffner.")
    open_case(chat, "complaint", details={"what": "Sesamoeffner"}, contact="sesamoeffner@example.com")
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    with chat.database.reading() as session:
        for table in (Feedback, Ticket, TicketEvent, Customer):
            rows = session.execute(select(table.__table__)).all()
            assert "esamoeffner" not in str(rows), table
        assert feedback_queries.listing(session, None) == []
        assert ticket_of(chat).number == "T-1001"
