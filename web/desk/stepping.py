"""A step on a case from a form of its page: done and shown, or refused with whatever had been filled in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.response import Redirect, Template
from sqlalchemy.orm import Session

from support.staff.tables import StaffMember
from support.tickets.changes import Caller
from support.tickets.tables import Ticket
from web.desk.actions import form_body, tell_of
from web.desk.changing import Given, carry_out, change_id_of, revision_of, why_of
from web.desk.pages import Member, NamedServices, show_case
from web.desk.refusals import REFUSALS, problem_of
from web.desk.selecting import after_step
from web.problems import Problem
from web.services import Services

Page = Template | Redirect
FormRequest = Request[Any, Any, Any]


class StepForm(msgspec.Struct):
    """A step on a case; each step uses the fields that it needs.

    Attributes:
        revision: What the page showed of the case, where it matters.
        shown: The state that the page showed it in.
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
    shown: str = ""
    category: str = ""

    def caller(self, member: StaffMember) -> Caller:
        """Who does the step, and what they say about it; raises Problem when that cannot be."""
        shown = revision_of(self.revision)
        return Caller(member, None, change_id_of(self.change_id), why_of(self.why), shown)

    def typed(self, part: str) -> dict[str, str]:
        """What had been filled in, for the page that shows it again, with the part of it that is to be open."""
        fields = ("why", "name", "number", "seq", "until")
        return {"part": part, "note_text": self.text} | {f"step_{each}": getattr(self, each) for each in fields}


Form = Annotated[StepForm, form_body()]


@dataclass(frozen=True)
class CasePage:
    """A case whose page sent a form, by its id."""

    request: FormRequest
    services: Services
    member: StaffMember
    id: str

    async def carry_out(
        self,
        data: StepForm,
        work: Callable[Concatenate[Session, str, Caller, Given], Ticket],
        *given: Given.args,
        **more: Given.kwargs,
    ) -> Ticket:
        """Do a step, given what it takes besides the caller; raises Problem and whatever the step raises."""
        return await carry_out(self.services, self.id, data.caller(self.member), work, *given, **more)

    async def change(
        self,
        done: str,
        data: StepForm,
        part: str,
        work: Callable[Concatenate[Session, str, Caller, Given], Ticket],
        *given: Given.args,
        **more: Given.kwargs,
    ) -> Page:
        """Do a step and show the case that it led to, or say why not, with whatever had been filled in.

        Args:
            done: What the page says was done.
            part: The part of the page that is to be open when it was refused.
            work: The step, which takes what is given here besides the caller.
        """
        try:
            ticket = await self.carry_out(data, work, *given, **more)
        except (*REFUSALS, Problem) as error:
            problem = error if isinstance(error, Problem) else problem_of(error)
            typed = data.typed(part)
            return await show_case(self.request, self.services, self.member, self.id, problem=problem, form=typed)
        return Redirect(after_step(self.request, ticket.id, done), status_code=303)

    async def tell(self) -> None:
        """Tell the customers' pages of what was said in the case's chat, and in that of the case it goes on as."""
        await tell_of(self.services, self.id)


async def provide_case_page(request: FormRequest, services: NamedServices, member: Member, ticket_id: str) -> CasePage:
    """The case that the address names."""
    return CasePage(request, services, member, ticket_id)


NamedCasePage = NamedDependency[CasePage]
