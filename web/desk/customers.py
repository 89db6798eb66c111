"""What colleagues change about a customer: on the card of a case, and through the API."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, patch, post
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.customers import queries
from support.customers.changing import CustomerNotFound, Wanted, change
from support.tickets.tables import Ticket
from web.desk.actions import form_body, tell
from web.desk.card import CustomerOut, customer_view
from web.desk.pages import Member, NamedServices, show_case
from web.desk.refusals import REFUSALS, problem_of
from web.desk.selecting import after_step


class CustomerForm(msgspec.Struct):
    """The form of the card. Beside each field stands what it held when the page was made: only what differs is wanted,

    so that a form that lay open for long does not undo what somebody else changed meanwhile.
    """

    tier: str = ""
    was_tier: str = ""
    named_staff_id: str = ""
    was_named_staff_id: str = ""
    email: str = ""
    was_email: str = ""
    phone: str = ""
    was_phone: str = ""

    def wanted(self) -> Wanted:
        """What was changed in the form."""

        def changed(now: str, was: str) -> str | None:
            return None if now.strip() == was else now

        return Wanted(
            tier=changed(self.tier, self.was_tier),
            named_staff_id=changed(self.named_staff_id, self.was_named_staff_id),
            email=changed(self.email, self.was_email),
            phone=changed(self.phone, self.was_phone),
        )


class CustomerIn(msgspec.Struct):
    """What is to be changed about a customer: a field that is left out stays, an empty one is taken out."""

    tier: str | msgspec.UnsetType = msgspec.UNSET
    named_staff_id: str | msgspec.UnsetType | None = msgspec.UNSET
    email: str | msgspec.UnsetType | None = msgspec.UNSET
    phone: str | msgspec.UnsetType | None = msgspec.UNSET

    def wanted(self) -> Wanted:
        """The same, as the operation takes it."""

        def told(value: str | msgspec.UnsetType | None) -> str | None:
            return None if value is msgspec.UNSET else str(value or "")

        return Wanted(told(self.tier), told(self.named_staff_id), told(self.email), told(self.phone))


@post("/desk/tickets/{ticket_id:str}/customer", include_in_schema=False)
async def change_customer(
    request: Request[Any, Any, Any],
    services: NamedServices,
    member: Member,
    ticket_id: str,
    data: Annotated[CustomerForm, form_body()],
) -> Template | Redirect:
    """Change what is known about a case's customer, or say why not, with all that was filled in."""

    def work(session: Session) -> list[Ticket]:
        ticket = session.get(Ticket, ticket_id)
        if ticket is None:
            raise CustomerNotFound(ticket_id)
        return change(session, ticket.customer_id, member, data.wanted(), ticket_id)

    try:
        told = await services.database.write(work)
    except REFUSALS as error:
        problem = problem_of(error)
        if isinstance(error, CustomerNotFound):
            raise problem from error
        form = msgspec.to_builtins(data) | {"wrong": problem.code}
        return await show_case(request, services, member, ticket_id, problem=problem, form=form)
    for ticket in told:
        await tell(services, ticket)
    return Redirect(after_step(request, ticket_id, "customer_saved" if told else ""), status_code=303)


class CustomerController(Controller):
    """Customers, for whoever may serve them."""

    path = "/api/customers"
    opt = {"exclude_from_csrf": True, "scope": "customers"}
    tags = ["Customers"]
    security = [{"staff": []}]

    @get("/{customer_id:str}", summary="Read a customer")
    async def customer(self, services: NamedServices, customer_id: str) -> CustomerOut:
        """What is known about a customer, with their cases and how they rated."""
        return await services.database.read(lambda session: _known(session, customer_id))

    @patch("/{customer_id:str}", summary="Change a customer")
    async def change(self, services: NamedServices, member: Member, customer_id: str, data: CustomerIn) -> CustomerOut:
        """Change tier, named colleague, e-mail or phone; what is left out stays. Told in the timeline of open cases."""
        wanted = data.wanted()
        told = await services.database.write(lambda session: change(session, customer_id, member, wanted))
        for ticket in told:
            await tell(services, ticket)
        return await services.database.read(lambda session: _known(session, customer_id))


def _known(session: Session, customer_id: str) -> CustomerOut:
    customer = queries.kept(session, customer_id)
    if customer is None:
        raise CustomerNotFound(customer_id)
    return customer_view(session, customer)
