"""Conversations, staff and a knowledge base for the tests of the support layer."""

import uuid
from dataclasses import dataclass

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from storage.base import now
from storage.engine import Database
from support.conversations import operations as conversations
from support.conversations.opening import Visit, start
from support.conversations.operations import Received
from support.conversations.tokens import Secrets
from support.hours.tables import Schedule
from support.staff.operations import add_staff, open_session
from support.staff.tables import StaffMember
from support.turns.operations import claim_next, settle
from support.turns.replies import BotMessage, Reply
from support.turns.tables import Turn
from support.turns.work import TurnWork

# Teams refer to it, so that it must be known wherever all tables are walked through.
assert Schedule.__tablename__
SECRETS = Secrets(identity="s", tokens="secret-of-the-tests")


@dataclass
class Chat:
    """One customer's conversation, driven from a test."""

    database: Database
    id: str

    def say(self, text: str, client_id: str | None = None) -> Received:
        """The customer writes."""
        with self.database.writing() as session:
            return conversations.receive(session, self.id, client_id or str(uuid.uuid4()), text, None)

    def press(self, kind: str, **fields: object) -> Received:
        """The customer presses a button."""
        with self.database.writing() as session:
            return conversations.receive(session, self.id, str(uuid.uuid4()), None, {"kind": kind, **fields})

    def claim(self) -> TurnWork | None:
        """Claim the next turn."""
        with self.database.writing() as session:
            return claim_next(session, self.id)

    def settle(self, work: TurnWork, text: str = "ok", decision: str | None = None, ticket: str | None = None) -> bool:
        """Answer a claimed turn; with a decision, a trail is stored too; with a ticket, its number is told."""
        payload = {"ticket": {"number": ticket}} if ticket else None
        with self.database.writing() as session:
            reply = Reply((BotMessage(text, payload, trail(decision)),), "question", 0.9)
            return settle(session, work, reply, "rasa").stored

    def answer(self, text: str = "ok", decision: str | None = None) -> bool:
        """Claim and answer the next turn."""
        work = self.claim()
        assert work is not None
        return self.settle(work, text, decision)


def turn_in_work(database: Database, conversation_id: str, turn_id: str) -> None:
    """Make sure that a turn of this id is being answered, so that its actions may change something."""
    with database.writing() as session:
        known = session.get(Turn, turn_id)
        if known is not None:
            known.state = "asked"
        else:
            told = {"id": turn_id, "conversation_id": conversation_id, "seq": 1, "asked_at": now()}
            session.add(Turn(**told, state="asked", attempt=1))


def turn_over(database: Database, turn_id: str) -> None:
    """Let a turn end."""
    with database.writing() as session:
        session.execute(update(Turn).where(Turn.id == turn_id).values(state="answered"))


def trail(decision: str | None) -> dict[str, object] | None:
    """The trail of a search with one candidate."""
    if decision is None:
        return None
    candidate = {"article_id": "refund-time", "probability": 0.9, "title": "Refund"}
    return {
        "query": "q",
        "language": "en",
        "decision": decision,
        "candidates": [candidate],
        "index_version": 1,
        "milliseconds": 1.5,
    }


@pytest.fixture
def chat(database: Database) -> Chat:
    """A fresh conversation in Simplified Chinese."""
    return new_chat(database)


def new_chat(database: Database, language: str = "zh-Hans") -> Chat:
    """Another conversation."""
    with database.writing() as session:
        return Chat(database, start(session, Visit(language, page="/"), SECRETS).conversation.id)


def staff(session: Session, name: str = "Mei", role: str = "agent", on_duty: bool = True) -> StaffMember:
    """A staff member, signed in and so on duty unless said otherwise."""
    member = add_staff(session, f"{name.lower()}@example.com", name, role, "a long password")
    if on_duty:
        open_session(session, member)
    session.flush()
    return member


@pytest.fixture
def agent(database: Database) -> StaffMember:
    """An agent on duty."""
    with database.writing() as session:
        return staff(session)
