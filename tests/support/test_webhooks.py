"""What programs are told of: noted with what happened, to whoever wants it, and gone with an erasure."""

import pytest
from sqlalchemy import event, select

from storage.engine import Database
from support.conversations.opening import Visit, start
from support.conversations.tables import Conversation
from support.handoff import operations as handoff
from support.integrations import outbox
from support.integrations.acting import begin
from support.integrations.tables import WebhookDelivery
from support.integrations.webhooks import WebhookRefused, Wish, add_webhook, change_webhook, remove_webhook
from support.privacy.operations import erase_conversation, erase_customer
from support.satisfaction import operations as satisfaction
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.queries import open_for
from tests.support.conftest import SECRETS, Chat, new_chat
from tests.support.webhooks_made import ALL, URL, told, wanting


def with_case(database: Database, agent: StaffMember) -> tuple[Chat, str]:
    """A chat with a case that an agent has taken."""
    chat = new_chat(database, "en")
    chat.say("Where is the ring that I gave my wife?")
    with database.writing() as session:
        handoff.request(session, chat.id, "request", None)
        ticket = open_for(session, chat.id)
        assert ticket is not None
        tickets.take(session, ticket.id, agent)
        return chat, ticket.id


def test_everything_that_happens_is_told_in_its_order(database: Database, agent: StaffMember) -> None:
    wanting(database, *ALL)
    chat, ticket_id = with_case(database, agent)
    with database.writing() as session:
        tickets.resolve(session, ticket_id, agent, "delivery", "Told where the ring is.")
    with database.writing() as session:
        satisfaction.rate(session, chat.id, "csat", ticket_id, 5, [], "Thank you for the ring")
    events = [each["event"] for each in told(database)]
    assert [each for each in events if each != "message.created"] == [
        "conversation.created",
        "ticket.opened",
        "conversation.status_changed",
        "conversation.status_changed",
        "ticket.taken",
        "ticket.resolved",
        "conversation.status_changed",
        "rating.given",
    ]
    assert len({each["id"] for each in told(database)}) == len(events)
    moves = [each["data"] for each in told(database) if each["event"] == "conversation.status_changed"]
    assert [(each["before"], each["status"]) for each in moves] == [
        ("bot", "queued"),
        ("queued", "agent"),
        ("agent", "bot"),
    ]


def test_only_message_events_hold_what_was_said(database: Database, agent: StaffMember) -> None:
    wanting(database, *ALL)
    chat, ticket_id = with_case(database, agent)
    with database.writing() as session:
        satisfaction.rate(session, chat.id, "csat", chat.id, 5, ["ring"], "Thank you for the ring")
    for each in told(database):
        assert ("ring" in str(each["data"])) is (each["data"].get("author") == "customer"), each["event"]
    taken = next(each["data"] for each in told(database) if each["event"] == "ticket.taken")
    assert (taken["ticket_id"], taken["staff_id"], taken["position"], taken["revision"]) == (ticket_id, agent.id, 2, 3)


def test_a_program_knows_its_own_steps_again(database: Database, agent: StaffMember) -> None:
    wanting(database, "ticket.taken")
    begin("Warehouse")
    try:
        _, ticket_id = with_case(database, agent)
    finally:
        begin("")
    assert told(database)[0]["data"]["integration"] == "Warehouse"
    with database.reading() as session:
        timeline = session.get_one(tickets.Ticket, ticket_id)
        assert timeline.revision == 3


def test_each_is_told_only_what_it_wants_and_nothing_while_it_is_off(database: Database) -> None:
    wanting(database, "message.created", name="a")
    off = wanting(database, "message.created", name="b")
    with database.writing() as session:
        change_webhook(session, off, Wish("b", URL, ["message.created"]), False, False)
    wanting(database, "ticket.taken", name="c")
    chat = new_chat(database, "en")
    chat.say("Hello")
    with database.reading() as session:
        rows = session.scalars(select(WebhookDelivery)).all()
    assert {each.event for each in rows} == {"message.created"}
    assert [each.body["data"]["author"] for each in rows if each.webhook_id != off] == ["bot", "customer"]
    assert not [each for each in rows if each.webhook_id == off]


