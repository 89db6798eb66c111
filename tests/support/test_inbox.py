"""The inbox: which cases a list holds, in which order, what is unread, and lists kept under a name."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from storage.base import now
from storage.engine import Database
from support.conversations.tables import Conversation
from support.handoff import operations as handoff
from support.staff.tables import StaffMember, Team, TeamMember
from support.tickets import saved_views
from support.tickets.listing import counts, listing
from support.tickets.order import ORDERS, Sortable, place
from support.tickets.reading import is_read, note_read, unread
from support.tickets.saved_views import ViewRefused, counted, keep, kept
from support.tickets.selection import VIEWS, Selection, SelectionRefused, read_selection
from support.tickets.tables import Mention, Ticket, TicketNote, TicketTag
from tests.support.conftest import Chat, new_chat, staff

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def case(database: Database, *, chat: dict[str, Any] | None = None, **fields: Any) -> str:
    """An open case whose fields (and those of its chat) are as given; its id."""
    made = new_chat(database, "en")
    with database.writing() as session:
        number = handoff.request(session, made.id, "request", None).number
        ticket = session.query(Ticket).filter_by(number=number).one()
        if fields:
            session.execute(update(Ticket).where(Ticket.id == ticket.id).values(**fields))
        if chat:
            session.execute(update(Conversation).where(Conversation.id == made.id).values(**chat))
        return ticket.id


def shown(database: Database, selection: Selection, staff_id: str = "nobody at all") -> list[str]:
    with database.reading() as session:
        return [row.ticket.id for row in listing(session, selection, staff_id).rows]


def counted_in(database: Database, staff_id: str) -> dict[str, int]:
    with database.reading() as session:
        return counts(session, staff_id, {})


def write(database: Database, *rows: object) -> None:
    with database.writing() as session:
        for each in rows:
            session.add(each)
            session.flush()


def test_each_view_holds_its_cases_and_counts_them(database: Database, agent: StaffMember) -> None:
    write(database, Team(id="t", name="Returns"), TeamMember(team_id="t", staff_id=agent.id))
    waiting, mine = case(database), case(database, staff_id=agent.id)
    teams = case(database, team_id="t")
    asleep = case(database, staff_id=agent.id, snoozed_until=now() + timedelta(hours=1))
    awake = case(database, staff_id=agent.id, snoozed_until=now() - timedelta(hours=1))
    merged = case(database, merged_into_id=waiting)
    settled = case(database, state="resolved", resolved_at=now())
    found = {view: set(shown(database, Selection(view), agent.id)) for view in VIEWS}
    assert found == {
        "queue": {waiting, teams},
        "mine": {mine, awake},
        "team": {teams},
        "mentions": set(),
        "all": {waiting, mine, teams, awake},
        "snoozed": {asleep},
        "resolved": {settled},
        "found": {waiting, mine, teams, asleep, awake, merged, settled},
    }
    totals = counted_in(database, agent.id)
    assert totals == {view: len(found[view]) for view in ("queue", "mine", "team", "mentions", "all", "snoozed")}


def test_mentions_not_seen_yet_come_first_and_alone_are_counted(database: Database, agent: StaffMember) -> None:
    seen, fresh = case(database), case(database)
    for number, (ticket_id, at) in enumerate([(seen, now()), (fresh, None)]):
        note = TicketNote(id=f"n{number}", ticket_id=ticket_id, staff_id=agent.id, text="@Mei look", seq=0)
        write(database, note, Mention(note_id=note.id, staff_id=agent.id, ticket_id=ticket_id, seen_at=at))
    assert shown(database, Selection("mentions"), agent.id) == [fresh, seen]
    assert counted_in(database, agent.id)["mentions"] == 1
    with database.writing() as session:
        assert note_read(session, agent.id, fresh)
    assert counted_in(database, agent.id)["mentions"] == 0


def test_filters_narrow_a_list_down_together(database: Database, agent: StaffMember) -> None:
    write(database, Team(id="t", name="Returns"))
    facts = {"priority": "red", "reason": "complaint", "category": "payment", "language": "zh-Hant", "team_id": "t"}
    wanted = case(database, **facts, staff_id=agent.id, waiting_since=None, chat={"channel": "mail"})
    other = case(database)
    write(database, TicketTag(ticket_id=wanted, name="换货"))
    each = {
        "priority": "red", "reason": "complaint", "category": "payment", "written_in": "zh-Hant", "channel": "mail",
        "tag": "换货", "team": "t", "owner": agent.id, "waiting": "customer",
    }  # fmt: skip
    for name, value in each.items():
        assert shown(database, read_selection({"view": "all", name: value}), agent.id) == [wanted], name
    assert shown(database, read_selection({"view": "all", **each}), agent.id) == [wanted]
    assert shown(database, read_selection({"view": "all", **each, "priority": "green"}), agent.id) == []
    opposite = {"team": "nobody", "owner": "nobody", "waiting": "us"}
    assert shown(database, read_selection({"view": "all", **opposite}), agent.id) == [other]
    assert shown(database, read_selection({"view": "all", "owner": "me"}), agent.id) == [wanted]


def facts_of(rows: Sequence[Any]) -> list[Sortable]:
    return [
        Sortable(
            row.ticket.id, row.ticket.priority, row.conversation.status, row.ticket.waiting_since,
            row.conversation.queued_at, row.ticket.created_at, row.ticket.updated_at,
        )
        for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_the_database_sorts_by_the_rules_alone(database: Database, order: str) -> None:
    number = itertools.count()
    for priority, chat, waits in itertools.product(("red", "green"), ("queued", "agent", "offline"), (True, False)):
        at = NOON - timedelta(minutes=next(number) * 7 % 31)
        case(
            database, priority=priority, waiting_since=at if waits else None, created_at=at - timedelta(minutes=3),
            updated_at=at + timedelta(minutes=next(number) * 5 % 23),
            chat={"status": chat, "queued_at": at - timedelta(minutes=1) if chat == "queued" else None},
        )  # fmt: skip
    with database.reading() as session:
        found = facts_of(listing(session, Selection("all", sort=order), "").rows)
    assert len(found) == 12
    assert found == sorted(found, key=lambda each: place(order, each))


def test_what_needs_an_answer_first_stands_first(database: Database) -> None:
    answered = case(database, priority="red", waiting_since=None)
    patient = case(database, waiting_since=NOON, chat={"status": "offline", "queued_at": None})
    longer = case(database, waiting_since=NOON - timedelta(days=1), chat={"status": "offline", "queued_at": None})
    live = case(database, waiting_since=NOON + timedelta(hours=2), chat={"status": "queued", "queued_at": now()})
    red = case(database, priority="red", waiting_since=now(), chat={"status": "offline", "queued_at": None})
    assert shown(database, Selection("queue")) == [red, live, longer, patient, answered]


def test_everything_shows_open_cases_before_settled_ones_over_its_pages(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.tickets.listing.PAGE", 2)
    first, second, third = (case(database, waiting_since=NOON + timedelta(hours=n)) for n in range(3))
    old, new = (case(database, state="resolved", resolved_at=NOON + timedelta(hours=n)) for n in range(2))
    pages = [shown(database, Selection("found", page=page)) for page in (1, 2, 3, 4)]
    assert pages == [[first, second], [third, new], [old], []]


def test_unread_counts_what_the_customer_wrote_since_one_looked(
    database: Database, chat: Chat, agent: StaffMember
) -> None:
    chat.say("one")
    with database.writing() as session:
        handoff.request(session, chat.id, "request", None)
    chat.say("two")
    with database.reading() as session:
        ticket = session.query(Ticket).one().id
        assert unread(session, agent.id, [ticket]) == {ticket: 2}
        assert not is_read(session, agent.id, ticket)
    with database.writing() as session:
        assert note_read(session, agent.id, ticket)
    with database.reading() as session:
        assert unread(session, agent.id, [ticket]) == {}
        assert is_read(session, agent.id, ticket)
        assert unread(session, "somebody else", [ticket]) == {ticket: 2}
    chat.say("three")
    with database.writing() as session:
        assert unread(session, agent.id, [ticket]) == {ticket: 1}
        assert note_read(session, agent.id, ticket)
        assert unread(session, agent.id, [ticket]) == {}
        assert not note_read(session, agent.id, "no such case")


def test_a_list_is_kept_replaced_and_removed_by_its_owner(database: Database, agent: StaffMember) -> None:
    with database.writing() as session:
        tom, ada = staff(session, "Tom"), staff(session, "Ada", "supervisor")
        keep(session, agent, "  Red   ones ", Selection("all", priority="red", page=3), shared=True)
        keep(session, agent, "Red ones", Selection("mine", priority="red"), shared=True)
        shared = keep(session, ada, "Mails", Selection("all", channel="mail"), shared=True).id
    with database.reading() as session:
        (mails, mine) = kept(session, agent.id)
        assert (mine.view.name, mine.selection) == ("Red ones", Selection("mine", priority="red"))
        assert not mine.view.shared, "only supervisors share"
        assert [each.view.name for each in kept(session, tom.id)] == ["Mails"]
        assert mails.view.shared
    with database.writing() as session, pytest.raises(ViewRefused):
        saved_views.drop(session, tom, shared)
    with database.writing() as session:
        saved_views.drop(session, agent, mine.view.id)
        saved_views.drop(session, agent, mine.view.id)
        saved_views.drop(session, ada, shared)
    with database.reading() as session:
        assert kept(session, agent.id) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b"])
def test_a_list_needs_a_name_that_can_be_shown(database: Database, agent: StaffMember, name: str) -> None:
    with database.writing() as session, pytest.raises(ViewRefused):
        keep(session, agent, name, Selection(), shared=False)


def test_kept_lists_are_counted_and_those_that_ask_for_nothing_known_are_left_out(
    database: Database, agent: StaffMember
) -> None:
    case(database, priority="red")
    case(database)
    with database.writing() as session:
        red = keep(session, agent, "Red", Selection("all", priority="red"), shared=False).id
        keep(session, agent, "Searched", Selection("found", q="parcel"), shared=False)
        keep(session, agent, "Older", Selection("all"), shared=False).filters = {"view": "gone"}
    with database.reading() as session:
        views = kept(session, agent.id)
        assert [each.view.name for each in views] == ["Red", "Searched"]
        assert counts(session, agent.id, counted(views))[red] == 1


@pytest.mark.fast
def test_an_address_says_what_a_list_shows_and_no_more() -> None:
    asked = read_selection({"view": "open", "priority": "red", "tag": "a b", "utm": "x", "page": "2"})
    assert asked == Selection("all", priority="red", tag="a b", page=2)
    assert asked.query() == "view=all&priority=red&tag=a+b&page=2"
    assert asked.query(sort="newest") == "view=all&priority=red&tag=a+b&sort=newest"
    assert asked.without("priority") == "view=all&tag=a+b"
    assert read_selection({}) == Selection("queue")
    assert read_selection({"q": " parcel "}) == Selection("found", q="parcel")


@pytest.mark.fast
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("view", "nothing"), ("priority", "purple"), ("reason", "'"), ("category", "x"), ("written_in", "de"),
        ("channel", "fax"), ("waiting", "them"), ("sort", "random"), ("page", "0"), ("page", "99999"), ("page", "-1"),
        ("page", "１"), ("tag", "x" * 41), ("tag", "\x00"), ("owner", "a\nb"), ("team", "x" * 41),
    ],
)  # fmt: skip
def test_what_no_list_knows_is_refused(name: str, value: str) -> None:
    with pytest.raises(SelectionRefused) as refused:
        read_selection({name: value})
    assert refused.value.name == name
