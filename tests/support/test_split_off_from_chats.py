"""A case split off from a chat: its customer reads what is said in the chat, and nobody waits in its conversation."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from storage.engine import Database
from support.conversations import queries as conversations
from support.conversations.tables import Conversation, Message
from support.customers.queries import open_chats_of
from support.files import operations as files
from support.files.preparing import Prepared
from support.handoff import release
from support.handoff.transfer import transfer
from support.macros.operations import Given, reply_with_steps, save
from support.mail import delivery
from support.routing import waits
from support.routing.operations import due
from support.routing.queries import chats_in_hand
from support.staff.tables import StaffMember
from support.staff.teams import TeamFacts, save_team
from support.tickets import handing_back, outside
from support.tickets import operations as tickets
from support.tickets.changes import Caller
from support.tickets.listing import listing
from support.tickets.merging import merge
from support.tickets.selection import Selection
from support.tickets.tables import Ticket
from support.turns.operations import claim_next
from tests.support.cases import Case, case, of_same_customer, open_case, said, tom
from tests.support.conftest import Chat
from tests.support.mail_fixtures import ZOE, arrives, mail_from, outgoing, said_in, with_mail
from tests.support.test_handoff import hand_off
from tests.support.test_working_together_splitting import cut

# Fixtures are found by being imported.
__all__ = ["case", "tom"]

WORDS = "And my invoice is wrong"


@pytest.fixture
def fresh(case: Case, agent: StaffMember) -> Case:
    """T-1002, split off from the chat of T-1001 and taken."""
    return split_off(case, agent)


def split_off(case: Case, agent: StaffMember, words: str = WORDS) -> Case:
    case.chat.say(words)
    made = cut(case, agent, words)
    made.do(tickets.take, agent)
    return made


def last(case: Case) -> Message:
    return said_in(case.database, case.chat.id)[-1]


def of_another(case: Case) -> None:
    """Let a chat become another customer's."""
    other = open_case(case.database)
    of_same_customer(other, case)


def test_only_what_is_split_off_from_a_chat_has_a_channel_of_its_own(case: Case, agent: StaffMember) -> None:
    fresh = split_off(case, agent)
    assert (case.conversation().channel, fresh.conversation().channel) == ("chat", "split")
    taken = arrives(case.database, mail_from(text="One"))
    assert taken.ticket is not None
    chat = taken.ticket.conversation_id
    arrives(case.database, mail_from(text="Two", subject=f"[{taken.ticket.number}]"))
    by_mail = Case(Chat(case.database, chat), taken.ticket.id)
    by_mail.chat.say("Three")
    assert cut(by_mail, agent, "Three").conversation().channel == "mail"


def test_a_reply_is_said_in_the_chat_that_the_customer_reads(case: Case, fresh: Case, agent: StaffMember) -> None:
    fresh.do(tickets.reply, agent, "It is corrected")
    told = last(case)
    assert (told.author, told.staff_id, told.text) == ("agent", agent.id, "About T-1002: It is corrected")
    assert told.payload == {"about": "T-1002"}
    assert said(fresh)[-1] == "It is corrected"


def test_the_chat_says_it_in_its_own_language(case: Case, fresh: Case, agent: StaffMember) -> None:
    with case.database.writing() as session:
        session.get_one(Conversation, case.chat.id).language = "zh-Hans"
    fresh.do(tickets.reply, agent, "It is corrected")
    assert last(case).text == "关于 T-1002：It is corrected"


def test_a_file_is_sent_into_the_chat_with_words_that_say_what_it_is_about(
    case: Case, fresh: Case, agent: StaffMember
) -> None:
    file = Prepared("file-1", "invoice.pdf", "application/pdf", b"%PDF-")
    with case.database.writing() as session:
        files.send(session, fresh.id, agent, file)
    words, sent = said_in(case.database, case.chat.id)[-2:]
    assert words.text == "About T-1002: Here is a file for you: invoice.pdf" and words.payload == {"about": "T-1002"}
    assert sent.payload == (last(fresh).payload or {}) | {"about": "T-1002"} and sent.payload["file"]["id"] == "file-1"


def test_a_ready_reply_and_a_programs_words_are_said_there_too(case: Case, fresh: Case, agent: StaffMember) -> None:
    with case.database.writing() as session:
        macro = save(session, Given("sent", "Sent", {"en": "Sent"}, []), None).id
    with case.database.writing() as session:
        reply_with_steps(session, fresh.id, agent, "It is sent", macro)
    assert last(case).text == "About T-1002: It is sent"
    with case.database.writing() as session:
        outside.say(session, fresh.chat.id, agent, "By program")
    assert last(case).text == "About T-1002: By program"


