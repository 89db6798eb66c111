"""Passing a case to a colleague or a team. Commits nothing."""

from sqlalchemy.orm import Session

from support.conversations import operations as conversations
from support.conversations.states import person_in_charge
from support.conversations.tables import Conversation
from support.conversations.writing import add_message
from support.handoff.destinations import takes_chats
from support.staff.operations import note_presence, present_since
from support.staff.queries import SERVING_ROLES
from support.staff.tables import StaffMember, Team
from support.tickets.changes import Caller, begin
from support.tickets.notes import checked_note, keep_note
from support.tickets.operations import NotInCharge
from support.tickets.states import TicketMoveRefused, is_open
from support.tickets.tables import Ticket
from support.tickets.waiting import waits_in_queue
from texts.catalogue import translate


class TransferRefused(Exception):
    """A case cannot be passed there.

    Attributes:
        code: "nowhere" without exactly one destination that exists, "there" when it is there already, "away" when the
            colleague takes no chats right now.
        name: Of the colleague or team, where there is one.
    """

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.name = name


def transfer(
    session: Session,
    ticket_id: str,
    caller: Caller,
    *,
    to_staff_id: str | None = None,
    to_team_id: str | None = None,
    note: str = "",
) -> Ticket:
    """Pass a case on, with a note for whoever goes on, which the timeline tells unless the caller gives another reason.

    A live chat goes to a colleague at once, or to the queue for a team, and its customer is told who goes on. A case
    without one only changes hands.

    Raises:
        TicketNotFound, ConversationErased, Outdated, ChangeRefused: As `changes.begin`.
        TransferRefused: When it cannot go there.
        NotInCharge: When somebody else has the chat.
        TicketMoveRefused: For a case that is settled.
        NoteTooLong: Past the longest note.
    """
    kept = checked_note(note)
    change = begin(session, ticket_id, caller, unless_erased=True)
    ticket, conversation, member = change.ticket, change.conversation, caller.member
    if change.repeated:
        return ticket
    if not is_open(ticket.state):
        raise TicketMoveRefused(ticket.state, ticket.state)
    if conversation.status == "agent" and member.id not in (conversation.staff_id, conversation.supervisor_id):
        raise NotInCharge
    colleague, team = _destination(session, to_staff_id, to_team_id)
    note_presence(session, member.id)
    if colleague is not None:
        details = {"to": colleague.name}
        _to_colleague(session, ticket, conversation, member, colleague)
    else:
        assert team is not None
        details = {"team": team.name}
        _to_team(session, ticket, conversation, member, team)
    keep_note(session, ticket, conversation, member, kept)
    # Whole, with its lines: a caller's own reason is short and on one.
    change.note(session, "transferred", details | ({"why": kept} if kept else {}))
    return ticket


def _destination(
    session: Session, to_staff_id: str | None, to_team_id: str | None
) -> tuple[StaffMember | None, Team | None]:
    if bool(to_staff_id) == bool(to_team_id):
        raise TransferRefused("nowhere")
    colleague = session.get(StaffMember, to_staff_id) if to_staff_id else None
    if colleague is not None and (not colleague.active or colleague.role not in SERVING_ROLES):
        colleague = None
    team = session.get(Team, to_team_id) if to_team_id else None
    if colleague is None and team is None:
        raise TransferRefused("nowhere")
    return colleague, team


def _to_colleague(
    session: Session, ticket: Ticket, conversation: Conversation, member: StaffMember, colleague: StaffMember
) -> None:
    live = person_in_charge(conversation.status)
    # Whoever writes mails waits for nobody in the chat.
    waits = live and conversation.channel == "chat"
    if (conversation.staff_id if live else ticket.staff_id) == colleague.id:
        raise TransferRefused("there", colleague.name)
    if waits and not takes_chats(colleague, present_since()):
        raise TransferRefused("away", colleague.name)
    ticket.staff_id, ticket.team_id = colleague.id, None
    if not live:
        return
    conversations.move(conversation, "agent")
    conversation.staff_id, conversation.supervisor_id = colleague.id, None
    ticket.state = "in_progress"
    if not waits:
        return
    text = translate(
        conversation.language,
        "{name} is passing you to {other}, who can read what was said so far. You need not tell it again.",
        name=member.name,
        other=colleague.name,
    )
    payload = {"event": "agent_joined", "name": colleague.name}
    add_message(session, conversation, "system", text, payload=payload)


def _to_team(session: Session, ticket: Ticket, conversation: Conversation, member: StaffMember, team: Team) -> None:
    if ticket.team_id == team.id and ticket.staff_id is None:
        raise TransferRefused("there", team.name)
    ticket.team_id, ticket.staff_id = team.id, None
    if not person_in_charge(conversation.status):
        return
    if conversation.channel != "chat":
        # There is no customer who could wait in the queue: the case stands in the team's list.
        conversations.move(conversation, "bot")
        conversations.move(conversation, "offline")
        return
    conversations.move(conversation, "queued")
    waits_in_queue(session, ticket)
    text = translate(
        conversation.language,
        "{name} is passing you to our team “{other}”. A colleague from there goes on with you here and can read what "
        "was said so far.",
        name=member.name,
        other=team.name,
    )
    add_message(session, conversation, "system", text, payload={"event": "transferred", "name": team.name})
