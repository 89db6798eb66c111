"""When people are there."""

from datetime import datetime

from sqlalchemy import Boolean, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, JsonObject, UTCDateTime, new_id, now


class Schedule(Base):
    """Opening hours by week, with split shifts, exceptions by date and a time zone."""

    __tablename__ = "schedule"
    __table_args__ = (
        Index(
            "uq_schedule_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    # IANA name, such as "Asia/Taipei".
    time_zone: Mapped[str] = mapped_column(String(60))
    # "mon".."sun" -> [["09:00", "12:30"], ["13:30", "18:00"]]; a day that is missing is closed.
    weekly: Mapped[JsonObject] = mapped_column(Json)
    # [{"date": "2027-01-01", "name": "New Year", "periods": []}]: these hours instead of the week's.
    holidays: Mapped[list[JsonObject]] = mapped_column(Json, default=list)
    # The one that counts for every team without hours of its own; at most one.
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
