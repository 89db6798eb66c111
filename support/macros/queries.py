"""Finding ready replies."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from support.macros.tables import Macro, MacroUse
from support.staff.tables import TeamMember


def usable_by(session: Session, staff_id: str) -> Sequence[Macro]:
    """What somebody can use: everybody's, those of their teams, and their own.

    What they used last stands first, then those they never used, by shortcut.
    """
    teams = select(TeamMember.team_id).where(TeamMember.staff_id == staff_id)
    everybodys = Macro.staff_id.is_(None) & (Macro.team_id.is_(None) | Macro.team_id.in_(teams))
    used = (MacroUse.macro_id == Macro.id) & (MacroUse.staff_id == staff_id)
    return session.scalars(
        select(Macro)
        .outerjoin(MacroUse, used)
        .where(or_(Macro.staff_id == staff_id, everybodys))
        .order_by(MacroUse.used_at.desc().nulls_last(), Macro.shortcut)
    ).all()


def shared(session: Session) -> Sequence[Macro]:
    """Those that are not one person's alone, by shortcut."""
    return session.scalars(select(Macro).where(Macro.staff_id.is_(None)).order_by(Macro.shortcut)).all()


def own(session: Session, staff_id: str) -> Sequence[Macro]:
    """Those that are one person's alone, by shortcut."""
    return session.scalars(select(Macro).where(Macro.staff_id == staff_id).order_by(Macro.shortcut)).all()


def by_shortcut(session: Session, shortcut: str) -> Macro | None:
    """The one with a shortcut."""
    return session.scalar(select(Macro).where(Macro.shortcut == shortcut))
