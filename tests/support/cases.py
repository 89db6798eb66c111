"""A case that several colleagues work on, driven from a test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from storage.engine import Database
from support.conversations import queries as conversations
from support.conversations.tables import Conversation
from support.staff.tables import StaffMember
from support.tickets import queries, together_queries
from support.tickets.changes import Caller
from support.tickets.tables import Ticket, TicketEvent
from tests.support.conftest import Chat, new_chat, staff
from tests.support.test_handoff import hand_off, ticket_of


@dataclass
class Case:
    """One case, and its chat."""

    chat: Chat
    id: str

    @property
    def database(self) -> Database:
        return self.chat.database

    def do(self, step: Callable[..., Ticket], member: StaffMember, *given: Any, **more: Any) -> Ticket:
        """Carry out one step on it."""
        with self.database.writing() as session:
            return step(session, self.id, member, *given, **more)

    def change(
        self,
        step: Callable[..., Ticket],
        member: StaffMember,
        *given: Any,
        revision: int | None = None,
        change_id: str | None = None,
        why: str = "",
        shown: int | None = None,
        **more: Any,
    ) -> Ticket:
        """Carry out one change on it that says what its caller saw, and why."""
        with self.database.writing() as session:
            return step(session, self.id, Caller(member, revision, change_id, why, shown), *given, **more)

    def row(self) -> Ticket:
        with self.database.reading() as session:
            return session.get_one(Ticket, self.id)

    def conversation(self) -> Conversation:
        with self.database.reading() as session:
            return session.get_one(Conversation, self.row().conversation_id)

    def timeline(self) -> list[TicketEvent]:
        with self.database.reading() as session:
            return list(queries.timeline(session, self.id))

    def told(self) -> list[str]:
        """The kinds of its timeline, without that it was opened."""
        return [each.kind for each in self.timeline()][1:]

    def tags(self) -> list[str]:
        with self.database.reading() as session:
            return together_queries.tags_of(session, self.id)

    def links(self) -> list[tuple[str, str]]:
        with self.database.reading() as session:
            return [(kind, each.number) for kind, each in together_queries.links_of(session, self.id)]


def open_case(database: Database, said: str = "Where is my parcel?") -> Case:
    """A customer asked something and then for a person."""
    chat = new_chat(database, "en")
    chat.say(said)
    hand_off(chat)
    return Case(chat, ticket_of(chat).id)


def nobody_waits(case: Case) -> None:
    """The customer was answered and has left the queue, so that the case can be put aside."""
    case.chat.press("back_to_bot")
    with case.database.writing() as session:
        session.get_one(Ticket, case.id).waiting_since = None


@pytest.fixture
def case(database: Database, agent: StaffMember) -> Case:
    return open_case(database)


@pytest.fixture
def tom(database: Database) -> StaffMember:
    with database.writing() as session:
        return staff(session, "Tom")


def of_same_customer(case: Case, other: Case) -> None:
    """Let a case belong to the customer of another one."""
    with case.database.writing() as session:
        owner = session.get_one(Ticket, case.id).customer_id
        session.get_one(Ticket, other.id).customer_id = owner
        session.get_one(Conversation, other.chat.id).customer_id = owner


def said(case: Case) -> list[str]:
    with case.database.reading() as session:
        return [each.text for each in conversations.transcript(session, case.chat.id)]
