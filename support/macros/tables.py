"""Replies ready to use."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, JsonObject, UTCDateTime, new_id, now


class Macro(Base):
    """Words under a short name, in one or more languages, and the steps that follow once they are sent."""

    __tablename__ = "macro"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    # What is typed after "/".
    shortcut: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    # Language -> words, with places such as {customer}.
    texts: Mapped[JsonObject] = mapped_column(Json)
    # [{"kind": "tag", "value": "refund"}, {"kind": "resolve", "category": "payment", "note": "..."}]
    steps: Mapped[list[JsonObject]] = mapped_column(Json, default=list)
    # Whose it is alone; everybody's when empty.
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"))
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    uses: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class MacroUse(Base):
    """When somebody last used a ready reply: what they used lately is offered to them first."""

    __tablename__ = "macro_use"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True)
    macro_id: Mapped[str] = mapped_column(ForeignKey("macro.id", ondelete="CASCADE"), primary_key=True, index=True)
    used_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
