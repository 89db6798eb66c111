"""Rasa's own way of answering many questions, the ResponseSelector: trained on the phrasings, in Rasa's interpreter."""

import json
import os
import signal
from collections.abc import Sequence
from typing import Any

from benchmarks.children import child
from benchmarks.rivals import LeftOut, Phrasing, Ranking, Rival
from benchmarks.servers import temporary_folder
from deploy.layout import BOT_VENV, REPOSITORY, venv_python

# As `rasa init` has it; of many examples it sees each less often, at least so often, and so many in all.
EPOCHS, FEWEST_EPOCHS, SEEN = 100, 20, 150_000


def response_selector(minutes: float, **settings: object) -> Rival:
    """A ResponseSelector as `rasa init` sets it up, with our tokenizer; see `benchmarks/selector_in_rasa.py`.

    Args:
        minutes: How long it may train; when that is over it is left out.
        settings: Of the ResponseSelector, where they are not those of `rasa init` and `epochs_for`.
    """

    def rank(phrasings: Sequence[Phrasing], queries: Sequence[str]) -> list[Ranking]:
        keys = sorted({phrasing.key for phrasing in phrasings})
        number = {key: place for place, key in enumerate(keys)}
        examples = [[number[phrasing.key], phrasing.text] for phrasing in phrasings if phrasing.text.strip()]
        task = {
            "examples": examples,
            "queries": list(queries),
            "settings": {"epochs": epochs_for(len(examples))} | settings,
            "seconds": round(minutes * 60),
        }
        found = _in_rasa(task, minutes)
        return [
            Ranking(
                tuple(keys[place] for place, _ in each["ranking"]),
                each["ranking"][0][1] if each["ranking"] else 0.0,
                each["milliseconds"],
            )
            for each in found
        ]

    return rank


def epochs_for(examples: int) -> int:
    """How often so many examples are seen: 100 times; beyond 1,500 of them less, so that training takes no longer."""
    return max(FEWEST_EPOCHS, min(EPOCHS, SEEN // max(examples, 1)))


def _in_rasa(task: dict[str, Any], minutes: float) -> list[dict[str, Any]]:
    python = venv_python(BOT_VENV)
    if not python.exists():
        raise LeftOut("Rasa is not installed here")
    with temporary_folder() as folder:
        asked, answered = folder / "task.json", folder / "answers.jsonl"
        asked.write_text(json.dumps(task), encoding="utf-8")
        command = [str(python), "-m", "benchmarks.selector_in_rasa", str(asked), str(answered)]
        environ = os.environ | {
            "PYTHONPATH": str(REPOSITORY),
            "RASA_TELEMETRY_ENABLED": "false",
            "RASA_CACHE_DIRECTORY": str(folder / "cache"),
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }
        # Rasa ends with this process, however long it would have trained.
        with child("selector", command, folder, environ) as rasa:
            code = rasa.process.wait()
        if code == -signal.SIGALRM:
            raise LeftOut(f"over {minutes:g} minutes of training")
        if code != 0 or not answered.exists():
            last = rasa.last_words().strip().splitlines()[-1:] or ["nothing was said"]
            raise LeftOut(f"Rasa failed with exit code {code}: {last[0][:200]}")
        return [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
