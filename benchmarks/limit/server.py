"""Starting the limit, and talking to it."""

import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.children import child, uses_of, wait_until_ready
from benchmarks.contestant import Contestant
from benchmarks.posted import Channel, Message, opener
from deploy.layout import APP_VENV, REPOSITORY, home_directory, venv_python
from deploy.model import model_path
from deploy.procfile import Entry, parse
from deploy.run import complete_environ
from tests.running import HOW, StartFailed, free_port

# As in bot/channel.py, which only Rasa's interpreter can import.
SECRET_HEADER = "X-Huilu-Secret"


@contextmanager
def limit(folder: Path) -> Iterator[Contestant]:
    """Start the dialogue server of the Procfile and the constant action server.

    Raises:
        StartFailed: When there is no trained model, or one of them is not ready in time.
    """
    model = model_path(home_directory())
    if not model.exists():
        raise StartFailed(f"There is no trained dialogue model at {model}. {HOW}")
    actions_port, rasa_port, secret = free_port(), free_port(), secrets.token_hex(16)
    settings = {
        "PORT": str(free_port()),
        "RASA_PORT": str(rasa_port),
        "RASA_MODEL": str(model),
        "HUILU_ACTIONS_URL": f"http://127.0.0.1:{actions_port}/actions",
        "HUILU_SECRET": secret,
    }
    environ = complete_environ(os.environ | settings, folder)
    rasa = dialogue_server(environ)
    acting = [str(venv_python(APP_VENV)), "-m", "benchmarks.limit.action_server", str(actions_port)]
    address = f"http://127.0.0.1:{rasa_port}"
    with (
        child("actions", acting, folder, environ, REPOSITORY) as actions,
        child("rasa", rasa.argv, folder, environ | rasa.extra_environ, REPOSITORY) as dialogue,
    ):
        wait_until_ready(
            {f"http://127.0.0.1:{actions_port}/health": actions, f"{address}/webhooks/huilu/": dialogue},
        )
        talk = opener(own_channel(secret))
        yield Contestant("limit", address, talk, lambda: uses_of([dialogue, actions]))


def dialogue_server(environ: dict[str, str]) -> Entry:
    """The Procfile's entry that runs Rasa. Raises StartFailed when there is none."""
    for entry in parse((REPOSITORY / "Procfile").read_text(encoding="utf-8"), environ):
        if entry.name == "rasa":
            return entry
    raise StartFailed("The Procfile has no process named rasa.")


def own_channel(secret: str) -> Channel:
    """Our own channel (bot/channel.py), as the turn runner talks to it."""
    return Channel("/webhooks/huilu/turns", _body, _messages, {SECRET_HEADER: secret})


def _body(sender: str, language: str, text: str) -> dict[str, Any]:
    # What support.turns.rasa.turn_body makes of a question.
    return {"sender": sender, "metadata": {"turn_id": str(uuid.uuid4()), "language": language}, "text": text}


def _messages(answer: Any) -> list[Message]:
    if answer["failed_actions"]:
        raise ValueError(f"these actions failed: {', '.join(answer['failed_actions'])}")
    return [{"payload": (each["custom"] or {}).get("payload")} for each in answer["messages"]]