def test_what_is_rolled_back_was_never_told(database: Database) -> None:
    wanting(database, "message.created")
    before = len(told(database))
    with pytest.raises(RuntimeError), database.writing() as session:
        start(session, Visit("en"), SECRETS)
        raise RuntimeError
    assert len(told(database)) == before


def test_a_message_that_nobody_wants_costs_no_question_to_the_database(database: Database) -> None:
    wanting(database, "ticket.*")
    chat = new_chat(database, "en")
    chat.say("The first reads what is wanted")
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with database.writing() as session:
        outbox._known(session)
        asked.clear()
        for _ in range(100):
            outbox.note(session, "message.created", chat.id, lambda: pytest.fail("nobody wants it"))
    assert asked in ([], ["BEGIN"], ["COMMIT"])


def test_erasing_takes_what_is_on_its_way_and_tells_only_that(database: Database, agent: StaffMember) -> None:
    wanting(database, *ALL)
    chat, _ = with_case(database, agent)
    other = new_chat(database, "en")
    with database.writing() as session:
        erase_conversation(session, chat.id)
    of_chat = [each for each in told(database) if each["data"]["conversation_id"] == chat.id]
    assert [each["event"] for each in of_chat] == ["conversation.erased"]
    assert of_chat[0]["data"] == {"conversation_id": chat.id}
    assert [each for each in told(database) if each["data"]["conversation_id"] == other.id]


def test_that_one_chat_was_erased_is_still_told_when_the_customer_erases_everything_later(
    database: Database, agent: StaffMember
) -> None:
    wanting(database, *ALL)
    chat, _ = with_case(database, agent)
    other = new_chat(database, "en")
    with database.writing() as session:
        owner = session.get_one(Conversation, chat.id).customer_id
        session.get_one(Conversation, other.id).customer_id = owner
    with database.writing() as session:
        erase_conversation(session, chat.id)
    with database.writing() as session:
        erase_customer(session, other.id)
    waiting = [(each["event"], each["data"]) for each in told(database)]
    assert waiting == [("conversation.erased", {"conversation_id": each}) for each in (chat.id, other.id)]


def test_no_two_webhooks_have_the_same_name(database: Database) -> None:
    """A page that is loaded again after adding one sends the same form again."""
    with database.writing() as session:
        add_webhook(session, Wish("Shop", URL, ALL), False)
        other = add_webhook(session, Wish("Office", URL, ALL), False)
        for refused in (lambda: add_webhook(session, Wish(" Shop ", URL, ALL), False),
                        lambda: change_webhook(session, other.id, Wish("Shop", URL, ALL), True, False)):  # fmt: skip
            with pytest.raises(WebhookRefused, match="taken"):
                refused()
        change_webhook(session, other.id, Wish("Office", URL, ["message.created"]), True, False)


def test_of_two_who_take_a_name_at_the_same_moment_one_is_told_that_it_is_taken(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanting(database, *ALL, name="Shop")
    office = wanting(database, *ALL, name="Office")
    # Neither sees the other one's yet.
    monkeypatch.setattr("support.integrations.webhooks._check_free", lambda *_: None)
    with database.writing() as session:
        with pytest.raises(WebhookRefused, match="taken"):
            add_webhook(session, Wish("Shop", URL, ALL), False)
        with pytest.raises(WebhookRefused, match="taken"):
            change_webhook(session, office, Wish("Shop", URL, ALL), True, False)
        remove_webhook(session, office)
        add_webhook(session, Wish("Office", URL, ALL), False)


@pytest.mark.parametrize(
    "given", [Wish("", URL, ALL), Wish("a\nb", URL, ALL), Wish("a", URL, []), Wish("a", URL, ["everything"])]
)
def test_a_webhook_needs_a_name_and_known_events(database: Database, given: Wish) -> None:
    with database.writing() as session, pytest.raises(WebhookRefused):
        add_webhook(session, given, False)
