"""Mails that come: to which case they belong, what they change, and what is left alone."""

from email.message import EmailMessage

import pytest

from storage.engine import Database
from support.conversations.tables import Conversation
from support.customers.tables import Customer
from support.files.preparing import Prepared
from support.files.queries import room
from support.mail.rules import MOST_RECEIVED_AN_HOUR
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import handing_back
from support.tickets import operations as tickets
from support.tickets.queries import of_conversation
from support.tickets.tables import Ticket
from support.turns.queries import last_unsettled
from tests.support.conftest import Chat, new_chat, staff
from tests.support.mail_fixtures import (
    HELP,
    REPORT,
    ZOE,
    arrives,
    case_of,
    events_of,
    mail_from,
    offline_case,
    outgoing,
    received,
    said_in,
    sent,
    with_mail,
)

OTHER = "tom@example.com"


@pytest.fixture
def case(chat: Chat) -> Ticket:
    """An offline case whose confirmation was sent."""
    with_mail(chat.database)
    offline_case(chat)
    sent(chat.database)
    return case_of(chat)


@pytest.fixture
def colleague(database: Database) -> StaffMember:
    with database.writing() as session:
        return staff(session, on_duty=False)


def ours(database: Database) -> str:
    """The Message-ID of the mail that was sent last."""
    return outgoing(database)[-1].header_id


def now_of(database: Database, ticket_id: str) -> Ticket:
    with database.reading() as session:
        return session.get_one(Ticket, ticket_id)


def conversation_of(database: Database, conversation_id: str) -> Conversation:
    with database.reading() as session:
        return session.get_one(Conversation, conversation_id)


def test_an_answer_to_our_mail_threads_into_its_case_and_stands_in_the_chat(chat: Chat, case: Ticket) -> None:
    quote = "\n\nOn Mon, 3 Nov 2026, Lanting wrote:\n> Hello\n"
    taken = arrives(chat.database, mail_from(text="It still flickers." + quote, answers=ours(chat.database)))
    assert taken.outcome == "threaded"
    last = said_in(chat.database, chat.id)[-1]
    assert (last.author, last.text, last.turn_id) == ("customer", "It still flickers.", None)
    assert last.payload == {"mail": {"subject": "Lamp"}}
    (mail,) = received(chat.database)
    assert (mail.ticket_id, mail.message_id) == (case.id, last.id)
    assert "flickers" not in str(vars(mail)), "the words are kept in the message alone"


def test_no_answer_of_the_assistant_is_asked_for(chat: Chat, case: Ticket) -> None:
    arrives(chat.database, mail_from(answers=ours(chat.database)))
    with chat.database.reading() as session:
        assert last_unsettled(session, chat.id) is None


def test_whoever_has_the_case_sees_that_the_customer_waits(chat: Chat, case: Ticket, colleague: StaffMember) -> None:
    with chat.database.writing() as session:
        tickets.take(session, case.id, colleague)
        tickets.reply(session, case.id, colleague, "Which lamp?")
    assert now_of(chat.database, case.id).waiting_since is None
    arrives(chat.database, mail_from(answers=ours(chat.database)))
    assert now_of(chat.database, case.id).waiting_since is not None
    assert conversation_of(chat.database, chat.id).status == "agent"


def test_the_same_mail_again_is_no_second_one(chat: Chat, case: Ticket) -> None:
    mail = mail_from(answers=ours(chat.database))
    assert arrives(chat.database, mail).outcome == "threaded"
    before = len(said_in(chat.database, chat.id))
    assert arrives(chat.database, mail).outcome == ""
    assert len(said_in(chat.database, chat.id)) == before
    assert len(received(chat.database)) == 1


def test_a_number_in_the_subject_counts_only_from_the_cases_own_address(chat: Chat, case: Ticket) -> None:
    subject = f"Re: lamp [{case.number}]"
    taken = arrives(chat.database, mail_from("ZOE@Example.com", "And again.", subject))
    assert taken.ticket is not None
    assert taken.ticket.id == case.id
    stranger = arrives(chat.database, mail_from(OTHER, "Tell me all.", subject))
    assert (stranger.outcome, stranger.ticket is not None and stranger.ticket.id != case.id) == ("new_case", True)


def test_who_answers_our_mail_from_another_address_is_taken_and_marked(chat: Chat, case: Ticket) -> None:
    arrives(chat.database, mail_from(OTHER, answers=ours(chat.database)))
    assert said_in(chat.database, chat.id)[-1].payload == {"mail": {"subject": "Lamp", "other_address": True}}


def test_a_mail_about_nothing_known_is_a_case_of_its_own(database: Database) -> None:
    with_mail(database)
    taken = arrives(database, mail_from(text="我的台灯坏了，请帮帮我。", subject="台灯"))
    assert taken.outcome == "new_case"
    assert taken.ticket is not None
    ticket = now_of(database, taken.ticket.id)
    conversation = conversation_of(database, ticket.conversation_id)
    assert (ticket.subject, ticket.contact_email, ticket.reason, ticket.language) == ("台灯", ZOE, "mail", "zh-Hans")
    assert (conversation.channel, conversation.status) == ("mail", "offline")
    assert ticket.waiting_since is not None
    assert "台灯坏了" in ticket.summary
    (confirmation,) = outgoing(database)
    assert confirmation.subject == f"Re: 台灯 [{ticket.number}]"


