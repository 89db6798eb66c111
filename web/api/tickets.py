"""What happened to all cases, and cases that other programs open."""

from typing import Any

from litestar import Request, Response, get
from sqlalchemy.orm import Session

from support.customers.operations import CustomerDetails
from support.staff.queries import names
from support.staff.tables import StaffMember
from support.tickets import feed
from support.tickets.outside import Report, open_from_outside
from support.tickets.priority import PRIORITIES
from support.tickets.states import CATEGORIES, REASONS
from support.tickets.tables import Ticket, TicketEvent
from texts.catalogue import LANGUAGES, marked
from web.api.conversations import After, Limit, caller
from web.api.idempotency import digest, own_id
from web.api.paging import cursor_of, place_of
from web.api.schemas import EventLineOut, EventsOut, TicketIn
from web.desk.actions import tell
from web.desk.pages import NamedServices
from web.desk.schemas import CaseOut
from web.desk.views import case_view
from web.problems import Problem
from web.services import Services


@get(
    "/api/events",
    opt={"exclude_from_csrf": True, "scope": "tickets"},
    tags=["Tickets"],
    security=[{"staff": []}],
    summary="Follow what happens to cases",
)
async def list_events(services: NamedServices, after: After = "", limit: Limit = 100) -> EventsOut:
    """Lines of all timelines, the oldest first. Keep `next` and come again with it: nothing is missed or told twice.
    With PostgreSQL a line appears up to five seconds after it was written."""
    place = place_of(after)

    def read(session: Session) -> EventsOut:
        found = feed.lines_after(session, place, limit + 1)
        page = found[:limit]
        staff = names(session, {line.staff_id for line, _ in page if line.staff_id})
        following = cursor_of(page[-1][0].created_at, page[-1][0].id) if page else after or None
        return EventsOut([_line(line, ticket, staff) for line, ticket in page], len(found) > limit, following)

    return await services.database.read(read)


async def open_case(
    request: Request[Any, Any, Any], services: Services, member: StaffMember, data: TicketIn, key: str | None
) -> Response[CaseOut]:
    """Open a case for a program, or give it the one that it opened with the same key before."""
    secret = services.settings.secret
    report = _report(data, own_id(secret, caller(request), key), digest(secret, data))
    ticket, repeated = await services.database.write(lambda session: open_from_outside(session, report, secret))
    if not repeated:
        await tell(services, ticket)
    case = await services.database.read(lambda session: case_view(session, member.id, ticket.id))
    return Response(case, status_code=200 if repeated else 201)


def _report(data: TicketIn, named: str | None, holds: str) -> Report:
    for field, value, known in (
        ("language", data.language, LANGUAGES),
        ("reason", data.reason, REASONS),
        ("category", data.category or CATEGORIES[0], CATEGORIES),
        ("priority", data.priority or PRIORITIES[0], PRIORITIES),
    ):
        if value not in known:
            detail = marked("{field} must be one of {known}.")
            raise Problem(422, "Case not opened", detail, field, field=field, known=", ".join(known))
    given = data.customer
    return Report(
        text=data.text,
        language=data.language,
        subject=data.subject.strip(),
        reason=data.reason,
        category=data.category,
        priority=data.priority,
        customer_id=given.id,
        details=CustomerDetails(given.external_id, given.name.strip(), given.email or "", given.phone.strip()),
        own_id=named,
        digest=holds,
    )


def _line(line: TicketEvent, ticket: Ticket, staff: dict[str, str]) -> EventLineOut:
    return EventLineOut(
        id=line.id,
        ticket_id=ticket.id,
        number=ticket.number,
        conversation_id=ticket.conversation_id,
        position=line.position,
        kind=line.kind,
        staff_id=line.staff_id,
        name=staff.get(line.staff_id) if line.staff_id else None,
        details=line.details,
        at=line.created_at,
    )
