"""What an administrator is told when there is no such webhook (any more)."""

from typing import Any

from litestar import Request, Response

from support.integrations.webhooks import WebhookNotFound
from texts.catalogue import marked
from web.problems import Problem, handle_problem


def _not_found(request: Request[Any, Any, Any], _: WebhookNotFound) -> Response[Any]:
    detail = marked("There is no such webhook or call (any more), or it is switched off.")
    return handle_problem(request, Problem(404, "Not found", detail, "webhook"))


HANDLERS: dict[Any, Any] = {WebhookNotFound: _not_found}