def test_an_answer_to_a_mail_case_is_mailed_at_once_in_the_same_thread(
    database: Database, colleague: StaffMember
) -> None:
    with_mail(database)
    taken = arrives(database, mail_from(message_id="<hers@example.com>"))
    assert taken.ticket is not None
    (confirmation,) = sent(database, minutes=0)
    assert confirmation.letter.in_reply_to == "<hers@example.com>"
    with database.writing() as session:
        tickets.take(session, taken.ticket.id, colleague)
        tickets.reply(session, taken.ticket.id, colleague, "Which lamp?")
    (work,) = sent(database, minutes=0)
    assert work.letter.subject == f"Re: Lamp [{taken.ticket.number}]"
    assert work.letter.references.split() == ["<hers@example.com>", confirmation.letter.header_id]


def test_a_mail_never_joins_the_account_of_a_customer_whom_the_site_vouched_for(database: Database) -> None:
    with_mail(database)
    with database.writing() as session:
        signed = Customer(external_id="u-1", email=ZOE, language="en")
        session.add(signed)
    taken = arrives(database, mail_from())
    assert taken.ticket is not None
    assert now_of(database, taken.ticket.id).customer_id != signed.id


def test_an_answer_opens_a_resolved_case_again(chat: Chat, case: Ticket, colleague: StaffMember) -> None:
    with chat.database.writing() as session:
        tickets.take(session, case.id, colleague)
        tickets.resolve(session, case.id, colleague, "product", "Swapped.")
    arrives(chat.database, mail_from(answers=ours(chat.database)))
    again = now_of(chat.database, case.id)
    assert (again.state, again.priority, again.staff_id) == ("in_progress", "yellow", None)
    assert conversation_of(chat.database, chat.id).status == "offline"
    assert events_of(chat.database, case.id)[-1] == "reopened"


def test_an_answer_opens_a_closed_case_and_an_ended_chat_again(
    chat: Chat, case: Ticket, colleague: StaffMember
) -> None:
    with chat.database.writing() as session:
        tickets.take(session, case.id, colleague)
        tickets.resolve(session, case.id, colleague, "product", "Swapped.")
        session.get_one(Ticket, case.id).state = "closed"
    chat.press("close", title="End")
    arrives(chat.database, mail_from(answers=ours(chat.database)))
    assert now_of(chat.database, case.id).state == "in_progress"
    assert conversation_of(chat.database, chat.id).status == "offline"
    with chat.database.writing() as session:
        tickets.take(session, case.id, colleague)


def test_a_mail_goes_to_the_case_that_goes_on_in_place_of_another(chat: Chat, case: Ticket) -> None:
    other = new_chat(chat.database)
    offline_case(other, OTHER)
    kept = case_of(other)
    with chat.database.writing() as session:
        # Their own other case: never another customer's.
        session.get_one(Ticket, kept.id).customer_id = case.customer_id
        session.get_one(Ticket, case.id).merged_into_id = kept.id
    taken = arrives(chat.database, mail_from(subject=f"[{case.number}]"))
    assert taken.ticket is not None
    assert taken.ticket.id == kept.id


def test_a_mail_to_what_was_erased_is_a_strangers(chat: Chat, case: Ticket) -> None:
    answers = ours(chat.database)
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    taken = arrives(chat.database, mail_from(subject=f"Re: [{case.number}]", answers=answers))
    assert taken.outcome == "new_case"
    assert said_in(chat.database, chat.id) == []


def test_the_mails_of_an_erased_conversation_go_with_it(chat: Chat, case: Ticket) -> None:
    arrives(chat.database, mail_from(answers=ours(chat.database)))
    arrives(chat.database, mail_from(subject="Automatic reply: lamp", text="I am away"))
    arrives(chat.database, mail_from(OTHER, "Another one", "Other"))
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    assert [each.sender for each in received(chat.database)] == [OTHER]


@pytest.mark.parametrize(
    ("mail", "outcome"),
    [
        (mail_from(subject="Automatic reply: lamp"), "automatic"),
        (mail_from(Auto_Submitted="auto-replied"), "automatic"),
        (mail_from(HELP), "loop"),
        (mail_from(text=" "), "empty"),
        (b"Subject: x\r\n\r\nhello", "unknown"),
        (
            b"From: zoe@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 3_000,
            "unreadable",
        ),
    ],
)
def test_what_must_not_be_answered_is_kept_and_left_alone(chat: Chat, case: Ticket, mail: bytes, outcome: str) -> None:
    before = len(said_in(chat.database, chat.id)), len(outgoing(chat.database))
    assert arrives(chat.database, mail).outcome == outcome
    assert (len(said_in(chat.database, chat.id)), len(outgoing(chat.database))) == before
    assert [each.outcome for each in received(chat.database)] == [outcome]


