"""Files as messages, on both databases: stored once, both ways, within limits, and swept when nothing tells of them."""

import os
import time
import uuid
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.base import now
from support.conversations import queries as conversation_queries
from support.conversations.operations import ConversationClosed
from support.conversations.rules import MessageRefused
from support.conversations.tables import Conversation, Message
from support.files import operations as files
from support.files import queries
from support.files.operations import Kept
from support.files.preparing import Prepared, prepare
from support.files.rules import LEAST_FREE, MOST_BYTES, MOST_FILES, FileRefused
from support.files.store import FileStore
from support.files.tables import StoredFile
from support.handoff import operations as handoff
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets.operations import NotInCharge
from support.tickets.queries import open_for
from tests.support.conftest import Chat, staff
from tests.support.files_made import PDF, picture

FIELDS = {"id", "name", "media_type", "size", "width", "height", "address"}


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def ready(content: bytes = PDF, name: str = "发票.pdf") -> Prepared:
    return prepare(name, BytesIO(content))


async def sent(chat: Chat, store: FileStore, file: Prepared | None = None, client_id: str | None = None) -> Kept:
    """The customer sends a file."""
    made = file or ready()
    own_id = client_id or str(uuid.uuid4())
    work = partial(files.receive, conversation_id=chat.id, client_id=own_id, file=made)
    return await files.keep(chat.database, store, made, work)


def said(chat: Chat) -> list[Message]:
    with chat.database.reading() as session:
        return list(conversation_queries.transcript(session, chat.id))[1:]


def rows(chat: Chat) -> int:
    with chat.database.reading() as session:
        return session.scalar(select(func.count()).select_from(StoredFile)) or 0


def put(chat: Chat, status: str) -> None:
    with chat.database.writing() as session:
        session.execute(update(Conversation).where(Conversation.id == chat.id).values(status=status))


def began(chat: Chat, ago: timedelta) -> None:
    with chat.database.writing() as session:
        session.execute(update(Conversation).values(created_at=now() - ago))


def taken_case(session: Session, chat: Chat, member: StaffMember) -> str:
    handoff.request(session, chat.id, "request", None)
    ticket = open_for(session, chat.id)
    assert ticket is not None
    tickets.take(session, ticket.id, member)
    return ticket.id


async def test_a_file_is_one_message_that_tells_all_about_it(chat: Chat, store: FileStore) -> None:
    file = ready(picture(), "退货.png")
    message = (await sent(chat, store, file)).message
    assert (message.author, message.text) == ("customer", "退货.png")
    told = (message.payload or {})["file"]
    assert set(told) == FIELDS
    assert (told["id"], told["media_type"], told["width"], told["height"]) == (file.id, "image/png", 60, 40)
    assert told["size"] == len(file.content) == len(store.path(file.id).read_bytes())
    key = told["address"].split("/")[2]
    assert len(key) >= 43
    with chat.database.reading() as session:
        row = queries.by_key(session, key)
        assert row is not None
        assert (row.message_id, row.conversation_id, row.name) == (message.id, chat.id, "退货.png")


async def test_the_same_client_id_twice_is_the_same_message_and_one_file(chat: Chat, store: FileStore) -> None:
    client_id = str(uuid.uuid4())
    first = await sent(chat, store, client_id=client_id)
    again = await sent(chat, store, client_id=client_id.upper())
    assert again.repeated
    assert again.message.id == first.message.id
    assert rows(chat) == len(list(store.ids())) == 1


async def test_the_bot_says_after_the_first_file_in_a_row_who_can_look_into_it(chat: Chat, store: FileStore) -> None:
    await sent(chat, store)
    await sent(chat, store)
    assert [each.author for each in said(chat)] == ["customer", "bot", "customer"]
    assert said(chat)[1].payload == {"offer": ["person"]}
    chat.say("怎么退货")
    await sent(chat, store)
    assert [each.author for each in said(chat)][3:] == ["customer", "customer", "bot"]


async def test_a_file_opens_no_turn(chat: Chat, store: FileStore) -> None:
    await sent(chat, store)
    assert chat.claim() is None


@pytest.mark.parametrize("status", ["queued", "agent"])
async def test_with_a_person_in_charge_the_bot_says_nothing_to_a_file(
    chat: Chat, store: FileStore, status: str
) -> None:
    put(chat, status)
    await sent(chat, store)
    assert [each.author for each in said(chat)] == ["customer"]


@pytest.mark.parametrize("status", ["offline", "collecting_contact"])
async def test_where_a_case_waits_already_no_person_is_offered_again(chat: Chat, store: FileStore, status: str) -> None:
    put(chat, status)
    await sent(chat, store)
    assert [each.author for each in said(chat)] == ["customer", "bot"]
    assert said(chat)[1].payload is None


async def test_a_closed_conversation_takes_no_file_and_keeps_no_bytes(chat: Chat, store: FileStore) -> None:
    put(chat, "closed")
    with pytest.raises(ConversationClosed):
        await sent(chat, store)
    assert (rows(chat), list(store.ids())) == (0, [])


