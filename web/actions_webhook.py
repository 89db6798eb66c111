"""Where the dialogue server calls our actions: one internal route around rasa-sdk's executor."""

import hmac
import logging
import time
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from storage.logs import trace
from support.handoff.operations import TurnOver
from support.turns.rasa import SECRET_HEADER
from web.problems import Problem
from web.services import Services

logger = logging.getLogger(__name__)

TRACE_HEADER = "X-Huilu-Trace"
NOTHING: dict[str, list[Any]] = {"events": [], "responses": []}


def action_executor() -> ActionExecutor:
    """An executor that knows every action in the package `actions`."""
    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


@post("/internal/actions", exclude_from_csrf=True, status_code=200, include_in_schema=False)
async def run_action(
    request: Request[Any, Any, Any],
    services: NamedDependency[Services],
    executor: NamedDependency[Any],
    data: dict[str, Any],
) -> Response[Any]:
    """Run one action for the dialogue server, which must know the secret."""
    if not hmac.compare_digest(request.headers.get(SECRET_HEADER, ""), services.settings.secret):
        raise Problem(401, "Not signed in", "Only the dialogue server may call this.", "secret")
    trace.set(request.headers.get(TRACE_HEADER, ""))
    action = str(data.get("next_action"))
    begun = time.perf_counter()
    try:
        result = await executor.run(data)
    except TurnOver:
        logger.info("action came too late", extra={"action": action})
        return Response(NOTHING)
    except ActionExecutionRejection as rejection:
        return Response({"error": rejection.message, "action_name": rejection.action_name}, status_code=400)
    except ActionNotFoundException as missing:
        return Response({"error": str(missing), "action_name": missing.action_name}, status_code=404)
    milliseconds = round((time.perf_counter() - begun) * 1000, 1)
    logger.info("action done", extra={"action": action, "milliseconds": milliseconds})
    return Response(result.model_dump() if result else NOTHING)