def test_two_machines_that_answer_each_other_come_to_an_end(database: Database) -> None:
    with_mail(database)
    outcomes = [arrives(database, mail_from(text=f"Thank you, {number}!")).outcome for number in range(8)]
    assert outcomes == ["new_case"] * MOST_RECEIVED_AN_HOUR + ["too_many"] * 3
    assert len(outgoing(database)) == 1


def test_answers_about_a_case_leave_room_for_a_new_question(chat: Chat, case: Ticket) -> None:
    answers = ours(chat.database)
    for number in range(MOST_RECEIVED_AN_HOUR + 1):
        assert arrives(chat.database, mail_from(text=f"And {number}", answers=answers)).outcome == "threaded"
    outcomes = [
        arrives(chat.database, mail_from(text=f"Another lamp, {number}", subject="Lamp 2")).outcome
        for number in range(6)
    ]
    assert outcomes == ["new_case"] * MOST_RECEIVED_AN_HOUR + ["too_many"]
    assert arrives(chat.database, mail_from(text="And more", answers=answers)).outcome == "threaded"


def test_a_name_that_holds_another_address_does_not_pass_for_it(chat: Chat, case: Ticket) -> None:
    encoded = f"=?utf-8?q?{ZOE.replace('@', '=40').replace('.', '=2E')}=2C?="
    raw = f"From: {encoded} <{OTHER}>\r\nSubject: [{case.number}]\r\n\r\nTell me all.".encode()
    taken = arrives(chat.database, raw)
    assert (taken.outcome, taken.ticket is not None and taken.ticket.contact_email) == ("new_case", OTHER)


def test_a_mail_that_came_back_is_marked_and_told_in_the_timeline(chat: Chat, case: Ticket) -> None:
    report = REPORT.format(action="failed").replace("<ours@shop.example>", ours(chat.database)).encode()
    assert arrives(chat.database, report).outcome == "bounce"
    assert [each.state for each in outgoing(chat.database)] == ["failed"]
    assert events_of(chat.database, case.id)[-1] == "mail_failed"
    assert arrives(chat.database, report.replace(b"Could not", b"Really could not")).outcome == "bounce"
    assert events_of(chat.database, case.id).count("mail_failed") == 1


def test_files_become_messages_and_the_others_are_named(chat: Chat, case: Ticket) -> None:
    file = Prepared("file-1", "invoice.pdf", "application/pdf", b"%PDF-")
    taken = arrives(chat.database, mail_from(answers=ours(chat.database)), [file], ["setup.exe"])
    assert taken.used == ["file-1"]
    words, sent_file = said_in(chat.database, chat.id)[-2:]
    assert (words.payload or {})["mail"]["left_out"] == ["setup.exe"]
    assert (sent_file.payload or {})["file"]["name"] == "invoice.pdf"
    with chat.database.reading() as session:
        assert room(session, chat.id).files == 1


def test_a_mail_without_words_still_names_the_files_that_were_not_taken(chat: Chat, case: Ticket) -> None:
    file = Prepared("file-1", "invoice.pdf", "application/pdf", b"%PDF-")
    answers = ours(chat.database)
    arrives(chat.database, mail_from(text=" ", answers=answers), [file], ["setup.exe"])
    (only,) = [each for each in said_in(chat.database, chat.id) if "mail" in (each.payload or {})]
    assert (only.payload or {})["file"]["name"] == "invoice.pdf"
    assert (only.payload or {})["mail"] == {"subject": "Lamp", "left_out": ["setup.exe"]}
    taken = arrives(chat.database, mail_from(text="  ", subject="Lamp!", answers=answers), [], ["lamp.heic"])
    assert taken.outcome == "threaded"
    assert (said_in(chat.database, chat.id)[-1].payload or {})["mail"]["left_out"] == ["lamp.heic"]


def test_files_beyond_those_that_are_taken_are_named_in_the_case(chat: Chat, case: Ticket) -> None:
    made = EmailMessage()
    made["From"], made["In-Reply-To"] = ZOE, ours(chat.database)
    made.set_content("All of them.")
    for number in range(11):
        made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=f"{number}.pdf")
    arrives(chat.database, made.as_bytes())
    assert (said_in(chat.database, chat.id)[-1].payload or {})["mail"]["left_out"] == ["10.pdf"]


def test_a_mail_case_is_never_given_to_the_assistant(database: Database, colleague: StaffMember) -> None:
    with_mail(database)
    taken = arrives(database, mail_from())
    assert taken.ticket is not None
    with database.writing() as session:
        tickets.take(session, taken.ticket.id, colleague)
        handing_back.hand_back(session, taken.ticket.id, colleague)
    conversation = conversation_of(database, taken.ticket.conversation_id)
    assert conversation.status == "offline"
    with database.reading() as session:
        assert last_unsettled(session, conversation.id) is None
        assert len(of_conversation(session, conversation.id)) == 1
