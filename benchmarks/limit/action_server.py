"""Actions that say the same at once, whatever is asked: `python -m benchmarks.limit.action_server PORT`."""

import json
import sys
from typing import Any

import uvloop
from aiohttp import web

ARTICLE = "constant"
# About as long as the demo's answers and their trails are.
_ANSWER = "You can return any item within 15 days of delivery, even if the box has been opened. " * 6
_TITLE = "How do I return an item?"
_CANDIDATES = 10


def result() -> dict[str, Any]:
    """What `action_answer` answers when the search found an article, of the same shape and about the same size."""
    payload = {
        "answer": {
            "article_id": ARTICLE,
            "title": _TITLE,
            "language": "en",
            "category": "returns",
            "probability": 0.9876,
            "source": "/help/constant?language=en",
        }
    }
    candidate = {
        "article_id": ARTICLE,
        "language": "en",
        "title": _TITLE,
        "category": "returns",
        "probability": 0.9876,
        "dense": 0.8765,
        "lexical": 0.7654,
        "variant": "i want to send something back",
    }
    trail = {
        "query": "can I return it if I just changed my mind",
        "language": "en",
        "decision": "answer",
        "offered": 1,
        "index_version": 1,
        "milliseconds": 12.34,
        "candidates": [candidate] * _CANDIDATES,
    }
    said: dict[str, Any] = {
        "text": _ANSWER,
        "buttons": [],
        "elements": [],
        "custom": {"payload": payload, "trail": trail},
        "template": None,
        "response": None,
        "image": None,
        "attachment": None,
    }
    slots = ("hand_off_due", "person_offered")
    events = [{"event": "slot", "timestamp": None, "name": name, "value": False} for name in slots]
    return {"events": events, "responses": [said]}


def application() -> web.Application:
    """The server: /health, and /actions where Rasa calls."""
    body = json.dumps(result()).encode()

    async def act(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    async def health(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    made = web.Application()
    made.router.add_post("/actions", act)
    made.router.add_get("/health", health)
    return made


if __name__ == "__main__":
    web.run_app(
        application(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )
