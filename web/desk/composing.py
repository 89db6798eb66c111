"""What an agent writes with: to whom a case can go, who else is in the chat, and who writes."""

import msgspec
from sqlalchemy.orm import Session

from support.conversations.tables import Conversation
from support.handoff import destinations
from support.routing.queries import chats_in_hand
from support.staff.operations import present_since
from support.staff.roles import may
from support.staff.tables import StaffMember
from web.desk.schemas import CaseOut

# They are in compose_routes.py, which needs the pages, which need this.


class ColleagueOut(msgspec.Struct):
    """A colleague to whom a case can be passed.

    Attributes:
        there: Whether they take chats right now.
        chats: How many live chats they have, of `places`; more than those can be passed to them all the same.
    """

    id: str
    name: str
    there: bool
    chats: int
    places: int

    @property
    def full(self) -> bool:
        """Whether they have as many chats as are offered to them at most."""
        return self.chats >= self.places


class TeamOut(msgspec.Struct):
    """A team to which a case can be passed."""

    id: str
    name: str


class ComposerOut(msgspec.Struct):
    """What the composer offers for a case.

    Attributes:
        can_write: Whether the reader may say something to the customer.
        can_pass_on: Whether the reader may pass the case to somebody else.
        supervisor: Name of the supervisor who stepped in.
        stepped_in: Whether that is the reader.
        may_step_in: Whether the reader may step in, or take over.
    """

    can_write: bool
    can_pass_on: bool
    colleagues: list[ColleagueOut]
    teams: list[TeamOut]
    supervisor: str | None
    stepped_in: bool
    may_step_in: bool


def composer_view(session: Session, member: StaffMember, case: CaseOut) -> ComposerOut:
    """What can be used in a case."""
    conversation = session.get_one(Conversation, case.ticket.conversation_id)
    live = case.mode in {"mine", "beside", "other"}
    supervisor = session.get(StaffMember, conversation.supervisor_id) if conversation.supervisor_id else None
    passes_on = case.mode in {"mine", "beside", "free"}
    return ComposerOut(
        can_write=case.mode in {"mine", "beside"},
        can_pass_on=passes_on,
        colleagues=_colleagues(session, member) if passes_on else [],
        teams=[TeamOut(each.id, each.name) for each in (destinations.teams(session) if passes_on else ())],
        supervisor=supervisor.name if supervisor and live else None,
        stepped_in=case.mode == "beside",
        may_step_in=case.mode in {"other", "beside"} and may(member.role, "oversee"),
    )


def _colleagues(session: Session, member: StaffMember) -> list[ColleagueOut]:
    seen_after, chats = present_since(), chats_in_hand(session)
    found = []
    for each in destinations.colleagues(session, member.id):
        there = destinations.takes_chats(each, seen_after)
        found.append(ColleagueOut(each.id, each.name, there, chats.get(each.id, 0), each.capacity))
    return found
