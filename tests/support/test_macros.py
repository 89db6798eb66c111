"""Ready replies in the database: whose they are, and that a reply with its steps happens whole or not at all."""

from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from storage.engine import Database
from support.conversations.queries import transcript
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.macros import operations as macros
from support.macros import queries
from support.macros.operations import Given, MacroNotFound
from support.macros.rules import MacroRefused
from support.macros.tables import Macro
from support.staff.tables import StaffMember, Team, TeamMember
from support.tickets import operations as tickets
from support.tickets.changes import Caller
from support.tickets.progress import set_state
from support.tickets.states import TicketMoveRefused
from support.tickets.tables import Ticket, TicketTag
from tests.support.conftest import Chat, staff
from tests.support.test_transfer import colleague, taken, team, timeline


def keep(
    database: Database,
    shortcut: str = "refund",
    owner: str | None = None,
    steps: list[dict[str, Any]] | None = None,
    team_id: str | None = None,
) -> str:
    with database.writing() as session:
        given = Given(shortcut, "Refund", {"en": "It is paid back."}, steps or [], team_id)
        return macros.save(session, given, owner).id


def usable(database: Database, staff_id: str) -> set[str]:
    with database.reading() as session:
        return {each.shortcut for each in queries.usable_by(session, staff_id)}


def say(chat: Chat, ticket_id: str, member: StaffMember, macro_id: str) -> Ticket:
    with chat.database.writing() as session:
        return macros.reply_with_steps(session, ticket_id, member, "It is paid back.", macro_id)


def test_everybody_uses_what_is_shared_a_team_its_own_and_each_their_own(database: Database) -> None:
    with database.writing() as session:
        mei, tom = staff(session, "Mei").id, staff(session, "Tom").id
    repairs = team(database)
    with database.writing() as session:
        session.add(TeamMember(team_id=repairs, staff_id=tom))
    keep(database, "all")
    keep(database, "team", team_id=repairs)
    keep(database, "own", owner=mei)
    assert usable(database, mei) == {"all", "own"}
    assert usable(database, tom) == {"all", "team"}


def test_what_somebody_used_last_is_offered_to_them_first_and_to_others_by_the_alphabet(
    chat: Chat, agent: StaffMember
) -> None:
    tom = colleague(chat.database)
    by_shortcut = {each: keep(chat.database, each) for each in ("apple", "berry", "cherry")}
    ticket_id = taken(chat, agent)
    for each in ("cherry", "berry", "cherry"):
        say(chat, ticket_id, agent, by_shortcut[each])
    with chat.database.reading() as session:
        offered = [[each.shortcut for each in queries.usable_by(session, who.id)] for who in (agent, tom)]
    assert offered == [["cherry", "berry", "apple"], ["apple", "berry", "cherry"]]


def test_a_shortcut_belongs_to_one_ready_reply(database: Database) -> None:
    first = keep(database)
    with pytest.raises(MacroRefused) as refused:
        keep(database, "/Refund")
    assert (refused.value.code, refused.value.value) == ("taken", "refund")
    with database.writing() as session:
        macros.save(session, Given("refund", "Other name", {"en": "Paid."}, []), None, first)


def test_nobody_changes_or_removes_what_is_not_theirs(database: Database) -> None:
    with database.writing() as session:
        mei, tom = staff(session, "Mei").id, staff(session, "Tom").id
    own, shared = keep(database, "own", owner=mei), keep(database, "shared")
    for macro_id, owner in ((own, tom), (own, None), (shared, mei)):
        with pytest.raises(MacroNotFound), database.writing() as session:
            macros.save(session, Given("new", "New", {"en": "Hi"}, []), owner, macro_id)
        with pytest.raises(MacroNotFound), database.writing() as session:
            macros.remove(session, macro_id, owner)
    with database.writing() as session:
        macros.remove(session, own, mei)
    assert usable(database, mei) == {"shared"}


def test_a_step_to_a_team_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(MacroRefused):
        keep(database, steps=[{"kind": "transfer", "team_id": "none"}])


