"""The numbers that customers are given: T-1001 for cases, F-1001 for feedback, without a gap or a repetition."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from support.tickets.tables import TicketCounter

FIRST_NUMBER = 1001
# The row of the counter for each series.
SERIES = {"T": 1, "F": 2}


def next_number(session: Session, series: str) -> str:
    """The next number of a series; other takers wait until this unit of work ends."""
    row = SERIES[series]
    changed = session.execute(
        update(TicketCounter).where(TicketCounter.id == row).values(last_number=TicketCounter.last_number + 1)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        session.add(TicketCounter(id=row, last_number=FIRST_NUMBER))
        session.flush()
    return f"{series}-{session.get_one(TicketCounter, row, populate_existing=True).last_number}"
