"""A supervisor beside an agent, or in their place, on both databases."""

from datetime import timedelta

import pytest

from storage.engine import Database
from support.conversations.queries import transcript
from support.conversations.tables import Conversation
from support.handoff.release import leave_chats
from support.handoff.transfer import transfer
from support.staff.operations import ABSENT_AFTER
from support.staff.tables import StaffMember
from support.tickets import handing_back, stepping_in
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.changes import Caller, Outdated
from support.tickets.operations import AlreadyTaken, NotInCharge
from support.tickets.stepping_in import MayNotOversee, SteppedInAlready
from tests.support.conftest import Chat, staff
from tests.support.test_release import unseen_for
from tests.support.test_transfer import colleague, conversation, taken, timeline


@pytest.fixture
def ada(database: Database) -> StaffMember:
    """A supervisor on duty."""
    with database.writing() as session:
        return staff(session, "Ada", "supervisor")


def kinds(chat: Chat, ticket_id: str) -> list[str]:
    return [each.kind for each in timeline(chat, ticket_id)]


def do(chat: Chat, step: object, ticket_id: str, member: StaffMember, **more: object) -> None:
    with chat.database.writing() as session:
        step(session, ticket_id, Caller(member, **more))  # type: ignore[operator, arg-type]


def test_a_supervisor_writes_beside_the_agent_and_the_customer_hears_of_it_only_by_the_name(
    chat: Chat, agent: StaffMember, ada: StaffMember
) -> None:
    ticket_id = taken(chat, agent)
    with chat.database.reading() as session:
        before = len(transcript(session, chat.id))
    do(chat, stepping_in.step_in, ticket_id, ada)
    with chat.database.writing() as session:
        tickets.reply(session, ticket_id, ada, "I can help.")
        tickets.reply(session, ticket_id, agent, "Thank you, Ada.")
    with chat.database.reading() as session:
        said = transcript(session, chat.id)[before:]
    assert [(each.author, each.staff_id) for each in said] == [("agent", ada.id), ("agent", agent.id)]
    assert kinds(chat, ticket_id) == ["opened", "taken", "stepped_in"]
    assert conversation(chat).staff_id == agent.id