async def test_a_file_is_refused_before_it_is_looked_at_where_it_could_not_be_kept(chat: Chat) -> None:
    with chat.database.reading() as session:
        with pytest.raises(MessageRefused):
            files.expected(session, chat.id, "no uuid")
        assert files.expected(session, chat.id, str(uuid.uuid4())) is None
    put(chat, "closed")
    with chat.database.reading() as session, pytest.raises(ConversationClosed):
        files.expected(session, chat.id, str(uuid.uuid4()))


async def test_a_failed_transaction_leaves_no_file_behind(chat: Chat, store: FileStore) -> None:
    file = ready()

    def fail(session: Session) -> Kept:
        files.receive(session, chat.id, str(uuid.uuid4()), file)
        assert store.path(file.id).exists(), "the bytes lie there before the row commits"
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError):
        await files.keep(chat.database, store, file, fail)
    assert (rows(chat), said(chat), list(store.ids())) == (0, [], [])


async def test_a_conversation_takes_only_so_many_files(chat: Chat, store: FileStore) -> None:
    await sent(chat, store)
    with chat.database.writing() as session:
        session.execute(update(StoredFile).values(size=MOST_BYTES - 1))
    with pytest.raises(FileRefused) as refused:
        await sent(chat, store)
    assert refused.value.code == "full"
    with chat.database.writing() as session:
        session.execute(update(StoredFile).values(size=1))
    for _ in range(MOST_FILES - 1):
        await sent(chat, store)
    with pytest.raises(FileRefused):
        await sent(chat, store)
    assert rows(chat) == len(list(store.ids())) == MOST_FILES


async def test_where_the_disk_is_nearly_full_a_file_is_refused_and_nothing_is_kept(
    chat: Chat, store: FileStore, caplog: pytest.LogCaptureFixture
) -> None:
    nearly_full = SimpleNamespace(free=LEAST_FREE + 10)
    with (
        patch("support.files.store.shutil.disk_usage", return_value=nearly_full),
        pytest.raises(FileRefused) as refused,
    ):
        await sent(chat, store)
    assert refused.value.code == "no_room"
    assert "only 1024 MB are free" in caplog.text
    assert (said(chat), rows(chat), list(store.ids())) == ([], 0, [])
    await sent(chat, store)
    assert rows(chat) == 1


async def test_an_agents_file_is_a_message_of_the_agent(chat: Chat, store: FileStore, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        ticket_id = taken_case(session, chat, agent)
    file = ready()
    work = partial(files.send, ticket_id=ticket_id, member=agent, file=file)
    kept = await files.keep(chat.database, store, file, work)
    assert kept.ticket is not None
    last = said(chat)[-1]
    assert (last.author, last.staff_id, last.text) == ("agent", agent.id, "发票.pdf")
    assert set((last.payload or {})["file"]) == FIELDS


async def test_only_whoever_has_the_chat_can_send_a_file(chat: Chat, store: FileStore, agent: StaffMember) -> None:
    with chat.database.writing() as session:
        ticket_id = taken_case(session, chat, agent)
        other = staff(session, "Tom")
    file = ready()
    with pytest.raises(NotInCharge):
        await files.keep(chat.database, store, file, partial(files.send, ticket_id=ticket_id, member=other, file=file))
    assert list(store.ids()) == []


async def test_the_sweep_removes_what_no_message_tells_of_once_it_is_an_hour_old(chat: Chat, store: FileStore) -> None:
    kept = await sent(chat, store)
    began(chat, timedelta(days=1))
    two_hours_ago = time.time() - 7200
    for name in ("aa-left-behind", "ab-half.part"):
        store.write(name, b"x")
        os.utime(store.path(name), (two_hours_ago, two_hours_ago))
    store.write("ac-just-being-written", b"x")
    told = (kept.message.payload or {})["file"]["id"]
    os.utime(store.path(told), (two_hours_ago, two_hours_ago))
    assert files.sweep(chat.database, store) == 2
    assert set(store.ids()) == {told, "ac-just-being-written"}
    assert files.sweep(chat.database, store) == 0


async def test_the_sweep_spares_what_is_older_than_the_database_itself(chat: Chat, store: FileStore) -> None:
    store.write("aa-of-another-database", b"x")
    an_hour_ago = time.time() - 4000
    os.utime(store.path("aa-of-another-database"), (an_hour_ago, an_hour_ago))
    assert files.sweep(chat.database, store) == 0
    began(chat, timedelta(days=1))
    assert files.sweep(chat.database, store) == 1


async def test_erasing_a_conversation_takes_its_files_with_it(chat: Chat, store: FileStore) -> None:
    await sent(chat, store)
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    assert rows(chat) == 0
    assert files.sweep(chat.database, store, older_than=-1) == 1
    assert list(store.ids()) == []
