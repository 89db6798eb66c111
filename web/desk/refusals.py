"""What a colleague is told when a step on a case is refused."""

from typing import Any

from litestar import Request, Response

from support.conversations.rules import MessageRefused
from support.conversations.states import MoveRefused
from support.files.rules import FileRefused
from support.tickets.operations import (
    AlreadyTaken,
    ConversationErased,
    NotInCharge,
    ResolutionIncomplete,
    TicketNotFound,
)
from support.tickets.states import TicketMoveRefused
from texts.catalogue import marked
from web.problems import Problem, from_refusal, handle_problem

REFUSALS = (
    AlreadyTaken,
    ConversationErased,
    NotInCharge,
    TicketMoveRefused,
    MoveRefused,
    ResolutionIncomplete,
    MessageRefused,
    FileRefused,
)


def problem_of(error: Exception) -> Problem:
    """The problem that a refused step stands for."""
    if isinstance(error, AlreadyTaken) and error.name:
        detail = marked("{name} has this case now. Nothing was changed; you can read along here.")
        return Problem(409, "Already taken", detail, "taken", name=error.name)
    if isinstance(error, AlreadyTaken):
        return Problem(409, "Already taken", "A colleague has this case now. Nothing was changed.", "taken")
    if isinstance(error, ConversationErased):
        detail = marked(
            "The customer has erased this conversation, so nothing more can be said or sent in it. Nothing was changed."
        )
        return Problem(409, "Conversation erased", detail, "erased")
    if isinstance(error, NotInCharge):
        detail = marked(
            "You do not have this chat right now, so nothing was sent or changed. Take the case, then try again."
        )
        return Problem(409, "Not in your hands", detail, "not_in_charge")
    if isinstance(error, TicketMoveRefused | MoveRefused):
        detail = marked("This case has moved on meanwhile, and the step no longer fits. You see it as it is now.")
        return Problem(409, "The case has changed", detail, "state")
    if isinstance(error, ResolutionIncomplete):
        detail = marked(
            "Please choose a category and write a short note on how the case was settled. Nothing was lost."
        )
        return Problem(422, "Not resolved yet", detail, "incomplete")
    if isinstance(error, TicketNotFound):
        return Problem(404, "Case not found", "There is no such case. It may have been removed.", "ticket")
    return from_refusal(error)


def answer_refusal(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with a refused step, as problem details or a page."""
    return handle_problem(request, problem_of(error))


HANDLERS: dict[Any, Any] = dict.fromkeys((*REFUSALS, TicketNotFound), answer_refusal)
