"""Receipts of what was erased."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base, Json, JsonObject, UTCDateTime, now


class ErasureReceipt(Base):
    """That something was erased, when, and how much of what; nothing about whom."""

    __tablename__ = "erasure_receipt"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    counts: Mapped[JsonObject] = mapped_column(Json)
    erased_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
