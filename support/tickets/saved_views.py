"""Lists that colleagues keep under a name. None of these commit."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from support.staff.roles import may
from support.staff.tables import StaffMember
from support.tickets.selection import Selection, SelectionRefused, read_selection
from support.tickets.tables import SavedView

LONGEST_NAME = 60
MOST_VIEWS = 20


class ViewRefused(Exception):
    """A list cannot be kept; `reason` is "name", "many" or "foreign"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Kept:
    """A list under its name."""

    view: SavedView
    selection: Selection


def kept(session: Session, staff_id: str) -> list[Kept]:
    """The lists of a colleague and those shared with everybody, by name."""
    mine = (SavedView.staff_id == staff_id) | SavedView.shared
    rows = session.scalars(select(SavedView).where(mine).order_by(SavedView.name, SavedView.id))
    return [Kept(each, found) for each in rows if (found := _selection(each)) is not None]


def keep(session: Session, member: StaffMember, name: str, selection: Selection, shared: bool) -> SavedView:
    """Keep a list under a name; one's own list of the same name is replaced. Only a supervisor's list is shared.

    Raises:
        ViewRefused: For a name that is empty or too long, or when somebody keeps too many.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ViewRefused("name")
    own = SavedView.staff_id == member.id
    view = session.scalar(select(SavedView).where(own, SavedView.name == name))
    if view is None:
        if (session.scalar(select(func.count()).select_from(SavedView).where(own)) or 0) >= MOST_VIEWS:
            raise ViewRefused("many")
        view = SavedView(staff_id=member.id, name=name)
        session.add(view)
    view.filters = {**selection.parameters(page=1)}
    view.shared = shared and may(member.role, "oversee")
    session.flush()
    return view


def drop(session: Session, member: StaffMember, view_id: str) -> None:
    """Remove a list: one's own, or, as a supervisor, a shared one. One that is gone already is no error.

    Raises:
        ViewRefused: For somebody else's.
    """
    view = session.get(SavedView, view_id)
    if view is None:
        return
    if view.staff_id != member.id and not (view.shared and may(member.role, "oversee")):
        raise ViewRefused("foreign")
    session.delete(view)


def _selection(view: SavedView) -> Selection | None:
    """What a kept list asks for; None when it names something that there is no more."""
    try:
        return read_selection({name: str(value) for name, value in view.filters.items()})
    except SelectionRefused:
        return None


def counted(views: Sequence[Kept]) -> dict[str, Selection]:
    """Those whose cases can be counted quickly: lists of open cases without a search, by the view's id."""
    return {
        each.view.id: each.selection
        for each in views
        if not each.selection.q and each.selection.view not in {"resolved", "found", "mentions"}
    }
