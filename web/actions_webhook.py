"""Where the dialogue server calls our actions: a plain ASGI application around rasa-sdk's executor.

It stands before the website's application, because every turn comes by here, and sessions, cookies, compression
and pages' errors are for browsers.
"""

import hmac
import logging
import time
from typing import Any

import msgspec
from litestar.types import ASGIApp, Receive, Send
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from storage.logs import trace
from support.turns.operations import TurnOver
from support.turns.rasa import SECRET_HEADER

logger = logging.getLogger(__name__)

PATH = "/internal/actions"
TRACE_HEADER = "X-Huilu-Trace"
LARGEST_BODY = 1024 * 1024
NOTHING: dict[str, list[Any]] = {"events": [], "responses": []}

_SECRET = SECRET_HEADER.lower().encode()
_TRACE = TRACE_HEADER.lower().encode()


def action_executor() -> ActionExecutor:
    """An executor that knows every action in the package `actions`."""
    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


class WithActions:
    """The website's application with the actions beside it."""

    def __init__(self, website: ASGIApp, secret: str) -> None:
        self._website = website
        self._secret = secret.encode()
        self._executor = action_executor()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a call of the dialogue server; everything else is the website's."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._website(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["method"] != "POST":
            await _problem(send, 405, "Not possible here", "This address takes only POST.")
        elif not hmac.compare_digest(headers.get(_SECRET, b""), self._secret):
            await _problem(send, 401, "Not signed in", "Only the dialogue server may call this.")
        else:
            trace.set(headers.get(_TRACE, b"").decode("latin-1"))
            await self._run(await _body(receive), send)

    async def _run(self, body: bytes | None, send: Send) -> None:
        try:
            call = msgspec.json.decode(body or b"", type=dict[str, Any])
        except msgspec.DecodeError:
            await _problem(send, 400, "The request could not be read", "The body must be an action call as JSON.")
            return
        action = str(call.get("next_action"))
        begun = time.perf_counter()
        try:
            result = await self._executor.run(call)
        except TurnOver:
            logger.info("action came too late", extra={"fields": {"action": action}})
            await _answer(send, 200, NOTHING)
        except ActionExecutionRejection as rejection:
            await _answer(send, 400, {"error": rejection.message, "action_name": rejection.action_name})
        except ActionNotFoundException as missing:
            await _answer(send, 404, {"error": str(missing), "action_name": missing.action_name})
        except Exception:
            logger.exception("The action %s failed", action)
            await _problem(send, 500, "The action failed", "The cause is in the application's log.")
        else:
            milliseconds = round((time.perf_counter() - begun) * 1000, 1)
            logger.info("action done", extra={"fields": {"action": action, "milliseconds": milliseconds}})
            await _answer(send, 200, {"events": result.events, "responses": result.responses} if result else NOTHING)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the caller went away, or sends more than any action call holds."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _problem(send: Send, status: int, title: str, detail: str) -> None:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    await _answer(send, status, body, b"application/problem+json")


async def _answer(send: Send, status: int, value: object, media_type: bytes = b"application/json") -> None:
    body = msgspec.json.encode(value)
    headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
