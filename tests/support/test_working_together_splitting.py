"""One case becomes two: with a conversation of its own, told to everybody, and erased with what it came from."""

import pytest
from sqlalchemy import select

from storage.base import new_id
from support.conversations import queries as conversations
from support.conversations.tables import Message
from support.conversations.tokens import hash_token, token_of
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import operations as tickets
from support.tickets import together_queries
from support.tickets.changes import ChangeRefused, ConversationErased
from support.tickets.merging import merge
from support.tickets.splitting import split
from tests.support.cases import Case, case, of_same_customer, open_case, said
from tests.support.conftest import SECRETS, Chat
from tests.support.test_privacy import found

# Fixtures are found by being imported.
__all__ = ["case"]


def cut(case: Case, member: StaffMember, text: str, **more: object) -> Case:
    """Split a case from the message with these words on."""
    with case.database.reading() as session:
        seq = next(each.seq for each in conversations.transcript(session, case.chat.id) if each.text == text)
    fresh = case.change(split, member, seq, SECRETS.tokens, **more)
    return Case(Chat(case.database, fresh.conversation_id), fresh.id)


def test_another_matter_becomes_a_case_with_a_conversation_of_its_own(case: Case, agent: StaffMember) -> None:
    case.chat.say("And my invoice is wrong")
    case.do(tickets.take, agent)
    case.do(tickets.reply, agent, "Let me see")
    fresh = cut(case, agent, "And my invoice is wrong", why="two matters")
    assert fresh.chat.id != case.chat.id
    assert said(fresh) == ["And my invoice is wrong", "Let me see"]
    assert said(case)[:2][-1] == "Where is my parcel?" and "And my invoice is wrong" in said(case)
    row, source = fresh.row(), case.row()
    assert (row.customer_id, row.staff_id, row.reason, row.state) == (
        source.customer_id, agent.id, source.reason, "received",
    )  # fmt: skip
    assert row.summary == "And my invoice is wrong"
    assert fresh.links() == [("split", "T-1001")] and case.links() == [("split", "T-1002")]
    assert "case of its own, T-1002" in said(case)[-1]
    assert case.told() == ["taken", "split_off"] and fresh.told() == ["split_from"]
    assert case.timeline()[-1].details["why"] == "two matters"


def test_the_words_that_were_split_off_keep_their_time_and_open_with_a_token(case: Case, agent: StaffMember) -> None:
    case.chat.say("And my invoice")
    fresh = cut(case, agent, "And my invoice")
    with case.database.reading() as session:
        times = session.scalars(select(Message.created_at).where(Message.text == "And my invoice")).all()
    assert len(times) == 2 and len(set(times)) == 1
    conversation = fresh.conversation()
    token = token_of(SECRETS.tokens, conversation.id, conversation.customer_id)
    assert (conversation.status, conversation.token_hash) == ("offline", hash_token(token))
    # The chat that the customer has open stays the one that they go on with.
    assert case.conversation().updated_at >= conversation.updated_at


def test_a_case_that_was_split_off_can_be_taken_answered_and_resolved(case: Case, agent: StaffMember) -> None:
    case.chat.say("And my invoice")
    fresh = cut(case, agent, "And my invoice")
    fresh.do(tickets.take, agent)
    fresh.do(tickets.reply, agent, "Here it is")
    fresh.do(tickets.resolve, agent, "payment", "Sent.")
    assert fresh.row().state == "resolved" and case.row().state == "received"


def test_splitting_twice_with_one_id_makes_one_case(case: Case, agent: StaffMember) -> None:
    case.chat.say("And my invoice")
    change = new_id()
    first, again = (cut(case, agent, "And my invoice", change_id=change) for _ in range(2))
    assert first.id == again.id
    assert case.told() == ["split_off"]


def test_where_the_customer_said_nothing_more_there_is_nothing_to_split_off(case: Case, agent: StaffMember) -> None:
    case.do(tickets.take, agent)
    for seq in (0, 1, case.conversation().last_seq, 99, -5):
        with pytest.raises(ChangeRefused, match="message"):
            case.change(split, agent, seq, SECRETS.tokens)
    assert case.told() == ["taken"]


def test_erasing_a_conversation_takes_what_was_split_from_it_and_nothing_else(case: Case, agent: StaffMember) -> None:
    case.chat.say("And my Sesamoeffner")
    case.chat.say("And again Sesamoeffner")
    fresh = cut(case, agent, "And my Sesamoeffner")
    further = cut(fresh, agent, "And again Sesamoeffner")
    other = open_case(case.database, "Xylophonkasten")
    of_same_customer(case, other)
    with case.database.writing() as session:
        erased = erase_conversation(session, case.chat.id)
    assert set(erased.conversation_ids) == {case.chat.id, fresh.chat.id, further.chat.id}
    assert found(case.database, "Sesamoeffner") == []
    assert "Xylophonkasten" in said(other)[1]
    with pytest.raises(ConversationErased):
        fresh.do(tickets.take, agent)


def test_what_was_split_off_and_merged_back_is_found_and_erased_all_the_same(case: Case, agent: StaffMember) -> None:
    case.chat.say("And my Sesamoeffner")
    fresh = cut(case, agent, "And my Sesamoeffner")
    fresh.change(merge, agent, "T-1001")
    with case.database.reading() as session:
        assert [each.id for each in together_queries.merged_into(session, case.id)] == [fresh.id]
    with case.database.writing() as session:
        erase_conversation(session, case.chat.id)
    assert found(case.database, "Sesamoeffner") == []


def test_erasing_what_was_split_off_leaves_the_chat_it_came_from(case: Case, agent: StaffMember) -> None:
    case.chat.say("And my invoice")
    fresh = cut(case, agent, "And my invoice")
    with case.database.writing() as session:
        erase_conversation(session, fresh.chat.id)
    assert said(fresh) == []
    assert "And my invoice" in said(case)
