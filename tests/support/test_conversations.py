"""Messages are taken once, in order, each with its turn."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from storage.engine import Database
from support.conversations import operations as conversations
from support.conversations import queries
from support.conversations.opening import Visit, start
from support.conversations.operations import ConversationClosed
from support.conversations.rules import MessageRefused
from support.conversations.tables import Message
from support.conversations.tokens import hash_token
from support.customers.operations import CustomerDetails
from support.turns.tables import Turn
from tests.support.conftest import SECRETS, Chat


def test_a_conversation_begins_with_a_greeting_that_says_it_is_a_bot(database: Database) -> None:
    with database.writing() as session:
        started = start(session, Visit("en", CustomerDetails(name="Anna"), "/shop"), SECRETS)
    assert "bot" in started.greeting.text
    assert "Anna" in started.greeting.text
    assert (started.greeting.seq, started.greeting.author) == (1, "bot")


def test_the_token_is_kept_only_as_a_hash(database: Database) -> None:
    with database.writing() as session:
        started = start(session, Visit("en"), SECRETS)
    assert started.token not in started.conversation.token_hash
    with database.reading() as session:
        found = queries.by_token(session, started.conversation.id, hash_token(started.token))
        assert found is not None
        assert queries.by_token(session, started.conversation.id, hash_token("other")) is None


def test_a_message_and_its_turn_are_stored_together(chat: Chat) -> None:
    taken = chat.say("怎么退货")
    with chat.database.reading() as session:
        turn = session.scalars(select(Turn)).one()
        message = session.get_one(Message, taken.message.id)
    assert (turn.message_id, turn.state, message.turn_id) == (message.id, "pending", turn.id)
    assert (message.author, message.language, message.seq) == ("customer", "zh-Hans", 2)


def test_the_same_client_id_again_is_the_same_message_and_opens_no_second_turn(chat: Chat) -> None:
    own = str(uuid.uuid4())
    first, second = chat.say("怎么退货", own), chat.say("怎么退货", own)
    assert (second.message.id, second.message.seq, second.repeated) == (first.message.id, first.message.seq, True)
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Turn)) == 1


def test_twenty_messages_sent_at_once_get_twenty_numbers_without_a_gap(chat: Chat) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: chat.say(f"第 {number} 条"), range(20)))
    assert sorted(each.message.seq for each in taken) == list(range(2, 22))


def test_one_client_id_sent_by_eight_threads_at_once_is_one_message(chat: Chat) -> None:
    own = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: chat.say("怎么退货", own), range(8)))
    assert len({each.message.id for each in taken}) == 1
    assert sum(not each.repeated for each in taken) == 1


def test_each_message_sets_the_language_of_the_answer(chat: Chat) -> None:
    assert chat.say("where is my parcel").message.language == "en"
    assert chat.say("退貨要幾天？").message.language == "zh-Hant"
    assert chat.say("😀").message.language == "zh-Hant"


def test_nothing_is_stored_when_a_message_is_refused(chat: Chat) -> None:
    for text, payload in [("", None), (None, {"kind": "x"}), (None, None), ("a", {"kind": "person"})]:
        with pytest.raises(MessageRefused), chat.database.writing() as session:
            conversations.receive(session, chat.id, str(uuid.uuid4()), text, payload)
    with chat.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_ending_the_chat_asks_for_a_rating_and_takes_no_more_messages(chat: Chat) -> None:
    chat.press("close")
    with chat.database.reading() as session:
        last = queries.transcript(session, chat.id)[-1]
    assert last.payload is not None
    assert last.payload["survey"] == {"kind": "csat", "subject_id": chat.id}
    with pytest.raises(ConversationClosed):
        chat.say("hello?")


def test_a_message_repeated_after_the_end_is_still_the_same_message(chat: Chat) -> None:
    own = str(uuid.uuid4())
    chat.say("怎么退货", own)
    chat.press("close")
    assert chat.say("怎么退货", own).repeated
