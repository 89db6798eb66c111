"""A step on a case from a form of its page: done and shown, or refused with whatever had been filled in."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from support.tickets.tables import Ticket
from web.desk.actions import form_body
from web.desk.changing import change_id_of, revision_of, why_of
from web.desk.pages import show_case
from web.desk.refusals import REFUSALS, problem_of
from web.problems import Problem
from web.services import Services

Page = Template | Redirect
FormRequest = Request[Any, Any, Any]


class StepForm(msgspec.Struct):
    """A step on a case; each step uses the fields that it needs.

    Attributes:
        revision: What the page showed of the case, where it matters.
        change_id: The page's own id of the step, where doing it twice would matter.
    """

    revision: str = ""
    change_id: str = ""
    why: str = ""
    text: str = ""
    noted: str = ""
    name: str = ""
    number: str = ""
    other_customer: str = ""
    seq: str = ""
    preset: str = ""
    until: str = ""
    zone: str = "UTC"
    colleague: str = ""
    state: str = ""
    category: str = ""

    def usual(self) -> dict[str, Any]:
        """What every step takes; raises Problem when it cannot be."""
        return {
            "revision": revision_of(self.revision),
            "change_id": change_id_of(self.change_id),
            "why": why_of(self.why),
        }

    def typed(self, part: str) -> dict[str, str]:
        """What had been filled in, for the page that shows it again, with the part of it that is to be open."""
        fields = ("why", "name", "number", "seq", "until")
        return {"part": part, "note_text": self.text} | {f"step_{each}": getattr(self, each) for each in fields}


Form = Annotated[StepForm, form_body()]
Work = Callable[[Session], Ticket]


async def step(
    request: FormRequest,
    services: Services,
    member: StaffMember,
    ticket_id: str,
    done: str,
    work: Work,
    typed: dict[str, str],
) -> Page:
    """Do a step and show the case that it led to, or say why not, with whatever had been filled in."""
    try:
        ticket = await services.database.write(work)
    except (*REFUSALS, Problem) as error:
        problem = error if isinstance(error, Problem) else problem_of(error)
        return await show_case(request, services, member, ticket_id, problem=problem, form=typed)
    services.hub.desk_changed()
    return Redirect(f"/desk/tickets/{ticket.id}?done={done}", status_code=303)
