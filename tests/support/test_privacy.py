"""Erasing: nothing of what a customer said or was is left in any table, and a receipt tells how much it was."""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from storage.base import Base, now
from storage.engine import Database
from support.conversations import opening
from support.conversations.opening import Started, Visit
from support.conversations.operations import ConversationClosed
from support.conversations.tables import Conversation, Message
from support.customers.identity import signature
from support.customers.operations import CustomerDetails
from support.customers.tables import Customer
from support.feedback import operations as feedback
from support.files.tables import StoredFile
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.privacy.operations import Erased, erase_conversation, erase_customer
from support.privacy.tables import ErasureReceipt
from support.satisfaction import operations as satisfaction
from support.satisfaction.tables import SurveyRequest
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.changes import ConversationErased
from support.tickets.tables import Ticket
from support.turns import operations as turns
from support.turns.operations import TurnOver
from support.turns.replies import BotMessage, Reply
from support.turns.tables import Turn
from tests.support.conftest import SECRETS, Chat


def start(database: Database, **said: Any) -> Started:
    with database.writing() as session:
        return opening.start(session, Visit("en", **said), SECRETS)


def signed(word: str) -> CustomerDetails:
    moment, nonce = int(time.time()), uuid.uuid4().hex
    sign = signature(SECRETS.identity, f"id-{word}", moment, nonce)
    return CustomerDetails(f"id-{word}", f"Name {word}", f"{word}@example.com", "+49 30 1234567", sign, moment, nonce)


def live(database: Database, opened: Started, word: str, agent: StaffMember) -> str:
    """A customer uses everything there is, always with their word; the id of a file that they sent."""
    chat = Chat(database, opened.conversation.id)
    taken = chat.say(f"I say {word}")
    work = chat.claim()
    assert work is not None
    found = {"article_id": "a", "probability": 0.9, "title": "A"}
    trail = {"query": f"search {word}", "language": "en", "decision": "answer", "candidates": [found],
             "index_version": 1, "milliseconds": 1.0}  # fmt: skip
    with database.writing() as session:
        reply = Reply((BotMessage(f"You said {word}", {"note": word}, trail),), "question", 0.9)
        said = turns.settle(session, work, reply, "rasa").messages[0]
        satisfaction.rate(session, chat.id, "helpful", said.id, 0, [f"reason {word}"], f"comment {word}")
        feedback.keep(session, chat.id, "praise", f"praise {word}", None)
        facts = CaseFacts(details={"what": f"what {word}"}, contact=f"{word}@example.com")
        handoff.request(session, chat.id, "complaint", None, facts)
        handoff.save_contact(session, chat.id, f"{word}@example.org", None)
        session.add(
            SurveyRequest(
                conversation_id=chat.id, customer_id=opened.conversation.customer_id, kind="csat", subject_id=chat.id
            )
        )
        file = StoredFile(
            key=f"key-{word}-{chat.id}"[:64], conversation_id=chat.id, message_id=taken.message.id, name=f"{word}.png",
            media_type="image/png", size=1,
        )  # fmt: skip
        session.add(file)
        session.flush()
        ticket = session.scalars(select(Ticket).where(Ticket.conversation_id == chat.id)).one()
        member = session.merge(agent)
        tickets.take(session, ticket.id, member)
        tickets.reply(session, ticket.id, member, f"Dear {word}")
        tickets.resolve(session, ticket.id, member, "service", f"settled with {word}")
        return file.id


def found(database: Database, word: str) -> list[str]:
    """The tables, and their columns, in which a word stands."""
    places = []
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                places += [f"{table.name}.{name}" for name, value in row._mapping.items() if word in str(value)]
    return sorted(set(places))


def forget(database: Database, conversation_id: str) -> Erased:
    with database.writing() as session:
        return erase_customer(session, conversation_id)


def test_forgetting_a_customer_leaves_their_words_in_no_table_and_others_words_where_they_are(
    database: Database, agent: StaffMember
) -> None:
    mine = start(database, details=signed("Sesamoeffner"), page="/Sesamoeffner", context={"order": "Sesamoeffner"},
                 client_id=str(uuid.uuid4()), consented=True)  # fmt: skip
    file = live(database, mine, "Sesamoeffner", agent)
    Chat(database, mine.conversation.id).press("close")
    second = start(database, details=signed("Sesamoeffner"))
    Chat(database, second.conversation.id).say("Sesamoeffner again")
    other = start(database, details=signed("Xylophonkasten"))
    live(database, other, "Xylophonkasten", agent)
    before = found(database, "Xylophonkasten")
    assert set(found(database, "Sesamoeffner")) >= {*before, "conversation.page", "conversation.context"}

    erased = forget(database, second.conversation.id)
    assert found(database, "Sesamoeffner") == []
    assert found(database, "Xylophonkasten") == before
    assert sorted(erased.conversation_ids) == sorted([mine.conversation.id, second.conversation.id])
    assert erased.file_ids == [file]


