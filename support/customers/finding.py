"""Finding customers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from storage.settled import settled
from support.customers.tables import Customer

Place = tuple[datetime, str]


def opened_after(session: Session, external_id: str, email: str, after: Place | None, limit: int) -> Sequence[Customer]:
    """Customers in the order in which they first came.

    Args:
        external_id: Exactly this; empty for all.
        email: This address, in whatever case it is written; empty for all.
        after: When the last one that was seen first came, and their id.
    """
    query = select(Customer)
    if not external_id and not email:
        # Who is asked for by name is found at once; who reads on misses none.
        query = query.where(settled(session, Customer.created_at))
    if external_id:
        query = query.where(Customer.external_id == external_id)
    if email:
        # As the index has it; lowered by the database on either side, since its rules are not Python's.
        query = query.where(func.lower(Customer.email) == func.lower(email.strip()))
    if after is not None:
        moment, last = after
        same = and_(Customer.created_at == moment, Customer.id > last)
        query = query.where(Customer.created_at >= moment, or_(Customer.created_at > moment, same))
    return session.scalars(query.order_by(Customer.created_at, Customer.id).limit(limit)).all()
