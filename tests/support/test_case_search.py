"""Searching cases: what is found by which words, kept in step, and gone when a customer erases what they said."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from storage.base import now
from storage.engine import Database
from support.handoff import operations as handoff
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import search
from support.tickets import words as words_of_cases
from support.tickets.documents import outdated, write_documents
from support.tickets.listing import listing
from support.tickets.search import pieces
from support.tickets.selection import Selection
from support.tickets.tables import CaseDocument, Ticket, TicketNote, TicketTag
from support.tickets.words import Term, case_number, marked_words, terms, tokens, ts_vector
from tests.support.conftest import Chat, new_chat

HOSTILE = [
    '"', "'", '"*-NEAR(', "* AND NOT OR", "退款\x00", "(((", "a:b", "^zz", "{a} -b", "words : x", "&|!<->:*", "\\",
    "%_", "€" * 4000, "退" * 4000, "word " * 800, '"' * 4000, "\ud7ff\U0002a6d6", "é ß ſ İ",
]  # fmt: skip


def index(database: Database) -> int:
    """Write all documents that are not as they should be."""
    with database.writing() as session:
        return write_documents(session, outdated(session, None, 1000))


def case(database: Database, *said: str, language: str = "en") -> tuple[Chat, str]:
    chat = new_chat(database, language)
    for words in said:
        chat.say(words)
    with database.writing() as session:
        handoff.request(session, chat.id, "request", None)
        return chat, session.query(Ticket.id).filter_by(conversation_id=chat.id).scalar()


def found(database: Database, words: str, selection: Selection = Selection("found")) -> list[str]:
    wanted = Selection(selection.view, words, selection.priority, sort=selection.sort)
    with database.reading() as session:
        return [row.ticket.id for row in listing(session, wanted, "").rows]


def test_a_case_is_found_by_everything_that_belongs_to_it(database: Database, agent: StaffMember) -> None:
    chat, wanted = case(database, "My kettle leaks")
    case(database, "Something else")
    chat.say("It is the blue Glockenspiel model")
    with database.writing() as session:
        ticket = session.get_one(Ticket, wanted)
        ticket.subject, ticket.resolution_note = "Broken appliance", "Replaced under warranty"
        ticket.contact_email, ticket.contact_phone = "li.na@example.com", "+49 30 9876-1234"
        ticket.details = {"order": "20261102-7719", "wish": "refund"}
        session.add(TicketTag(ticket_id=wanted, name="urgent-return"))
        session.add(TicketNote(ticket_id=wanted, staff_id=agent.id, text="Asked the workshop", seq=1))
        number = ticket.number
        conversation = ticket.conversation_id
        session.execute(text("UPDATE customer SET name = 'Quastenflosser'"))
    assert index(database) == 2
    for words in (
        number, number.lower(), "kettle leaks", "glockenspiel", "glocken", "appliance", "warranty", "li.na@example.com",
        "30 9876-1234", "493098761234", "20261102-7719", "refund", "urgent-return", "workshop", "quasten kettle",
        '"kettle leaks"',
    ):  # fmt: skip
        assert wanted in found(database, words), words
    assert found(database, '"leaks kettle"') == []
    assert found(database, "kettle zebra") == []
    assert found(database, "T-100") == [], "a number is the whole number"
    assert conversation


def test_a_case_number_finds_exactly_that_case_though_others_speak_of_it(database: Database) -> None:
    _, wanted = case(database, "Where is my parcel?")
    with database.reading() as session:
        number = session.get_one(Ticket, wanted).number
    _, other = case(database, f"It is about {number} again")
    index(database)
    for written in (number, number.lower(), f" {number} ", number.replace("-", ""), f"#{number}"):
        assert found(database, written) == [wanted], written
    assert set(found(database, f"{number} again")) == {other}
    assert found(database, "T-99999") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("T-1021", "T-1021"), ("t-1021", "T-1021"), ("t1021", "T-1021"), ("#T-1021", "T-1021"), ("1021", None),
        ("Ｔ－１０２１", "T-1021"), ("F-1001", None), ("T-1021 lamp", None), ("T-", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_written_like_a_case_number(query: str, expected: str | None) -> None:
    assert case_number(query) == expected


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("我的退款什么时候到账", "退款"), ("我的退款什么时候到账", "到账"), ("我的退款什么时候到账", "款"),
        ("我的退款什么时候到账", "账"), ("我的退款什么时候到账", "退款什么时候"), ("我的帳號登入不了", "账号"),
        ("我的账号登录不了", "帳號"), ("我的iPhone壳坏了", "iphone 壳"), ("ＡＢＣ　耳机", "abc耳机"),
        ("耳机AirBuds没有声音", "AirBuds没有"), ("退款 和 到账", "到账 退款"), ("請問訂單", "“請問訂單”"),
    ],
)  # fmt: skip
def test_chinese_is_found_in_either_script_and_by_single_characters(database: Database, said: str, asked: str) -> None:
    _, wanted = case(database, said, language="zh-Hans")
    case(database, "完全是别的事情", language="zh-Hans")
    index(database)
    assert found(database, asked) == [wanted]


def test_chinese_that_does_not_stand_together_is_not_found(database: Database) -> None:
    case(database, "我要退货，款已经付了", language="zh-Hans")
    index(database)
    assert found(database, "退款") == []


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_is_searched_for_is_no_error(database: Database, words: str) -> None:
    case(database, "hello")
    index(database)
    assert found(database, words) == []


def test_a_search_keeps_to_the_view_the_filters_and_the_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, first), (_, second), (_, settled) = (case(database, f"the parcel number {n}") for n in range(3))
    with database.writing() as session:
        session.get_one(Ticket, settled).state = "resolved"
        session.get_one(Ticket, settled).resolved_at = now()
        session.get_one(Ticket, second).priority = "red"
    index(database)
    for rare in (1000, 0):
        monkeypatch.setattr(search, "RARE", rare)
        assert found(database, "parcel") == [second, first, settled]
        assert found(database, "parcel", Selection("found", sort="newest")) == [settled, second, first]
        assert found(database, "parcel", Selection("queue")) == [second, first]
        assert found(database, "parcel", Selection("resolved")) == [settled]
        assert found(database, "parcel", Selection("found", priority="red")) == [second]


def test_only_what_changed_is_written_anew(database: Database) -> None:
    chat, wanted = case(database, "first words")
    assert index(database) == 1
    assert index(database) == 0
    chat.say("second thoughts")
    with database.reading() as session:
        assert outdated(session, now() - timedelta(minutes=1), 10) == [wanted]
        assert outdated(session, now() + timedelta(minutes=1), 10) == []
    assert index(database) == 1
    assert found(database, "first second") == [wanted]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CaseDocument)) == 1


def test_the_piece_that_is_shown_holds_the_words(database: Database) -> None:
    chat, wanted = case(database, "Good morning", "The Glockenspiel fell down", "and now the Glockenspiel is mute")
    chat.say("thank you")
    index(database)
    with database.reading() as session:
        listed = listing(session, Selection("found", q="glockensp"), "")
        assert listed.search is not None
        shown = pieces(session, listed.search.asked, [(row.ticket, row.customer) for row in listed.rows])
    assert ("Glockensp", True) in shown[wanted]


def raw(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.glob("huilu.db*"))


def test_what_a_customer_erases_is_not_found_from_that_moment(database: Database) -> None:
    chat, wanted = case(database, "My kundennummer is 4711")
    other, _ = case(database, "another kundennummer")
    index(database)
    assert len(found(database, "kundennummer")) == 2
    with database.writing() as session:
        erase_conversation(session, chat.id)
        assert session.scalar(select(CaseDocument).where(CaseDocument.ticket_id == wanted)) is None
    assert wanted not in found(database, "kundennummer")
    index(database)
    assert wanted not in found(database, "kundennummer")
    with database.reading() as session:
        number = session.get_one(Ticket, wanted).number
    assert found(database, number) == [wanted], "the case keeps its number"
    assert other.id


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_once_the_file_is_written_anew_the_index_holds_nothing_of_what_was_erased(
    database: Database, tmp_path: Path
) -> None:
    chance = random.Random(7)
    vocabulary = [f"{chr(97 + n % 26)}{n:04d}word" for n in range(400)]
    chats = [case(database, " ".join(chance.sample(vocabulary, 12)))[0] for _ in range(12)]
    chats[5].say("The Quastenflosser from Wolkenkuckucksheim, 蜂鸟琥珀")
    for _ in chats:
        chance.choice(chats).say(" ".join(chance.sample(vocabulary, 8)))
        index(database)
    secret = (b"quastenfl", b"wolkenkuck", "蜂鸟".encode())
    assert all(word in raw(tmp_path).lower() for word in secret), "the test must be able to fail"
    with database.writing() as session:
        erase_conversation(session, chats[5].id)
    index(database)
    database.rewrite()
    database.empty_log()
    assert [word for word in secret if word in raw(tmp_path).lower()] == []
    assert found(database, vocabulary[0]) or found(database, vocabulary[1])
    with database.reading() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_document_is_not_written_while_its_conversation_is_being_erased(database: Database) -> None:
    chat, wanted = case(database, "secret")
    with database.writing() as session:
        erase_conversation(session, chat.id)
        written = await asyncio.to_thread(index, database)
        assert written == 0
    index(database)
    assert found(database, "secret") == []
    assert wanted


@pytest.mark.fast
def test_chinese_is_cut_into_pairs_and_the_rest_into_words() -> None:
    assert tokens("我的AirBuds壞了!") == ["我的", "的", "airbuds", "坏了", "了"]
    assert terms('退款 refund "not here" T-1001 款') == (
        Term(("退款",), begins=False),
        Term(("refund",), begins=True),
        Term(("not", "here"), begins=False),
        Term(("t", "1001"), begins=False),
        Term(("款",), begins=True),
    )
    assert terms("!?* -") == ()
    assert len(terms("word " * 900 + " ".join(map(str, range(900))))) <= 16


@pytest.mark.fast
def test_places_of_words_stay_neighbours_in_the_longest_text() -> None:
    places = dict(part.split(":") for part in ts_vector(["filler"] * 20_000 + ["a", "b"]).split())
    assert int(places["'b'"]) == int(places["'a'"]) + 1 <= 16_383


@pytest.mark.fast
def test_found_words_are_marked_as_they_were_written() -> None:
    marked = marked_words("Ich wollte  WISSEN: wo ist mein Paket?", terms("paket wissen"))
    assert marked == [
        ("Ich wollte ", False),
        ("WISSEN", True),
        (": wo ist mein ", False),
        ("Paket", True),
        ("?", False),
    ]
    assert marked_words("我的帳號登入不了", terms("账号")) == [("我的", False), ("帳號", True), ("登入不了", False)]
    assert marked_words("nothing of it", terms("paket")) is None
    assert marked_words("unmatched", terms("matched")) is None
    long = marked_words("x " * 500 + "paket" + " y" * 500, terms("paket"))
    assert long is not None
    assert (long[0], long[-1]) == (("… ", False), (" …", False))
    assert sum(len(part) for part, _ in long) < 250


@pytest.mark.fast
def test_few_of_the_words_that_were_searched_for_are_kept_in_memory() -> None:
    for number in range(200):
        marked_words(f"parcel {number}", terms(f"parcel {number}"))
    assert words_of_cases._pattern.cache_info().currsize < 100
