"""Finding ready replies."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from support.macros.tables import Macro
from support.staff.tables import TeamMember


def usable_by(session: Session, staff_id: str) -> Sequence[Macro]:
    """What somebody can use: everybody's, those of their teams, and their own; the most used first."""
    teams = select(TeamMember.team_id).where(TeamMember.staff_id == staff_id)
    everybodys = Macro.staff_id.is_(None) & (Macro.team_id.is_(None) | Macro.team_id.in_(teams))
    return session.scalars(
        select(Macro).where(or_(Macro.staff_id == staff_id, everybodys)).order_by(Macro.uses.desc(), Macro.shortcut)
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
