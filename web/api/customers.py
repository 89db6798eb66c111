"""Customers for programs, such as the company's own customer system."""

from typing import Annotated

from litestar import Controller, get
from litestar.params import Parameter
from sqlalchemy.orm import Session

from support.customers import finding
from support.customers.tables import Customer
from web.api.conversations import After, Limit
from web.api.paging import cursor_of, place_of
from web.api.schemas import CustomerOut, CustomersOut
from web.desk.pages import NamedServices

ExternalId = Annotated[str, Parameter(description="The id your site signs them in with.")]


class CustomerApi(Controller):
    """Customers."""

    path = "/api/customers"
    opt = {"exclude_from_csrf": True, "scope": "customers"}
    tags = ["Customers"]
    security = [{"staff": []}]

    @get("", summary="Find customers")
    async def listing(
        self,
        services: NamedServices,
        external_id: ExternalId = "",
        email: str = "",
        after: After = "",
        limit: Limit = 50,
    ) -> CustomersOut:
        """Customers in the order in which they first came, or the ones with exactly this id or address."""
        place = place_of(after)

        def read(session: Session) -> CustomersOut:
            found = finding.opened_after(session, external_id, email, place, limit + 1)
            page = found[:limit]
            following = cursor_of(page[-1].created_at, page[-1].id) if page else None
            return CustomersOut([_customer(each) for each in page], len(found) > limit, following)

        return await services.database.read(read)


def _customer(each: Customer) -> CustomerOut:
    return CustomerOut(
        id=each.id,
        external_id=each.external_id,
        name=each.name,
        email=each.email,
        phone=each.phone,
        language=each.language,
        tier=each.tier,
        named_staff_id=each.named_staff_id,
        created_at=each.created_at,
    )
