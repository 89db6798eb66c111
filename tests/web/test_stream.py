"""The customers' stream: news is told as it was published, and read anew whenever that would leave a gap."""

import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage.engine import Database
from support.conversations.operations import receive
from support.conversations.tables import Conversation
from support.privacy.operations import erase_conversation
from support.turns import operations as turns
from support.turns.replies import BotMessage, Reply
from tests.support.conftest import Chat, new_chat
from web.chat.open_streams import OpenStreams
from web.chat.reading import fresh_news, news
from web.chat.stream import events
from web.chat.tokens import TrustedTokens
from web.typing import Typing


class Hub:
    """Hands out the changes of a test."""

    def __init__(self, *changes: list[bytes]) -> None:
        self.told = changes
        self.patience: list[float] = []

    async def changes(self, name: str, patience: Any) -> AsyncIterator[list[bytes]]:
        for change in self.told:
            self.patience.append(patience())
            yield change
        self.patience.append(patience())


class Services:
    """The parts that a stream needs."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self.database = database
        self.hub = hub
        self.streams = OpenStreams()
        self.typing = Typing()
        self.reads = 0

        async def read(work: Any) -> Any:
            self.reads += 1
            with database.reading() as session:
                return work(session)

        self.database = type("Counted", (), {"read": staticmethod(read)})()


@pytest.fixture
def chat(database: Database) -> Chat:
    return new_chat(database, "en")


async def told(
    chat: Chat, *changes: list[bytes], after: int = 1, token_hash: str = ""
) -> tuple[list[tuple[str, Any]], Services, Hub]:
    hub = Hub(*changes)
    services = Services(chat.database, hub)
    with chat.database.reading() as session:
        token_hash = token_hash or session.get_one(Conversation, chat.id).token_hash
    sent = b"".join([chunk async for chunk in events(services, chat.id, after, token_hash)])  # type: ignore[arg-type]
    found = []
    for block in sent.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found, services, hub


def asked_and_answered(chat: Chat) -> tuple[bytes, bytes]:
    """A question and its answer, as they are published."""
    with chat.database.writing() as session:
        taken = receive(session, chat.id, str(uuid.uuid4()), "q", None, ask_at_once=True)
    assert taken.work is not None
    first = fresh_news(taken.conversation, [taken.message], typing=True)
    with chat.database.writing() as session:
        settled = turns.settle_and_go_on(session, taken.work, Reply((BotMessage("a"),)), "rasa")
    return first, fresh_news(settled.conversation, settled.messages, typing=False)


async def test_what_is_published_needs_no_look_at_the_database(chat: Chat) -> None:
    found, services, _ = await told(chat, [b""], *([change] for change in asked_and_answered(chat)), after=1)
    assert [value["text"] for name, value in found if name == "message"] == ["q", "a"]
    assert services.reads == 1


async def test_published_news_says_the_same_as_the_database(chat: Chat) -> None:
    first, second = asked_and_answered(chat)
    published, *_ = await told(chat, [first], [second])
    read, *_ = await told(chat, [b""])
    assert [each for each in published if each[0] == "message"] == [each for each in read if each[0] == "message"]
    assert published[-1] == read[-1]


async def test_a_gap_in_what_was_published_is_filled_from_the_database(chat: Chat) -> None:
    _, answer = asked_and_answered(chat)
    found, services, _ = await told(chat, [answer])
    assert [value["seq"] for name, value in found if name == "message"] == [2, 3]
    assert services.reads == 1


async def test_the_same_message_twice_is_told_once(chat: Chat) -> None:
    first, second = asked_and_answered(chat)
    found, *_ = await told(chat, [first], [first, second], [second])
    assert [value["seq"] for name, value in found if name == "message"] == [2, 3]


async def test_while_the_bot_is_busy_the_stream_looks_soon_whether_it_takes_long(chat: Chat) -> None:
    first, second = asked_and_answered(chat)
    _, _, hub = await told(chat, [first], [second])
    quiet, busy, quiet_again = hub.patience
    assert busy < 4 < quiet == quiet_again


def test_with_a_person_in_charge_streams_read_for_themselves(chat: Chat) -> None:
    with chat.database.reading() as session:
        conversation = session.get_one(Conversation, chat.id)
        assert news(session, chat.id, 0).status.status == "bot"
    conversation.status = "queued"
    assert fresh_news(conversation, [], typing=False) == b""


def test_a_token_is_trusted_for_its_own_conversation_only_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = TrustedTokens()
    tokens.keep("one", "hash", tokens.forgotten)
    assert tokens.has("one", "hash")
    assert not tokens.has("one", "other") and not tokens.has("two", "hash")
    tokens.forget("one")
    assert not tokens.has("one", "hash")
    tokens.keep("one", "hash", tokens.forgotten)
    later = time.monotonic() + 60
    monkeypatch.setattr("web.chat.tokens.time.monotonic", lambda: later)
    assert not tokens.has("one", "hash")


def test_a_token_that_was_looked_up_before_it_changed_is_not_trusted(chat: Chat) -> None:
    tokens = TrustedTokens()
    looked_up_at = tokens.forgotten
    tokens.forget("one")
    tokens.keep("one", "hash", looked_up_at)
    assert not tokens.has("one", "hash")


async def test_a_stream_ends_when_its_token_opens_the_conversation_no_more(chat: Chat) -> None:
    with chat.database.reading() as session:
        before = session.get_one(Conversation, chat.id).token_hash
    found, *_ = await told(chat, [b""], after=0, token_hash=before)
    assert [name for name, _ in found] == ["message", "status"]
    with chat.database.writing() as session:
        session.get_one(Conversation, chat.id).token_hash = "another"
    chat.say("my secret")
    found, _, hub = await told(chat, [b""], [b""], after=0, token_hash=before)
    assert found == []
    assert len(hub.patience) == 1, "it waits for nothing more"


async def test_the_stream_of_an_erased_conversation_tells_that_it_is_closed(chat: Chat) -> None:
    with chat.database.reading() as session:
        before = session.get_one(Conversation, chat.id).token_hash
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    found, *_ = await told(chat, [b""], after=0, token_hash=before)
    assert [(name, value["status"]) for name, value in found] == [("status", "closed")]
