"""What a program is told when there is nothing of that id, or when its own key stands for something else."""

from typing import Any

from litestar import Request, Response

from support.tickets.outside import ConversationNotFound, CustomerNotFound, KeyUsedOtherwise
from texts.catalogue import marked
from web.problems import Problem, handle_problem


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    if isinstance(error, CustomerNotFound):
        detail = marked("There is no such customer. Maybe they erased everything.")
        return handle_problem(request, Problem(404, "Not found", detail, "customer"))
    if isinstance(error, KeyUsedOtherwise):
        detail = marked(
            "This Idempotency-Key came with another request before. Nothing was done; please send a new key with a new "
            "request."
        )
        return handle_problem(request, Problem(422, "Key used already", detail, "idempotency_key_used"))
    detail = marked("There is no such conversation.")
    return handle_problem(request, Problem(404, "Not found", detail, "conversation"))


REFUSED: dict[Any, Any] = dict.fromkeys((CustomerNotFound, ConversationNotFound, KeyUsedOtherwise), _refused)
