"""Reading the lists of the desk: cases of a view, with the counts of all views."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from support.staff.queries import names
from support.tickets import listing
from support.tickets.queries import TicketRow
from support.tickets.reading import unread
from support.tickets.saved_views import counted, kept
from support.tickets.search import Piece, pieces
from support.tickets.selection import COUNTED, Selection
from support.tickets.states import is_open
from web.desk.list_schemas import CountsOut, ListOut, PieceOut, SavedViewOut, TicketOut


@dataclass(frozen=True)
class Around:
    """What belongs to cases and is read for a whole page of them at once, by the case's id; teams by their own."""

    tags: dict[str, list[str]] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    found: dict[str, Piece] = field(default_factory=dict)


def list_view(session: Session, staff_id: str, selection: Selection) -> ListOut:
    """A page of a list, with the counts of all views."""
    listed = listing.listing(session, selection, staff_id)
    rows = listed.rows
    ids = [row.ticket.id for row in rows]
    around = Around(
        tags=listing.tags_of(session, ids),
        teams=listing.team_names(session),
        unread=unread(session, staff_id, [row.ticket.id for row in rows if is_open(row.ticket.state)]),
        found=pieces(session, listed.search.asked, [(row.ticket, row.customer) for row in rows])
        if listed.search
        else {},
    )
    staff = names(session, {row.ticket.staff_id for row in rows if row.ticket.staff_id})
    views = kept(session, staff_id)
    counts = listing.counts(session, staff_id, counted(views))
    return ListOut(
        view=selection.view,
        page=selection.page,
        more=listed.more,
        counts=CountsOut(**{view: counts[view] for view in COUNTED}, open=counts["all"]),
        tickets=[ticket_out(row, staff, around) for row in rows],
        query=selection.query(),
        q=selection.q,
        filters=selection.filters(),
        sort=selection.sort,
        saved=[
            SavedViewOut(
                id=each.view.id,
                name=each.view.name,
                query=each.selection.query(page=1),
                own=each.view.staff_id == staff_id,
                shared=each.view.shared,
                count=counts.get(each.view.id),
            )
            for each in views
        ],
    )


def ticket_out(row: TicketRow, staff: dict[str, str], around: Around) -> TicketOut:
    """A case as lists show it.

    Args:
        staff: Names of colleagues by id.
    """
    ticket = row.ticket
    found = around.found.get(ticket.id)
    return TicketOut(
        id=ticket.id,
        number=ticket.number,
        conversation_id=ticket.conversation_id,
        state=ticket.state,
        reason=ticket.reason,
        priority=ticket.priority,
        language=ticket.language,
        category=ticket.category,
        customer=row.customer.name,
        owner=staff.get(ticket.staff_id) if ticket.staff_id else None,
        owner_id=ticket.staff_id,
        chat=row.conversation.status,
        summary=ticket.summary,
        waiting_since=ticket.waiting_since if is_open(ticket.state) else None,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        resolved_at=None if is_open(ticket.state) else ticket.resolved_at,
        subject=ticket.subject,
        channel=row.conversation.channel,
        team=around.teams.get(ticket.team_id) if ticket.team_id else None,
        team_id=ticket.team_id,
        tags=around.tags.get(ticket.id, []),
        snoozed_until=ticket.snoozed_until,
        merged_into_id=ticket.merged_into_id,
        unread=around.unread.get(ticket.id, 0),
        found=[PieceOut(*part) for part in found] if found else None,
    )
