"""A case whose customer erased the conversation, on both databases: nobody goes on with it."""

import pytest

from support.conversations import queries as conversation_queries
from support.privacy.operations import erase_conversation
from support.staff.tables import StaffMember
from support.tickets import handing_back, status
from support.tickets import operations as tickets
from support.tickets.changes import ConversationErased
from tests.support.conftest import Chat, new_chat
from tests.support.test_cases import open_case, reopen, resolved, status_of, ticket_of


def test_an_erased_conversation_is_opened_again_by_nobody(chat: Chat, agent: StaffMember) -> None:
    open_case(chat)
    old = resolved(chat, agent)
    other = new_chat(chat.database)
    with chat.database.writing() as session:
        erase_conversation(session, chat.id)
    for step in (tickets.take, handing_back.hand_back, tickets.in_charge):
        with pytest.raises(ConversationErased), chat.database.writing() as session:
            step(session, old.id, agent)
    with pytest.raises(ConversationErased):
        reopen(other, old.id, "t-2")
    with chat.database.reading() as session:
        assert status.known(session, old.number) is None
        assert conversation_queries.transcript(session, chat.id) == []
    assert (ticket_of(chat).state, status_of(chat)) == ("resolved", "closed")
