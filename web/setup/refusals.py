"""What is told when something to be set up is not there (any more)."""

from typing import Any

from litestar import Request, Response

from support.hours.operations import ScheduleNotFound
from support.integrations.webhooks import WebhookNotFound
from support.staff.teams import TeamNotFound
from texts.catalogue import marked
from web.problems import Problem, handle_problem

_NOT_FOUND: dict[type[Exception], Problem] = {
    TeamNotFound: Problem(404, "Team not found", "There is no such team. It may have been removed.", "team"),
    ScheduleNotFound: Problem(
        404, "Hours not found", "There are no such opening hours. They may have been removed.", "hours"
    ),
    WebhookNotFound: Problem(
        404, "Not found", marked("There is no such webhook or call (any more), or it is switched off."), "webhook"
    ),
}


def _not_found(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return handle_problem(request, _NOT_FOUND[type(error)])


HANDLERS: dict[Any, Any] = dict.fromkeys(_NOT_FOUND, _not_found)