def test_the_receipt_tells_how_much_of_what_was_erased_and_nothing_about_whom(
    database: Database, agent: StaffMember
) -> None:
    opened = start(database, details=signed("Sesamoeffner"))
    live(database, opened, "Sesamoeffner", agent)
    receipt = forget(database, opened.conversation.id).receipt
    assert re.fullmatch(r"E-[23456789A-HJ-NP-Z]{12}", receipt.number)
    assert receipt.counts == {
        "conversations": 1, "messages": 6, "turns": 1, "searches": 1, "ratings": 1, "feedback": 1, "tickets": 1,
        "files": 1, "surveys_asked": 2, "mails": 0,
    }  # fmt: skip
    with database.reading() as session:
        kept = session.scalars(select(ErasureReceipt)).one()
    assert (kept.number, kept.counts, kept.erased_at) == (receipt.number, receipt.counts, receipt.erased_at)
    with database.engine.connect() as connection:
        row = str(connection.execute(ErasureReceipt.__table__.select()).one())
    assert opened.conversation.id not in row and opened.conversation.customer_id not in row


def test_times_language_outcome_and_the_number_of_a_case_stay(database: Database, agent: StaffMember) -> None:
    opened = start(database, details=signed("Sesamoeffner"))
    live(database, opened, "Sesamoeffner", agent)
    forget(database, opened.conversation.id)
    with database.reading() as session:
        chat = session.get_one(Conversation, opened.conversation.id)
        ticket = session.scalars(select(Ticket)).one()
    assert (chat.language, chat.outcome, chat.status, chat.closed_by) == ("en", "escalated", "closed", "erased")
    assert (chat.created_at, chat.token_hash, chat.client_id, chat.staff_id) == (
        opened.conversation.created_at, "", None, None,
    )  # fmt: skip
    assert chat.closed_at is not None
    assert (ticket.number, ticket.reason, ticket.category) == ("T-1001", "complaint", "service")


def test_forgetting_twice_is_harmless(database: Database, agent: StaffMember) -> None:
    opened = start(database, details=signed("Sesamoeffner"))
    live(database, opened, "Sesamoeffner", agent)
    first = forget(database, opened.conversation.id)
    with database.reading() as session:
        closed = session.get_one(Conversation, opened.conversation.id).closed_at
    again = forget(database, opened.conversation.id)
    assert first.receipt.number != again.receipt.number
    assert set(again.receipt.counts.values()) == {0}
    with database.reading() as session:
        assert session.get_one(Conversation, opened.conversation.id).closed_at == closed


def test_a_forgotten_customer_who_comes_again_is_new(database: Database) -> None:
    opened = start(database, details=signed("Sesamoeffner"))
    forget(database, opened.conversation.id)
    again = start(database, details=signed("Sesamoeffner"))
    assert again.conversation.customer_id != opened.conversation.customer_id


def test_erasing_one_conversation_keeps_the_others_and_who_the_customer_is(database: Database) -> None:
    first = start(database, details=signed("Sesamoeffner"))
    Chat(database, first.conversation.id).press("close")
    second = start(database, details=signed("Sesamoeffner"))
    Chat(database, second.conversation.id).say("still here")
    for opened, left in [(first, "id-Sesamoeffner"), (second, None)]:
        with database.writing() as session:
            erased = erase_conversation(session, opened.conversation.id)
        assert erased.conversation_ids == [opened.conversation.id]
        with database.reading() as session:
            assert session.scalars(select(Customer.external_id)).one() == left
            if left:
                assert "still here" in list(session.scalars(select(Message.text)))


def test_a_turn_whose_conversation_was_erased_meanwhile_stores_nothing(database: Database) -> None:
    opened = start(database)
    chat = Chat(database, opened.conversation.id)
    chat.say("my word is Sesamoeffner")
    work = chat.claim()
    assert work is not None
    forget(database, chat.id)
    for final in (False, True):
        with database.writing() as session:
            reply = Reply((BotMessage("Sesamoeffner", {"ticket": {"number": "T-1"}}),), "question", 0.9)
            settled = turns.settle_and_go_on(session, work, reply, "rasa", final=final)
        assert (settled.stored, settled.messages, settled.following, settled.untold) == (False, (), None, False)
    for late in (
        lambda session: handoff.request(session, chat.id, "request", work.turn_id),
        lambda session: feedback.keep(session, chat.id, "praise", "Sesamoeffner", work.turn_id),
    ):
        with pytest.raises(TurnOver), database.writing() as session:
            late(session)
    with pytest.raises(ConversationClosed), database.writing() as session:
        satisfaction.rate(session, chat.id, "csat", chat.id, 1, [], "Sesamoeffner")
    with pytest.raises(ConversationClosed):
        chat.say("Sesamoeffner")
    assert found(database, "Sesamoeffner") == []
    with database.reading() as session:
        assert session.scalars(select(Turn)).all() == []


def test_an_agent_who_has_the_chat_sees_it_end(database: Database, agent: StaffMember) -> None:
    opened = start(database)
    with database.writing() as session:
        handoff.request(session, opened.conversation.id, "request", None)
        ticket = session.scalars(select(Ticket)).one()
        tickets.take(session, ticket.id, session.merge(agent))
    forget(database, opened.conversation.id)
    with pytest.raises(ConversationErased), database.writing() as session:
        tickets.reply(session, ticket.id, session.merge(agent), "Are you there?")
    with database.reading() as session:
        chat = session.get_one(Conversation, opened.conversation.id)
    assert chat.staff_id is None and chat.updated_at <= now()


@pytest.mark.parametrize("came", ["signed", "previous", "repeated"])
def test_whoever_comes_while_all_is_forgotten_gets_a_new_conversation_and_nothing_is_kept_in_the_old(
    database: Database, came: str
) -> None:
    own = str(uuid.uuid4())
    who = signed("Sesamoeffner") if came == "signed" else None
    opened = start(database, details=who, client_id=own)
    ways: dict[str, dict[str, Any]] = {
        "signed": {"details": signed("Sesamoeffner"), "context": {"order": "A-1"}},
        "previous": {"previous": (opened.conversation.id, opened.token), "details": CustomerDetails(name="Li")},
        "repeated": {"client_id": own},
    }
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            erase_customer(session, opened.conversation.id)
            coming = pool.submit(start, database, **ways[came])
            time.sleep(0.3)
        after = coming.result()
    assert after.conversation.id != opened.conversation.id
    assert after.conversation.customer_id != opened.conversation.customer_id
    with database.reading() as session:
        old = session.get_one(Conversation, opened.conversation.id)
        forgotten = session.get_one(Customer, opened.conversation.customer_id)
    assert (old.token_hash, old.context, old.client_id, old.page) == ("", {}, None, None)
    assert (forgotten.external_id, forgotten.name, forgotten.email) == (None, None, None)


def test_a_conversation_opened_while_all_is_forgotten_is_erased_as_well(database: Database) -> None:
    first = start(database, details=signed("Sesamoeffner"))
    Chat(database, first.conversation.id).press("close")
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            second = opening.start(session, Visit("en", details=signed("Sesamoeffner")), SECRETS)
            forgetting = pool.submit(forget, database, first.conversation.id)
            time.sleep(0.3)
        erased = forgetting.result()
    assert sorted(erased.conversation_ids) == sorted([first.conversation.id, second.conversation.id])
    assert found(database, "Sesamoeffner") == []


def test_two_pages_may_forget_the_same_customer_at_once(database: Database) -> None:
    for _ in range(5):
        first = start(database)
        second = start(database, previous=(first.conversation.id, first.token))
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda each: forget(database, each.conversation.id), [first, second]))
        assert sorted(each.receipt.counts["conversations"] for each in done) == [0, 2]


def test_of_two_conversations_erased_at_once_the_last_takes_the_customer_with_it(database: Database) -> None:
    first = start(database, details=CustomerDetails(name="Sesamoeffner"))
    second = start(database, previous=(first.conversation.id, first.token))
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            erase_conversation(session, first.conversation.id)
            other = pool.submit(erase, database, second.conversation.id)
            time.sleep(0.3)
        other.result()
    assert found(database, "Sesamoeffner") == []


def erase(database: Database, conversation_id: str) -> Erased:
    with database.writing() as session:
        return erase_conversation(session, conversation_id)
