"""Passing a case to a colleague or a team, on both databases."""

from datetime import timedelta

import pytest

from storage.base import now
from storage.engine import Database
from support.conversations.queries import transcript
from support.conversations.tables import Conversation, Message
from support.handoff import operations as handoff
from support.handoff.transfer import TransferRefused, transfer
from support.staff.operations import note_presence
from support.staff.tables import StaffMember, Team
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets import queries as ticket_queries
from support.tickets.changes import Caller, ConversationErased, Outdated
from support.tickets.operations import NoteTooLong, NotInCharge
from support.tickets.progress import set_state
from support.tickets.snoozing import snooze
from support.tickets.states import TicketMoveRefused
from support.tickets.tables import Ticket, TicketEvent, TicketNote
from tests.support.conftest import Chat, staff


def taken(chat: Chat, member: StaffMember) -> str:
    with chat.database.writing() as session:
        handoff.request(session, chat.id, "request", None)
        ticket = ticket_queries.open_for(session, chat.id)
        assert ticket is not None
        tickets.take(session, ticket.id, member)
        return ticket.id


def colleague(database: Database, name: str = "Tom", on_duty: bool = True) -> StaffMember:
    with database.writing() as session:
        return staff(session, name, on_duty=on_duty)


def team(database: Database) -> str:
    with database.writing() as session:
        made = Team(name="Repairs", skills=[])
        session.add(made)
        session.flush()
        return made.id


def pass_on(
    chat: Chat,
    ticket_id: str,
    member: StaffMember,
    revision: int | None = None,
    change_id: str | None = None,
    why: str = "",
    **to: str | None,
) -> Ticket:
    with chat.database.writing() as session:
        return transfer(session, ticket_id, Caller(member, revision, change_id, why), **to)  # type: ignore[arg-type]


def timeline(chat: Chat, ticket_id: str) -> list[TicketEvent]:
    with chat.database.reading() as session:
        return list(ticket_queries.timeline(session, ticket_id))


def last_words(chat: Chat) -> Message:
    with chat.database.reading() as session:
        return transcript(session, chat.id)[-1]


def conversation(chat: Chat) -> Conversation:
    with chat.database.reading() as session:
        return session.get_one(Conversation, chat.id)


def test_a_colleague_who_is_there_has_the_chat_at_once_and_the_customer_is_told_who(
    chat: Chat, agent: StaffMember
) -> None:
    tom = colleague(chat.database)
    ticket = pass_on(chat, taken(chat, agent), agent, to_staff_id=tom.id, note=" Wants a new one. ")
    assert (ticket.staff_id, conversation(chat).status, conversation(chat).staff_id) == (tom.id, "agent", tom.id)
    told = last_words(chat)
    assert (told.author, (told.payload or {})["name"]) == ("system", "Tom")
    last = timeline(chat, ticket.id)[-1]
    assert (last.kind, last.staff_id) == ("transferred", agent.id)
    assert last.details == {"to": "Tom", "why": "Wants a new one."}
    with chat.database.reading() as session:
        assert [note.text for note in session.query(TicketNote).filter_by(ticket_id=ticket.id)] == ["Wants a new one."]


def test_whoever_passed_a_chat_on_cannot_write_in_it_any_more(chat: Chat, agent: StaffMember) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    pass_on(chat, ticket_id, agent, to_staff_id=tom.id)
    with pytest.raises(NotInCharge), chat.database.writing() as session:
        tickets.reply(session, ticket_id, agent, "still me")
    with chat.database.writing() as session:
        tickets.reply(session, ticket_id, tom, "now me")


@pytest.mark.parametrize("presence", ["away", "busy"])
def test_nobody_is_passed_to_somebody_who_takes_no_chats(chat: Chat, agent: StaffMember, presence: str) -> None:
    tom = colleague(chat.database)
    with chat.database.writing() as session:
        note_presence(session, tom.id, presence)
    ticket_id = taken(chat, agent)
    with pytest.raises(TransferRefused) as refused:
        pass_on(chat, ticket_id, agent, to_staff_id=tom.id)
    assert (refused.value.code, refused.value.name) == ("away", "Tom")
    assert conversation(chat).staff_id == agent.id
    assert [each.kind for each in timeline(chat, ticket_id)] == ["opened", "taken"]


def test_a_case_without_a_live_chat_may_wait_for_somebody_who_is_away(chat: Chat, agent: StaffMember) -> None:
    tom = colleague(chat.database, on_duty=False)
    ticket_id = taken(chat, agent)
    with chat.database.writing() as session:
        handing_back.hand_back(session, ticket_id, agent)
    before = last_words(chat).seq
    assert pass_on(chat, ticket_id, agent, to_staff_id=tom.id).staff_id == tom.id
    assert (conversation(chat).status, last_words(chat).seq) == ("bot", before)


