"""Starting the peer, and talking to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.children import child, uses_of, wait_until_ready
from benchmarks.contestant import Contestant
from benchmarks.peer.articles import DO_NOT_KNOW, read_articles
from benchmarks.peer.training import PEER, RASA_SETTINGS, trained_model
from benchmarks.posted import Channel, Message, opener
from deploy.commands import quiet_environ
from deploy.layout import APP_VENV, BOT_VENV, REPOSITORY, venv_python
from tests.running import free_port


@contextmanager
def peer(folder: Path) -> Iterator[Contestant]:
    """Train it where that is needed, and start its dialogue server and its action server.

    Its encoder gets one thread, unless OMP_NUM_THREADS says otherwise: left to itself it takes all cores and spins on
    them, which on two cores made it answer 9 turns a second instead of 14. It is to be compared at its best.

    Raises:
        StartFailed: When training fails, or one of them is not ready in time.
    """
    model = trained_model()
    actions_port, rasa_port = free_port(), free_port()
    acting = [str(venv_python(APP_VENV)), "-m", "benchmarks.peer.action_server", str(actions_port)]
    talking = [str(venv_python(BOT_VENV)), "-m", "rasa", "run", "-i", "127.0.0.1", "--port", str(rasa_port)]
    talking += ["--model", str(model), "--endpoints", str(PEER / "endpoints.yml")]
    talking += ["--credentials", str(PEER / "credentials.yml")]
    acting_environ = quiet_environ(PYTHONPATH=str(REPOSITORY), HF_HUB_OFFLINE="1")
    acting_environ.setdefault("OMP_NUM_THREADS", "1")
    talking_environ = quiet_environ(**RASA_SETTINGS, PEER_ACTIONS_PORT=str(actions_port))
    address = f"http://127.0.0.1:{rasa_port}"
    with (
        child("actions", acting, folder, acting_environ) as actions,
        child("rasa", talking, folder, talking_environ) as dialogue,
    ):
        wait_until_ready({f"http://127.0.0.1:{actions_port}/health": actions, f"{address}/webhooks/rest/": dialogue})
        talk = opener(rest_channel(read_articles()))
        yield Contestant("peer", address, talk, lambda: uses_of([dialogue, actions]))


def rest_channel(articles: list[dict[str, Any]]) -> Channel:
    """Rasa's own REST channel.

    Args:
        articles: What the bot may say; its answers are known by their words.
    """
    by_words = {article["answer"]: str(article["id"]) for article in articles}
    return Channel("/webhooks/rest/webhook", _body, _reader(by_words))


def _body(sender: str, language: str, text: str) -> dict[str, Any]:
    return {"sender": sender, "message": text}


def _reader(by_words: dict[str, str]) -> Callable[[Any], list[Message]]:
    def read(answer: Any) -> list[Message]:
        return [{"payload": _payload(each.get("text"), by_words)} for each in answer]

    return read


def _payload(text: str | None, by_words: dict[str, str]) -> dict[str, Any] | None:
    """What our own bot would have told beside these words."""
    if text == DO_NOT_KNOW:
        return {"offer": []}
    article = by_words.get(text or "")
    return {"answer": {"article_id": article}} if article else None