def test_a_reply_is_sent_with_all_its_steps_each_in_the_timeline(chat: Chat, agent: StaffMember) -> None:
    settle = {"kind": "resolve", "category": "payment", "note": "Paid back."}
    macro = keep(chat.database, steps=[settle, {"kind": "tag", "value": "refund"}])
    ticket_id = taken(chat, agent)
    ticket = say(chat, ticket_id, agent, macro)
    assert (ticket.state, ticket.category) == ("resolved", "payment")
    assert [each.kind for each in timeline(chat, ticket_id)] == ["opened", "taken", "tagged", "resolved"]
    with chat.database.reading() as session:
        assert session.get(TicketTag, {"ticket_id": ticket_id, "name": "refund"}) is not None
        assert [each.author for each in transcript(session, chat.id)][-2:] == ["agent", "system"]
        assert session.get_one(Macro, macro).uses == 1


def test_when_a_step_is_refused_nothing_is_said_either(chat: Chat, agent: StaffMember) -> None:
    repairs = team(chat.database)
    macro = keep(chat.database, steps=[{"kind": "tag", "value": "repair"}, {"kind": "transfer", "team_id": repairs}])
    with chat.database.writing() as session:
        session.delete(session.get_one(Team, repairs))
    ticket_id = taken(chat, agent)
    with pytest.raises(Exception, match="nowhere"):
        say(chat, ticket_id, agent, macro)
    with chat.database.reading() as session:
        assert transcript(session, chat.id)[-1].author == "system"
        assert session.get(TicketTag, {"ticket_id": ticket_id, "name": "repair"}) is None
        assert session.get_one(Macro, macro).uses == 0
    assert [each.kind for each in timeline(chat, ticket_id)] == ["opened", "taken"]


def test_a_ready_reply_that_is_removed_while_it_is_sent_is_not_found_and_nothing_is_said(
    chat: Chat, agent: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    macro = keep(chat.database, steps=[{"kind": "tag", "value": "refund"}])
    ticket_id = taken(chat, agent)
    reply = tickets.reply

    def meanwhile(session: Session, *said: Any) -> Ticket:
        gone = delete(Macro).where(Macro.id == macro).execution_options(synchronize_session=False)
        session.execute(gone)
        return reply(session, *said)

    monkeypatch.setattr(tickets, "reply", meanwhile)
    with pytest.raises(MacroNotFound):
        say(chat, ticket_id, agent, macro)
    with chat.database.reading() as session:
        assert transcript(session, chat.id)[-1].author == "system"
        assert session.get(TicketTag, {"ticket_id": ticket_id, "name": "refund"}) is None


def test_a_ready_reply_of_somebody_else_is_not_sent(chat: Chat, agent: StaffMember) -> None:
    tom = colleague(chat.database)
    ticket_id = taken(chat, agent)
    with pytest.raises(MacroNotFound):
        say(chat, ticket_id, agent, keep(chat.database, owner=tom.id))


def test_waiting_for_the_customer_ends_with_their_next_words(chat: Chat, agent: StaffMember) -> None:
    macro = keep(chat.database, steps=[{"kind": "waiting"}])
    ticket_id = taken(chat, agent)
    assert say(chat, ticket_id, agent, macro).state == "waiting_for_customer"
    chat.say("这是我的订单号")
    with chat.database.reading() as session:
        assert session.get_one(Ticket, ticket_id).state == "in_progress"
    kinds = [each.kind for each in timeline(chat, ticket_id)]
    assert kinds == ["opened", "taken", "state_changed", "customer_answered"]


def test_putting_off_waits_for_as_long_as_the_step_says(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    ticket = say(chat, ticket_id, agent, keep(chat.database, steps=[{"kind": "snooze", "hours": 48}]))
    assert ticket.snoozed_until is not None
    assert timeline(chat, ticket_id)[-1].kind == "snoozed"


def test_places_are_filled_with_what_is_known_of_a_case(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    chat.say("我的订单号是 LT-88412")
    with chat.database.writing() as session:
        conversation = session.get_one(Conversation, chat.id)
        session.get_one(Customer, conversation.customer_id).name = "李娜"
        values = macros.values_for(session, session.get_one(Ticket, ticket_id), conversation, agent)
    assert values == {"customer": "李娜", "agent": "Mei", "number": "T-1001", "order": "LT-88412"}


def test_a_settled_case_cannot_wait_for_its_customer(chat: Chat, agent: StaffMember) -> None:
    ticket_id = taken(chat, agent)
    with chat.database.writing() as session:
        tickets.resolve(session, ticket_id, agent, "delivery", "Done.")
    with pytest.raises(TicketMoveRefused), chat.database.writing() as session:
        set_state(session, ticket_id, Caller(agent), "waiting_for_customer")