def test_a_chat_passed_to_a_team_waits_in_the_queue_for_it(chat: Chat, agent: StaffMember) -> None:
    repairs = team(chat.database)
    ticket = pass_on(chat, taken(chat, agent), agent, to_team_id=repairs)
    assert (ticket.team_id, ticket.staff_id) == (repairs, None)
    assert (conversation(chat).status, conversation(chat).staff_id) == ("queued", None)
    assert "Repairs" in last_words(chat).text
    assert timeline(chat, ticket.id)[-1].details == {"team": "Repairs"}


@pytest.mark.parametrize("to", [{}, {"to_staff_id": "nobody"}, {"to_team_id": "none"}])
def test_nowhere_is_no_destination(chat: Chat, agent: StaffMember, to: dict[str, str]) -> None:
    ticket_id = taken(chat, agent)
    with pytest.raises(TransferRefused) as refused:
        pass_on(chat, ticket_id, agent, **to)
    assert refused.value.code == "nowhere"


def test_editors_serve_no_customers(chat: Chat, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        editor = staff(session, "Yun", "editor")
    with pytest.raises(TransferRefused):
        pass_on(chat, taken(chat, agent), agent, to_staff_id=editor.id)


def test_only_whoever_has_the_chat_passes_it_on(chat: Chat, agent: StaffMember) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    with pytest.raises(NotInCharge):
        pass_on(chat, ticket_id, tom, to_staff_id=tom.id)


def test_a_settled_or_erased_case_is_passed_to_nobody(chat: Chat, agent: StaffMember) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    with chat.database.writing() as session:
        tickets.resolve(session, ticket_id, agent, "delivery", "Done.")
    with pytest.raises(TicketMoveRefused):
        pass_on(chat, ticket_id, agent, to_staff_id=tom.id)
    with chat.database.writing() as session:
        session.get_one(Conversation, chat.id).token_hash = ""
    with pytest.raises(ConversationErased):
        pass_on(chat, ticket_id, agent, to_staff_id=tom.id)


def test_an_outdated_wish_is_refused_and_a_repeated_one_done_once(chat: Chat, agent: StaffMember) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    with pytest.raises(Outdated):
        pass_on(chat, ticket_id, agent, to_staff_id=tom.id, revision=1)
    for _ in range(2):
        pass_on(chat, ticket_id, agent, to_staff_id=tom.id, change_id="change-1")
    assert [each.kind for each in timeline(chat, ticket_id)] == ["opened", "taken", "transferred"]


def test_an_overlong_note_is_refused_before_anything_is_done(chat: Chat, agent: StaffMember) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    with pytest.raises(NoteTooLong):
        pass_on(chat, ticket_id, agent, to_staff_id=tom.id, note="x" * 4001)
    assert conversation(chat).staff_id == agent.id


def test_passing_on_that_comes_again_with_what_was_seen_before_is_told_that_it_is_done(
    chat: Chat, agent: StaffMember
) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    seen = len(timeline(chat, ticket_id)) + 1
    for _ in range(2):
        passed = pass_on(chat, ticket_id, agent, to_staff_id=tom.id, revision=seen, change_id="own-1")
        assert passed.staff_id == tom.id
    assert len(timeline(chat, ticket_id)) == seen
    with pytest.raises(Outdated):
        pass_on(chat, ticket_id, tom, to_staff_id=agent.id, revision=seen, change_id="own-2")


def test_whoever_waits_for_a_team_in_the_queue_waits_for_us_though_they_were_answered_before(
    chat: Chat, agent: StaffMember
) -> None:
    ticket_id = taken(chat, agent)
    with chat.database.writing() as session:
        tickets.reply(session, ticket_id, agent, "My colleagues know more.")
        set_state(session, ticket_id, Caller(agent), "waiting_for_customer")
        snooze(session, ticket_id, Caller(agent), now() + timedelta(hours=1))
    ticket = pass_on(chat, ticket_id, agent, to_team_id=team(chat.database))
    assert conversation(chat).status == "queued"
    assert ticket.waiting_since is not None and ticket.state == "in_progress"
    assert ticket.snoozed_until is None, "nobody would see it in a list"
    assert [(each.kind, each.details.get("because")) for each in timeline(chat, ticket_id)][-2:] == [
        ("woke_up", "queue"), ("transferred", None),
    ]  # fmt: skip
