"""What colleagues can do with a case together, as its page shows it."""

from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from support.conversations import queries as conversations
from support.conversations.tables import Conversation
from support.staff.queries import colleagues, names
from support.staff.tables import StaffMember
from support.tickets import together_queries as queries
from support.tickets.progress import BY_HAND
from support.tickets.states import MOVES
from web.desk.schemas import CaseOut


class ColleagueOut(msgspec.Struct):
    """Somebody whom a case can be given to, and who can be named in a note."""

    id: str
    name: str


class SaidOut(msgspec.Struct):
    """Something said in the conversation of a case that was merged."""

    author: str
    name: str | None
    text: str
    language: str
    at: datetime


class MergedOut(msgspec.Struct):
    """A case that goes on as the one shown, with what was said in it; nothing once its customer erased that."""

    id: str
    number: str
    erased: bool
    said: list[SaidOut]


class WordsOut(msgspec.Struct):
    """A message of the customer, from which on it may be another matter."""

    seq: int
    text: str


class TogetherOut(msgspec.Struct):
    """What stands beside a case for colleagues.

    Attributes:
        states: Where the case can be put by hand from where it is, its own state first.
        said: What the customer said last.
        merged: Cases that were merged into it.
    """

    colleagues: list[ColleagueOut]
    states: list[str]
    said: list[WordsOut]
    merged: list[MergedOut]


def together_view(session: Session, member: StaffMember, case: CaseOut) -> TogetherOut:
    """What colleagues can do with a case, for one of them."""
    state = case.ticket.state
    return TogetherOut(
        colleagues=[ColleagueOut(person, name) for person, name in colleagues(session).items()],
        states=[state, *(each for each in BY_HAND if each in MOVES[state])] if case.is_open else [],
        said=[WordsOut(seq, text) for seq, text in queries.customers_words(session, case.ticket.conversation_id)],
        merged=_merged(session, case),
    )


def _merged(session: Session, case: CaseOut) -> list[MergedOut]:
    found = []
    for ticket in queries.merged_into(session, case.ticket.id):
        # An older case of the same chat has no words of its own.
        if ticket.conversation_id == case.ticket.conversation_id:
            continue
        conversation = session.get_one(Conversation, ticket.conversation_id)
        messages = conversations.transcript(session, ticket.conversation_id)
        people = names(session, {each.staff_id for each in messages if each.staff_id})
        said = [
            SaidOut(each.author, people.get(each.staff_id or ""), _words(each.text, each.payload), each.language,
                    each.created_at)
            for each in messages
        ]  # fmt: skip
        found.append(MergedOut(ticket.id, ticket.number, not conversation.token_hash, said))
    return found


def _words(text: str, payload: dict[str, object] | None) -> str:
    file = (payload or {}).get("file")
    return str(file.get("name", text)) if isinstance(file, dict) else text