def test_stepping_out_ends_it_and_either_is_noted_once(chat: Chat, agent: StaffMember, ada: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    for step in (stepping_in.step_in, stepping_in.step_in, stepping_in.step_out, stepping_in.step_out):
        do(chat, step, ticket_id, ada)
    assert kinds(chat, ticket_id) == ["opened", "taken", "stepped_in", "stepped_out"]
    with pytest.raises(NotInCharge), chat.database.writing() as session:
        tickets.reply(session, ticket_id, ada, "one more word")


@pytest.mark.parametrize("step", [stepping_in.step_in, stepping_in.take_over])
def test_only_supervisors_and_only_in_a_colleagues_chat(
    chat: Chat, agent: StaffMember, ada: StaffMember, step: object
) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    with pytest.raises(MayNotOversee):
        do(chat, step, ticket_id, tom)
    with chat.database.writing() as session:
        handing_back.hand_back(session, ticket_id, agent)
    with pytest.raises(Outdated):
        do(chat, step, ticket_id, ada)


def test_one_supervisor_at_a_time(chat: Chat, agent: StaffMember, ada: StaffMember) -> None:
    with chat.database.writing() as session:
        other = staff(session, "Bo", "supervisor")
    ticket_id = taken(chat, agent)
    do(chat, stepping_in.step_in, ticket_id, ada)
    with pytest.raises(SteppedInAlready) as refused:
        do(chat, stepping_in.step_in, ticket_id, other)
    assert refused.value.name == "Ada"


def test_a_supervisor_beside_an_agent_does_not_settle_their_case(
    chat: Chat, agent: StaffMember, ada: StaffMember
) -> None:
    ticket_id = taken(chat, agent)
    do(chat, stepping_in.step_in, ticket_id, ada)
    with pytest.raises(AlreadyTaken), chat.database.writing() as session:
        tickets.resolve(session, ticket_id, ada, "delivery", "Done.")
    with pytest.raises(NotInCharge), chat.database.writing() as session:
        handing_back.hand_back(session, ticket_id, ada)


def test_taking_over_makes_the_supervisor_the_owner_and_tells_the_customer(
    chat: Chat, agent: StaffMember, ada: StaffMember
) -> None:
    ticket_id = taken(chat, agent)
    do(chat, stepping_in.step_in, ticket_id, ada)
    do(chat, stepping_in.take_over, ticket_id, ada)
    assert (conversation(chat).staff_id, conversation(chat).supervisor_id) == (ada.id, None)
    last = timeline(chat, ticket_id)[-1]
    assert (last.kind, last.staff_id, last.details) == ("taken_over", ada.id, {"from": "Mei"})
    with chat.database.reading() as session:
        told = transcript(session, chat.id)[-1]
        assert session.get_one(Conversation, chat.id).status == "agent"
    assert (told.author, (told.payload or {})["name"]) == ("system", "Ada")
    with pytest.raises(NotInCharge), chat.database.writing() as session:
        tickets.reply(session, ticket_id, agent, "and I?")


@pytest.mark.parametrize("ending", ["handed_back", "resolved", "transferred"])
def test_whatever_ends_the_agents_part_ends_the_supervisors(
    chat: Chat, agent: StaffMember, ada: StaffMember, ending: str
) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    do(chat, stepping_in.step_in, ticket_id, ada)
    with chat.database.writing() as session:
        if ending == "handed_back":
            handing_back.hand_back(session, ticket_id, agent)
        elif ending == "resolved":
            tickets.resolve(session, ticket_id, agent, "delivery", "Done.")
        else:
            transfer(session, ticket_id, Caller(agent), to_staff_id=tom.id)
    assert conversation(chat).supervisor_id is None


def test_a_supervisor_who_signs_out_steps_out(chat: Chat, agent: StaffMember, ada: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    do(chat, stepping_in.step_in, ticket_id, ada)
    with chat.database.writing() as session:
        assert leave_chats(session, session.get_one(StaffMember, ada.id)) == []
    assert conversation(chat).supervisor_id is None
    assert kinds(chat, ticket_id)[-1] == "stepped_out"


def test_a_supervisor_who_closed_their_page_is_stepped_out_once_and_the_timeline_tells_why(
    chat: Chat, agent: StaffMember, ada: StaffMember
) -> None:
    ticket_id = taken(chat, agent)
    do(chat, stepping_in.step_in, ticket_id, ada)
    with chat.database.reading() as session:
        assert stepping_in.supervised_by_absent(session) == []
    with chat.database.writing() as session:
        assert not stepping_in.step_out_absent(session, chat.id)
    unseen_for(chat, ada, ABSENT_AFTER + timedelta(seconds=5))
    with chat.database.reading() as session:
        assert stepping_in.supervised_by_absent(session) == [chat.id]
    with chat.database.writing() as session:
        assert stepping_in.step_out_absent(session, chat.id)
        assert not stepping_in.step_out_absent(session, chat.id)
    last = timeline(chat, ticket_id)[-1]
    assert (last.kind, last.staff_id, last.details) == ("stepped_out", ada.id, {"because": "absent"})
    assert (conversation(chat).supervisor_id, conversation(chat).staff_id) == (None, agent.id)


def test_the_same_change_again_is_done_once(chat: Chat, agent: StaffMember, ada: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    with pytest.raises(Outdated):
        do(chat, stepping_in.step_in, ticket_id, ada, revision=1)
    do(chat, stepping_in.step_in, ticket_id, ada, change_id="one")
    do(chat, stepping_in.step_out, ticket_id, ada, change_id="two")
    do(chat, stepping_in.step_in, ticket_id, ada, change_id="one")
    assert conversation(chat).supervisor_id is None
    with chat.database.reading() as session:
        assert ticket_queries.open_for(session, chat.id) is not None


@pytest.mark.parametrize("step", [stepping_in.step_in, stepping_in.step_out, stepping_in.take_over])
def test_a_step_that_comes_again_with_what_was_seen_before_is_told_that_it_is_done(
    chat: Chat, agent: StaffMember, ada: StaffMember, step: object
) -> None:
    ticket_id = taken(chat, agent)
    if step is stepping_in.step_out:
        do(chat, stepping_in.step_in, ticket_id, ada)
    seen = len(kinds(chat, ticket_id)) + 1
    for _ in range(2):
        do(chat, step, ticket_id, ada, revision=seen, change_id="own-1")
    assert len(kinds(chat, ticket_id)) == seen
    with pytest.raises(Outdated):
        do(chat, step, ticket_id, ada, revision=seen, change_id="own-2")
