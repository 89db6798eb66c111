"""What a program is told when there is nothing of that id."""

from typing import Any

from litestar import Request, Response

from support.tickets.outside import ConversationNotFound, CustomerNotFound
from texts.catalogue import marked
from web.problems import Problem, handle_problem


def _not_found(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    if isinstance(error, CustomerNotFound):
        detail = marked("There is no such customer. Maybe they erased everything.")
        return handle_problem(request, Problem(404, "Not found", detail, "customer"))
    detail = marked("There is no such conversation.")
    return handle_problem(request, Problem(404, "Not found", detail, "conversation"))


NOT_FOUND: dict[Any, Any] = dict.fromkeys((CustomerNotFound, ConversationNotFound), _not_found)