def test_what_is_split_off_from_a_split_off_case_is_read_in_the_chat_too(
    case: Case, agent: StaffMember, tom: StaffMember
) -> None:
    case.chat.say("My lamp")
    case.chat.say("My bulb")
    first = cut(case, agent, "My lamp")
    second = cut(first, agent, "My bulb")
    assert second.conversation().channel == "split"
    second.do(tickets.take, tom)
    second.do(tickets.reply, tom, "A new bulb")
    assert last(case).text == "About T-1003: A new bulb"
    assert "A new bulb" not in " ".join(said(first))


def test_where_the_source_was_merged_it_is_said_in_the_chat_it_goes_on_in(case: Case, agent: StaffMember) -> None:
    fresh = split_off(case, agent)
    other = open_case(case.database, "Another parcel")
    of_same_customer(case, other)
    case.do(tickets.take, agent)
    case.change(merge, agent, other.row().number)
    fresh.do(tickets.reply, agent, "It is corrected")
    assert last(other).text == "About T-1002: It is corrected"
    assert "It is corrected" not in " ".join(said(case))
    other.chat.press("close")
    fresh.do(tickets.reply, agent, "Once more")
    assert last(case).text == "About T-1002: Once more", "the other chat has ended"


def test_a_source_merged_into_what_was_split_off_keeps_its_chat(case: Case, agent: StaffMember) -> None:
    fresh = split_off(case, agent)
    case.do(tickets.take, agent)
    case.change(merge, agent, fresh.row().number)
    fresh.do(tickets.reply, agent, "It is corrected")
    assert last(case).text == "About T-1002: It is corrected"


def test_nothing_is_said_in_another_customers_chat_and_it_goes_by_mail(case: Case, agent: StaffMember) -> None:
    fresh = split_off(case, agent)
    here = with_mail(case.database)
    here.open.add(case.chat.id)
    before = said(case)
    of_another(case)
    fresh.do(tickets.reply, agent, "No address yet")
    assert outgoing(case.database) == []
    with case.database.writing() as session:
        session.get_one(Ticket, fresh.id).contact_email = ZOE
    fresh.do(tickets.reply, agent, "It is corrected")
    assert said(case) == before
    (mail,) = outgoing(case.database)
    assert (mail.recipient, mail.text) == (ZOE, "It is corrected") and mail.due_at <= mail.created_at


def test_nothing_is_said_in_an_erased_chat(case: Case, agent: StaffMember) -> None:
    fresh = split_off(case, agent)
    before = said(case)
    with case.database.writing() as session:
        session.get_one(Conversation, case.chat.id).token_hash = ""
    fresh.do(tickets.reply, agent, "It is corrected")
    assert said(case) == before


def test_who_has_the_chat_open_gets_no_mail_of_a_split_off_case(case: Case, agent: StaffMember) -> None:
    fresh = split_off(case, agent)
    here = with_mail(case.database)
    with case.database.writing() as session:
        session.get_one(Ticket, fresh.id).contact_email = ZOE
    here.open.add(case.chat.id)
    fresh.do(tickets.reply, agent, "It is corrected")
    assert outgoing(case.database) == []
    here.open.clear()
    fresh.do(tickets.reply, agent, "Once more")
    (mail,) = outgoing(case.database)
    assert mail.due_at > mail.created_at, "after a minute, as from any chat"
    here.open.add(case.chat.id)
    with case.database.writing() as session:
        assert delivery.claim(session, mail.due_at) is None
    assert outgoing(case.database)[0].state == "seen"


def test_resolving_is_told_in_the_chat_without_a_survey(case: Case, fresh: Case, agent: StaffMember) -> None:
    fresh.do(tickets.resolve, agent, "payment", "Sent.")
    for told in (last(case), last(fresh)):
        assert (told.author, told.text) == ("system", "Mei has resolved your case T-1002.")
        assert told.payload is not None and "survey" not in told.payload
    assert case.row().state == "received"


def test_who_reads_in_the_chat_is_told_there_that_a_split_off_case_was_merged(case: Case, agent: StaffMember) -> None:
    case.chat.say("My lamp")
    case.chat.say(WORDS)
    lamp, invoice = cut(case, agent, "My lamp"), cut(case, agent, WORDS)
    lamp.change(merge, agent, invoice.row().number)
    told = last(case)
    assert (told.author, told.payload) == ("system", {"event": "merged"})
    assert told.text.startswith("We look after your case T-1002 together with T-1003 from now on")
    other = open_case(case.database, "Another parcel")
    of_same_customer(case, other)
    invoice.change(merge, agent, other.row().number)
    assert last(case).text.startswith("We look after your case T-1003 together with T-1004 from now on")
    assert last(other).text == "Your case T-1003 goes on here, together with T-1004."


def test_who_reads_in_the_chat_that_it_goes_on_in_is_told_once(case: Case, fresh: Case, agent: StaffMember) -> None:
    before = len(said(case))
    fresh.change(merge, agent, case.row().number)
    assert said(case)[before:] == ["Your case T-1002 goes on here, together with T-1001."]


def test_another_customers_number_is_not_told_in_the_chat_either(case: Case, fresh: Case, agent: StaffMember) -> None:
    other = open_case(case.database, "Another parcel")
    fresh.change(merge, agent, other.row().number, True)
    assert "T-1002" in last(case).text and other.row().number not in last(case).text
    assert "T-1002" not in " ".join(said(other))


def test_merging_and_talking_at_once_do_not_wait_for_each_other(case: Case, agent: StaffMember) -> None:
    other = open_case(case.database, "Another parcel")
    of_same_customer(case, other)
    words = [f"Matter {number}" for number in range(6)]
    for each in words:
        case.chat.say(each)
    cases = [cut(case, agent, each) for each in words]
    for each in cases[3:]:
        each.do(tickets.take, agent)
    steps = [partial(each.change, merge, agent, other.row().number) for each in cases[:3]]
    steps += [partial(each.do, tickets.reply, agent, "Here") for each in cases[3:]] * 3
    with ThreadPoolExecutor(len(steps)) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result()
    told = said_in(case.database, case.chat.id)
    assert sum((each.payload or {}).get("event") == "merged" for each in told) == 3
    assert [each.seq for each in told] == list(range(1, len(told) + 1))


def test_a_split_off_case_waits_in_no_queue_and_fills_no_place(case: Case, agent: StaffMember) -> None:
    fresh = split_off(case, agent)
    with case.database.writing() as session:
        assert chats_in_hand(session) == {}
        team = save_team(session, None, TeamFacts("Payments")).id
    before = said(fresh)
    with case.database.writing() as session:
        transfer(session, fresh.id, Caller(agent), to_team_id=team)
    assert fresh.conversation().status == "offline" and said(fresh) == before
    with case.database.reading() as session:
        assert conversations.waiting(session) == [case.chat.id]
        assert set(due(session).offer) <= {case.id}
        assert fresh.chat.id not in waits.due(session).begin
    fresh.do(tickets.take, agent)
    fresh.do(handing_back.hand_back, agent)
    assert fresh.conversation().status == "offline"
    with case.database.writing() as session:
        assert claim_next(session, fresh.chat.id) is None


def test_nobody_is_handed_over_to_the_queue_in_a_split_off_case(case: Case, agent: StaffMember) -> None:
    case.chat.say(WORDS)
    fresh = cut(case, agent, WORDS)
    hand_off(fresh.chat)
    assert fresh.conversation().status == "offline"


def test_who_leaves_keeps_a_split_off_case_as_a_mail(case: Case, fresh: Case, agent: StaffMember) -> None:
    with case.database.writing() as session:
        assert fresh.chat.id not in release.leave_chats(session, agent)
    assert (fresh.conversation().status, fresh.row().staff_id) == ("agent", agent.id)


def test_the_assistant_never_answers_in_a_split_off_case(case: Case, agent: StaffMember) -> None:
    case.chat.say(WORDS)
    fresh = cut(case, agent, WORDS)
    assert fresh.chat.say("Is there any news?").turn_id is None
    assert fresh.chat.claim() is None


def test_a_split_off_case_waits_for_us_and_is_found_by_its_channel(case: Case, agent: StaffMember) -> None:
    case.chat.say(WORDS)
    fresh = cut(case, agent, WORDS)
    assert fresh.row().waiting_since is not None
    fresh.do(tickets.take, agent)
    with case.database.reading() as session:
        found = listing(session, Selection("all", channel="split"), agent.id).rows
        assert [each.ticket.id for each in found] == [fresh.id]
    fresh.do(tickets.reply, agent, "It is corrected")
    assert fresh.row().waiting_since is None


def test_who_comes_back_gets_their_chat_and_not_what_was_split_off(case: Case, fresh: Case, database: Database) -> None:
    with database.writing() as session:
        moment = session.get_one(Conversation, case.chat.id).created_at
        customer = session.get_one(Ticket, case.id).customer_id
        current = conversations.current_of(session, [customer], moment)
        assert current is not None and current.id == case.chat.id


def test_a_split_off_case_is_no_further_chat_of_its_customer(case: Case, fresh: Case) -> None:
    with case.database.reading() as session:
        owner = case.row().customer_id
        assert [each.id for each in open_chats_of(session, owner, "")] == [case.chat.id]


def test_what_is_said_at_once_in_both_gets_numbers_without_a_gap(case: Case, fresh: Case, agent: StaffMember) -> None:
    steps = [partial(fresh.do, tickets.reply, agent, "Here"), partial(case.chat.say, "And?")] * 6
    with ThreadPoolExecutor(len(steps)) as pool:
        for each in [pool.submit(step) for step in steps]:
            each.result()
    for seqs in ([each.seq for each in said_in(case.database, one.chat.id)] for one in (case, fresh)):
        assert seqs == list(range(1, len(seqs) + 1))
    assert said(case).count("About T-1002: Here") == said(fresh).count("Here") == 6
