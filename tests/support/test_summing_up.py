"""The summary that is kept with a case, as the talk goes on, on both databases."""

from collections.abc import Sequence

import pytest

from support.conversations import queries as conversations
from support.conversations.writing import add_message
from support.staff.tables import StaffMember
from support.tickets import summing_up
from support.tickets.summary import LOOKED_AT, Said, Summary, summarise
from tests.support.conftest import Chat
from tests.support.test_handoff import hand_off, ticket_of


def test_a_message_in_a_long_talk_reads_no_more_than_the_last_ones(
    chat: Chat, agent: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_off(chat)
    with chat.database.writing() as session:
        conversation = conversations.locked(session, chat.id)
        for number in range(2 * LOOKED_AT):
            add_message(session, conversation, "customer", f"Lamp {number} does not light up at all")
    read: list[Sequence[Said]] = []

    def summed(said: Sequence[Said], *rest: object) -> Summary:
        read.append(said)
        return summarise(said, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(summing_up, "summarise", summed)
    chat.say("My kettle leaks from below, what can I do?")
    (said,) = read
    assert len(said) == LOOKED_AT
    assert [each.text[:9] for each in said[-2:]] == ["Lamp 119 ", "My kettle"]
    assert "My kettle leaks from below" in ticket_of(chat).summary
