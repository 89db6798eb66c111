"""The outbox in the database: what is queued for whom, sent once, tried again, given up and erased."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from storage.base import now
from storage.engine import Database
from support.handoff import operations as handoff
from support.handoff.operations import CaseFacts
from support.mail import delivery
from support.mail.delivery import TERM, MailMoved
from support.mail.rules import RETRY_AFTER
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from tests.support.conftest import Chat, new_chat, staff
from tests.support.mail_fixtures import (
    ZOE,
    Here,
    case_of,
    claimed,
    events_of,
    offline_case,
    outgoing,
    sent,
    with_mail,
)


@pytest.fixture
def here(chat: Chat) -> Here:
    return with_mail(chat.database)


@pytest.fixture
def colleague(database: Database) -> StaffMember:
    """Somebody who is not on duty until they take a case."""
    with database.writing() as session:
        return staff(session, on_duty=False)


def taken(chat: Chat, member: StaffMember) -> str:
    ticket = case_of(chat)
    with chat.database.writing() as session:
        tickets.take(session, ticket.id, member)
    return ticket.id


def say(chat: Chat, ticket_id: str, member: StaffMember, text: str) -> None:
    with chat.database.writing() as session:
        tickets.reply(session, ticket_id, member, text)


def test_an_offline_case_with_an_address_is_confirmed_once(chat: Chat, here: Here) -> None:
    assert offline_case(chat).confirmed_to == ZOE
    assert offline_case(chat).confirmed_to is None
    (mail,) = outgoing(chat.database)
    assert (mail.kind, mail.recipient, mail.state) == ("confirmation", ZOE, "waiting")
    assert case_of(chat).number in mail.subject
    assert "您" in mail.text or case_of(chat).number in mail.text
    (work,) = sent(chat.database)
    assert (work.letter.automatic, work.letter.in_reply_to) == ("auto-replied", "")


def test_nothing_private_stands_in_a_confirmation(chat: Chat, here: Here) -> None:
    chat.say("My secret illness needs a warm lamp")
    offline_case(chat)
    assert "illness" not in outgoing(chat.database)[0].text


def test_no_mail_is_promised_or_queued_while_no_server_is_set(chat: Chat, colleague: StaffMember) -> None:
    assert offline_case(chat).confirmed_to is None
    say(chat, taken(chat, colleague), colleague, "Hello")
    assert outgoing(chat.database) == []


def test_who_waits_in_the_chat_gets_no_confirmation(chat: Chat, here: Here, agent: StaffMember) -> None:
    assert offline_case(chat).confirmed_to is None
    assert outgoing(chat.database) == []


def test_an_address_that_is_given_later_is_confirmed_then(chat: Chat, here: Here) -> None:
    with chat.database.writing() as session:
        assert handoff.request(session, chat.id, "request", None).needs_contact
        saved = handoff.save_contact(session, chat.id, "zoe@example.com", None)
    assert saved is not None
    assert saved[0].confirmed_to == ZOE
    assert [each.kind for each in outgoing(chat.database)] == ["confirmation"]


def test_one_address_is_not_flooded_with_confirmations(chat: Chat, here: Here) -> None:
    assert offline_case(chat).confirmed_to == ZOE
    assert offline_case(new_chat(chat.database)).confirmed_to is None
    assert offline_case(new_chat(chat.database), "tom@example.com").confirmed_to == "tom@example.com"


def test_an_agents_reply_is_mailed_to_a_customer_who_is_away_and_only_then(
    chat: Chat, here: Here, colleague: StaffMember
) -> None:
    offline_case(chat)
    ticket = taken(chat, colleague)
    here.open.add(chat.id)
    say(chat, ticket, colleague, "You see this in the chat.")
    here.open.clear()
    say(chat, ticket, colleague, "You do not see this.")
    assert [each.text for each in outgoing(chat.database) if each.kind == "reply"] == ["You do not see this."]


def test_replies_of_one_minute_go_in_one_mail(chat: Chat, here: Here, colleague: StaffMember) -> None:
    offline_case(chat)
    sent(chat.database, minutes=0)
    ticket = taken(chat, colleague)
    say(chat, ticket, colleague, "First.")
    say(chat, ticket, colleague, "Second.")
    assert claimed(chat.database, now() + timedelta(seconds=50)) is None
    (work,) = sent(chat.database)
    assert work.letter.text.startswith("First.\n\nSecond.\n\nMei\nLanting\n\n-- \n")
    assert {each.state for each in outgoing(chat.database)} == {"sent"}
    confirmation = outgoing(chat.database)[0]
    assert (work.letter.in_reply_to, work.letter.automatic) == (confirmation.header_id, "")
    say(chat, ticket, colleague, "Third.")
    (later,) = sent(chat.database)
    assert later.letter.text.startswith("Third.\n\nMei")
    assert later.letter.in_reply_to == work.letter.header_id


def test_who_comes_back_before_the_mail_goes_reads_the_words_in_the_chat(
    chat: Chat, here: Here, colleague: StaffMember
) -> None:
    offline_case(chat)
    sent(chat.database, minutes=0)
    say(chat, taken(chat, colleague), colleague, "Hello")
    here.open.add(chat.id)
    assert sent(chat.database) == []
    assert outgoing(chat.database)[-1].state == "seen"


def test_a_resolved_case_is_told_with_the_way_back_but_without_the_note(
    chat: Chat, here: Here, colleague: StaffMember
) -> None:
    offline_case(chat)
    ticket = taken(chat, colleague)
    with chat.database.writing() as session:
        tickets.resolve(session, ticket, colleague, "product", "Swapped; customer was rude.")
    mail = outgoing(chat.database)[-1]
    assert mail.kind == "resolved"
    assert "rude" not in mail.text
    assert sent(chat.database)[-1].letter.automatic == "auto-generated"


def test_of_two_who_claim_at_once_one_sends(chat: Chat, here: Here) -> None:
    for number in range(6):
        offline_case(new_chat(chat.database), f"customer{number}@example.com")

    def claim_all(_: int) -> list[str]:
        found = []
        while (work := claimed(chat.database)) is not None:
            found += work.ids
        return found

    with ThreadPoolExecutor(4) as threads:
        ids = [each for some in threads.map(claim_all, range(4)) for each in some]
    assert len(ids) == len(set(ids)) == 6


def test_a_mail_whose_sender_died_is_sent_after_its_term_with_the_same_id(chat: Chat, here: Here) -> None:
    offline_case(chat)
    first = claimed(chat.database)
    assert first is not None
    assert claimed(chat.database, now() + TERM - timedelta(seconds=30)) is None
    second = claimed(chat.database, now() + TERM + timedelta(seconds=1))
    assert second is not None
    assert second.letter.header_id == first.letter.header_id
    # What the dead one tells after all no longer counts.
    with chat.database.writing() as session:
        delivery.note_sent(session, first)
    assert outgoing(chat.database)[0].state == "sending"


def test_a_server_that_is_down_is_asked_again_until_it_takes_the_mail(chat: Chat, here: Here) -> None:
    offline_case(chat)
    at = now()
    work = claimed(chat.database, at)
    assert work is not None
    with chat.database.writing() as session:
        assert not delivery.note_failed(session, work, "connection refused", False, at)
    assert claimed(chat.database, at + timedelta(seconds=59)) is None
    again = claimed(chat.database, at + timedelta(seconds=61))
    assert again is not None
    with chat.database.writing() as session:
        delivery.note_sent(session, again)
    (mail,) = outgoing(chat.database)
    assert (mail.state, mail.attempts, mail.error) == ("sent", 2, None)


def test_after_the_last_try_it_is_given_up_and_the_timeline_says_so_once(chat: Chat, here: Here) -> None:
    offline_case(chat)
    at, given_up = now(), []
    for wait in (timedelta(), *RETRY_AFTER):
        at += wait + timedelta(seconds=1)
        work = claimed(chat.database, at)
        assert work is not None
        with chat.database.writing() as session:
            given_up.append(delivery.note_failed(session, work, "451 later", False, at))
    assert given_up == [False] * 6 + [True]
    assert claimed(chat.database, at + timedelta(days=30)) is None
    assert events_of(chat.database, case_of(chat).id).count("mail_failed") == 1


def test_a_refusal_for_good_is_given_up_at_once_and_can_be_sent_again(
    chat: Chat, here: Here, colleague: StaffMember
) -> None:
    offline_case(chat)
    work = claimed(chat.database)
    assert work is not None
    with chat.database.writing() as session:
        assert delivery.note_failed(session, work, "550 no such user", True, now())
    (mail,) = outgoing(chat.database)
    assert (mail.state, mail.error) == ("failed", "550 no such user")
    with chat.database.writing() as session:
        delivery.send_again(session, mail.id, colleague)
    with pytest.raises(MailMoved), chat.database.writing() as session:
        delivery.send_again(session, mail.id, colleague)
    assert len(sent(chat.database)) == 1
    assert events_of(chat.database, case_of(chat).id)[-2:] == ["mail_failed", "mail_again"]


def test_what_was_erased_is_not_sent_any_more(chat: Chat, here: Here, colleague: StaffMember) -> None:
    offline_case(chat)
    say(chat, taken(chat, colleague), colleague, "Hello")
    in_work = claimed(chat.database)
    assert in_work is not None
    with chat.database.writing() as session:
        receipt = erase_conversation(session, chat.id).receipt
    assert receipt.counts["mails"] == 2
    assert outgoing(chat.database) == []
    assert sent(chat.database) == []
    with chat.database.writing() as session:
        delivery.note_failed(session, in_work, "451 later", False, now())
        delivery.note_sent(session, in_work)
    assert outgoing(chat.database) == []


def test_a_file_is_mailed_as_its_address_where_that_is_known(chat: Chat, colleague: StaffMember) -> None:
    from support.files.operations import send
    from support.files.preparing import Prepared

    with_mail(chat.database, public_url="https://chat.shop.example")
    offline_case(chat)
    ticket = taken(chat, colleague)
    with chat.database.writing() as session:
        send(session, ticket, colleague, Prepared("f-1", "manual.pdf", "application/pdf", b"%PDF-"))
    assert "https://chat.shop.example/files/" in outgoing(chat.database)[-1].text
    with_mail(chat.database)
    with chat.database.writing() as session:
        send(session, ticket, colleague, Prepared("f-2", "plan.pdf", "application/pdf", b"%PDF-"))
    assert "/files/" not in outgoing(chat.database)[-1].text
    assert "plan.pdf" in outgoing(chat.database)[-1].text


def test_a_contact_in_a_form_is_confirmed_as_well(chat: Chat, here: Here) -> None:
    with chat.database.writing() as session:
        case = handoff.request(session, chat.id, "complaint", None, CaseFacts(contact="call zoe@example.com"))
    assert case.confirmed_to == ZOE
